import { flowText, noIndent } from '../../../lib/flow-text.ts';
import { foldAllPainted } from '../../../lib/fold-painted.ts';
import { paint, type Style, sign } from '../../../lib/style.ts';
import { cut } from '../../../lib/width.ts';
import { words } from '../../../lib/words.ts';
import { drawPicture } from '../../embedded/draw-picture.ts';
import type { AskState } from '../ask/ask-state.ts';
import { askHeading } from '../ask/ask-words.ts';
import { dataOf } from '../ask/question-data.ts';
import type { RunPicture, ShownTerminal } from '../run-picture.ts';
import type { HandState } from './lent-state.ts';

/** What of the page's room the terminal has while it is taken: all but what stands above it. */
export function terminalRoom({ columns, rows }: { readonly columns: number; readonly rows: number }): {
  readonly columns: number;
  readonly rows: number;
} {
  return { columns, rows: Math.max(1, rows - 2) };
}

/** The question about a program whose terminal can be taken, or the terminal itself, in exactly this room. */
export function lentLines(
  ask: AskState,
  terminal: ShownTerminal,
  hand: HandState | undefined,
  run: RunPicture,
  room: { readonly columns: number; readonly rows: number; readonly style: Style },
): readonly string[] {
  const { columns, rows, style } = room;
  const rule = paint(sign('rule', style).repeat(columns), 'faint', style);
  if (hand !== undefined) {
    const { rows: height } = terminalRoom(room);
    return [paint(words(OURS, style), 'asking', style), rule, ...screenLines(terminal, columns, height, style)];
  }
  const about = cut(words(String(dataOf(ask.question).program ?? 'A program'), style), columns, sign('more', style));
  const text = terminal.hand === 'another' ? ANOTHER : FREE;
  const head = [
    askHeading(ask.question, run, style),
    ...flowText([{ text: `${about} waits at what its script does not know. ${words(text, style)}` }], columns, noIndent, style),
    rule,
  ];
  return [...head, ...screenLines(terminal, columns, Math.max(0, rows - head.length), style)];
}

const OURS = 'Every key goes to the program, Ctrl-C too; only what it shows is kept.';
const FREE = 'Take its terminal to answer: keys go to the program alone, and only what it shows is kept.';
const ANOTHER = 'Somebody else who watches this run has its terminal.';

/** The screen as it is where it has room, else the end of it, folded. */
function screenLines({ picture }: ShownTerminal, columns: number, rows: number, style: Style): readonly string[] {
  const drawn = drawPicture(picture, style);
  if (picture.columns <= columns && picture.rows <= rows) return drawn;
  const used = picture.lines.findLastIndex((line) => line.length > 0);
  const end = Math.max(used, picture.cursor?.row ?? 0) + 1;
  const folded = foldAllPainted(drawn.slice(0, end), columns, 0);
  return folded.slice(Math.max(0, folded.length - rows));
}
