import { foldAllPainted } from '../../lib/fold-painted.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { cutPainted, paintedWidth } from '../../lib/width.ts';
import { isKey, isText, type Key } from '../key.ts';
import { moveCursor } from './scroll.ts';

/** One of a few ways to go on. Its texts are sanitised. */
export interface Choice {
  /** The letter that chooses it. */
  readonly key: string;
  /** In a few words, as the list has it. */
  readonly label: string;
  /** What it leads to, in sentences; may be empty. */
  readonly leads: string;
  /** Its letter only points at it, so that what it leads to is read before Enter, or the letter once more, does it. */
  readonly careful?: true;
}

/** The choices below each other, and below them what the one that is pointed at leads to. */
export function choiceLines(choices: readonly Choice[], cursor: number, columns: number, style: Style): readonly string[] {
  const rows = choices.map(({ key, label }, at) => {
    const pointed = at === cursor;
    const mark = pointed ? sign('pointer', style) : ' ';
    const line = cutPainted(`${mark} ${key}  ${label}`, columns, sign('more', style));
    return pointed ? paint(`${line}${' '.repeat(Math.max(0, columns - paintedWidth(line)))}`, 'chosen', style) : line;
  });
  const leads = choices[cursor]?.leads ?? '';
  return [...rows, ...(leads === '' ? [] : foldAllPainted([`     ${leads}`], columns, 0))];
}

/** What a key does to a list of choices: the cursor moves, or a choice is made; undefined where it means nothing there. */
export function choiceKey<C extends Choice>(
  choices: readonly C[],
  cursor: number,
  key: Key,
): { readonly cursor: number; readonly chosen?: C } | undefined {
  const moved = moveCursor(cursor, key, choices.length, choices.length);
  if (moved !== undefined) return { cursor: moved };
  const at = isKey(key, 'enter') ? cursor : choices.findIndex((choice) => isText(key, choice.key));
  const chosen = choices[at];
  if (chosen === undefined) return undefined;
  return chosen.careful === true && at !== cursor ? { cursor: at } : { cursor: at, chosen };
}
