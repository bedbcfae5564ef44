import { fileURLToPath } from 'node:url';
import xterm, { type IBufferCell } from '@xterm/headless';
import { renderToString } from 'ink';
import type { ReactNode } from 'react';
import { expect } from 'vitest';
import type { Style } from '../views/lib/style.ts';

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Where golden frames lie. */
const FOLDER = fileURLToPath(new URL('../../snapshots/frames/', import.meta.url));

/** Room to the right in which what is too wide shows, instead of being wrapped. */
const MARGIN = 200;

/** The letter of a look that is one of these; what is more than one of them has its own, below. */
const PLAIN_LOOKS: Readonly<Record<string, string>> = {
  green: 'g',
  yellow: 'c',
  red: 'b',
  cyan: 'a',
  faint: 'f',
  bold: 's',
  reverse: 'r',
  underlined: 'u',
};

/** Looks that are used together, each with a letter that stays the same from frame to frame. */
const MIXED_LOOKS: Readonly<Record<string, string>> = {
  'green bold': 'G',
  'yellow bold': 'C',
  'red bold': 'B',
  'cyan bold': 'A',
  'bold reverse': 'R',
  'faint reverse': 'F',
  'bold underlined': 'U',
  'green faint': '1',
  'yellow faint': '2',
  'red faint': '3',
  'cyan faint': '4',
  'green reverse': '5',
  'yellow reverse': '6',
  'red reverse': '7',
  'cyan reverse': '8',
};

/** Letters for whatever else comes, in the order in which it comes. */
const SPARE_LETTERS = 'dehijklmnopqtvwxyzDEHIJKLMNOPQSTVWXYZ';

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/**
 * What a terminal shows of something that was drawn, as text that can be reviewed in a diff: each row with a bar where the
 * terminal ends, then, if anything is painted, one letter for each painted cell, with the letters' meaning above.
 */
export async function frameText(ansi: string, size: TerminalSize): Promise<string> {
  return textOf(await screenOf(ansi, size), size);
}

/**
 * Holds what an element draws at a size of the terminal against `snapshots/frames/<name>.<columns>x<rows>.<colour|ascii>.txt`.
 * A frame is never wider than the terminal, and always a row less high: Ink flickers otherwise.
 */
export async function expectFrame(
  name: string,
  element: ReactNode,
  { columns, rows, style }: TerminalSize & { readonly style: Style },
): Promise<void> {
  const size = { columns, rows };
  const frame = await screenOf(renderToString(element, { columns }), size);
  const wide = frame.filter(({ width }) => width > columns).map(({ text }) => text);
  expect(wide, `rows of ${name} that are wider than ${columns} columns`).toEqual([]);
  expect(frame.length, `rows of ${name}`).toBeLessThan(rows);
  if (!style.unicode) {
    const foreign = frame.filter(({ text }) => /[^ -~]/.test(text)).map(({ text }) => text);
    expect(foreign, `rows of ${name} that are not ASCII`).toEqual([]);
  }
  if (!style.colour) {
    const painted = frame.filter(({ looks }) => looks.some((look) => COLOURS.some((colour) => look.includes(colour))));
    expect(
      painted.map(({ text }) => text),
      `rows of ${name} that have a colour`,
    ).toEqual([]);
  }
  const variant = style.colour ? 'colour' : style.unicode ? 'plain' : 'ascii';
  await expect(textOf(frame, size)).toMatchFileSnapshot(`${FOLDER}${name}.${columns}x${rows}.${variant}.txt`);
}

/** A row as a terminal shows it: its characters, how many cells they take, and the look of each cell (`''`: none). */
interface Row {
  readonly text: string;
  readonly width: number;
  readonly looks: readonly string[];
}

/** The rows that were drawn, also those of spaces. */
async function screenOf(ansi: string, { columns, rows }: TerminalSize): Promise<readonly Row[]> {
  const lines = ansi.split('\n');
  const screen = new xterm.Terminal({
    cols: columns + MARGIN,
    rows: Math.max(rows, lines.length),
    allowProposedApi: true,
  });
  try {
    await new Promise<void>((resolve) => screen.write(lines.join('\r\n'), resolve));
    const buffer = screen.buffer.active;
    return lines.map((_, y) => {
      const line = buffer.getLine(y);
      const cells = Array.from({ length: columns + MARGIN }, (_, x) => line?.getCell(x)).filter((cell) => cell !== undefined);
      const looks = cells.map(lookOf);
      const width = cells.findLastIndex((cell, x) => cell.getChars().trim() !== '' || looks[x] !== '') + 1;
      // A wide character lies in two cells, the second of which has no width.
      const text = cells.slice(0, width).map((cell) => (cell.getWidth() === 0 ? '' : cell.getChars() || ' '));
      return { text: text.join(''), width, looks: looks.slice(0, width) };
    });
  } finally {
    screen.dispose();
  }
}

function lookOf(cell: IBufferCell): string {
  // Of a space only what shows counts.
  const empty = cell.getChars().trim() === '';
  const colour = (isDefault: boolean, palette: boolean, value: number): string =>
    isDefault ? '' : palette ? (COLOURS[value] ?? `colour ${value}`) : `#${value.toString(16).padStart(6, '0')}`;
  const ink = empty ? '' : colour(cell.isFgDefault(), cell.isFgPalette(), cell.getFgColor());
  const paper = colour(cell.isBgDefault(), cell.isBgPalette(), cell.getBgColor());
  return [
    ink,
    paper === '' ? '' : `on ${paper}`,
    !empty && cell.isDim() ? 'faint' : '',
    !empty && cell.isBold() ? 'bold' : '',
    cell.isUnderline() ? 'underlined' : '',
    cell.isInverse() ? 'reverse' : '',
    !empty && cell.isItalic() ? 'italic' : '',
    cell.isStrikethrough() ? 'struck out' : '',
    cell.isInvisible() ? 'invisible' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function textOf(frame: readonly Row[], { columns }: TerminalSize): string {
  const characters = frame.map(({ text, width }) => `${text}${' '.repeat(Math.max(0, columns - width))}|`);
  const seen = [...new Set(frame.flatMap(({ looks }) => looks))].filter((look) => look !== '');
  if (seen.length === 0) return `${characters.join('\n')}\n`;
  const letters = lettersFor(seen);
  const legend = seen.map((look) => `${letters.get(look)} ${look}`).sort();
  const styles = frame.map(({ looks }) => looks.map((look) => letters.get(look) ?? ' ').join(''));
  // Blank rows are left out, so each row says which one it is.
  const numbered = styles.flatMap((row, y) => (row.trim() === '' ? [] : [`${String(y + 1).padStart(3)} ${row.trimEnd()}`]));
  return [...characters, '', `styles: ${legend.join(', ')}`, ...numbered, ''].join('\n');
}

function lettersFor(looks: readonly string[]): ReadonlyMap<string, string> {
  let spare = 0;
  return new Map(
    looks.map((look) => [look, PLAIN_LOOKS[look] ?? MIXED_LOOKS[look] ?? SPARE_LETTERS.charAt(spare++ % SPARE_LETTERS.length)]),
  );
}
