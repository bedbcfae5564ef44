import { paint, type Style, sign } from '../../../lib/style.ts';
import { isKey, isText, type Key } from '../../key.ts';
import type { Around, KeyHint, Turn } from '../../page.ts';
import { choiceKey, choiceLines } from '../../parts/choice-list.ts';
import { scrollText } from '../../parts/scroll.ts';
import type { RunPicture } from '../run-picture.ts';
import { type EndChoice, endChoices, endCopies } from './end-choices.ts';
import type { EndState } from './end-state.ts';
import { endLines } from './end-words.ts';

/** The keys at the end of a run. Esc and Tab are the page's, but for Esc while it is chosen what to copy. */
export function endKeys(state: EndState, picture: RunPicture): readonly KeyHint[] {
  if (state.copying !== undefined) {
    return [
      { key: 'Enter', does: 'copy' },
      { key: 'Esc', does: 'back' },
    ];
  }
  const choices = endChoices(picture);
  return [
    ...choices.map(({ key, brief, label, leads }) => ({
      key,
      does: brief,
      explain: leads === '' ? label : `${label}. ${leads}`,
    })),
    { key: 'c', does: 'copy', explain: 'choose an address or a command to copy' },
    { key: choices.length === 0 ? 'up-down PgUp PgDn' : 'PgUp PgDn', does: 'scroll', rare: true },
  ];
}

/** What a key does at the end; undefined where it means nothing here. `around` has the columns and rows of the panel, `printed` as for the panel. */
export function endKey(
  state: EndState,
  key: Key,
  picture: RunPicture,
  around: Around,
  printed: readonly string[] = [],
): Turn<EndState> | undefined {
  const { copying, ...rest } = state;
  if (copying !== undefined) {
    if (isKey(key, 'escape') || isText(key, 'c')) return { state: rest };
    const turn = choiceKey(endCopies(picture, around.style), copying, key);
    if (turn === undefined) return undefined;
    if (turn.chosen === undefined) return { state: { ...rest, copying: turn.cursor } };
    return { state: rest, intents: [turn.chosen.intent] };
  }
  if (isText(key, 'c')) {
    const copies = endCopies(picture, around.style);
    const [only] = copies;
    return copies.length === 1 && only !== undefined ? { state, intents: [only.intent] } : { state: { ...state, copying: 0 } };
  }
  const choices = endChoices(picture);
  const far = isKey(key, 'page-up', 'page-down', 'wheel-up', 'wheel-down');
  if (far || choices.length === 0) {
    const { count, window } = layOut(state, picture, around, printed);
    const top = scrollText(Math.min(state.top, Math.max(0, count - window)), key, count, window);
    return top === undefined ? undefined : { state: { ...state, top } };
  }
  const turn = choiceKey(choices, state.cursor, key);
  if (turn === undefined) return undefined;
  const next = { ...state, cursor: turn.cursor };
  return turn.chosen === undefined ? { state: next } : { state: next, intents: [turn.chosen.intent] };
}

interface EndLayout {
  readonly lines: readonly string[];
  readonly count: number;
  readonly window: number;
  readonly below: readonly string[];
}

function layOut(
  state: EndState,
  picture: RunPicture,
  { columns, rows, style }: Pick<Around, 'columns' | 'rows' | 'style'>,
  printed: readonly string[],
): EndLayout {
  const lines = endLines(picture, columns, style, printed);
  const below = belowLines(state, picture, columns, style);
  const room = Math.max(3, rows - (below.length === 0 ? 0 : below.length + 1));
  return { lines, count: lines.length, window: lines.length <= room ? lines.length : room - 1, below };
}

function belowLines(state: EndState, picture: RunPicture, columns: number, style: Style): readonly string[] {
  const list = (choices: readonly EndChoice[], cursor: number): readonly string[] =>
    choices.length === 0 ? [] : choiceLines(choices, Math.min(cursor, choices.length - 1), columns, style);
  if (state.copying === undefined) return list(endChoices(picture), state.cursor);
  return [paint('Copy which?', 'asking', style), ...list(endCopies(picture, style), state.copying)];
}

/** The end of a run, in at most so many lines. `printed`: what it was asked for, as lines of output. */
export function endPanelLines(
  state: EndState,
  picture: RunPicture,
  room: Pick<Around, 'columns' | 'rows' | 'style'>,
  printed: readonly string[] = [],
): readonly string[] {
  const { lines, count, window, below } = layOut(state, picture, room, printed);
  const top = Math.min(state.top, Math.max(0, count - window));
  const { style, rows } = room;
  const where = `${sign('more', style)} lines ${top + 1} to ${top + window} of ${count}; PgDn goes on`;
  const shown = [...lines.slice(top, top + window), ...(count > window ? [paint(where, 'faint', style)] : [])];
  return [...shown, ...(below.length === 0 ? [] : ['', ...below])].slice(0, rows);
}
