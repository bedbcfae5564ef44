import type { Piece, ScreenPicture } from './screen-picture.ts';

/** What a program's terminal shows to those who may take it. */
export interface LentPicture extends ScreenPicture {
  /** The rows, counted from 0, that go on what the row above had no more room for. */
  readonly wrapped: readonly number[];
}

type Row = readonly Piece[];

/** The text of a row. */
export function textOfRow(row: Row): string {
  return row.map(({ text }) => text).join('');
}

/**
 * The picture with what must not be seen taken out: `mask` is given its lines as somebody would read them, wrapped ones whole, and
 * returns as many. A line that it alters is drawn as it returns it, without colours, in the room that the line had.
 */
export function maskPicture(picture: LentPicture, mask: (lines: readonly string[]) => readonly string[]): LentPicture {
  const { columns, wrapped } = picture;
  const groups: Row[][] = [];
  picture.lines.forEach((row, index) => {
    const last = groups.at(-1);
    if (last !== undefined && wrapped.includes(index)) last.push(row);
    else groups.push([row]);
  });
  const texts = groups.map((rows) => rows.map((row, at) => wholeRow(row, at < rows.length - 1 ? columns : 0)).join(''));
  const masked = mask(texts);
  const lines = groups.flatMap((rows, index) => {
    const text = masked[index] ?? '';
    return text === texts[index] ? rows : redrawn(text, rows, columns);
  });
  return { ...picture, lines };
}

/** A row that goes on below is as wide as the terminal: blanks at its end count. */
function wholeRow(row: Row, columns: number): string {
  const cells = row.reduce((sum, piece) => sum + piece.cells, 0);
  // A character that takes two cells may have found no room in the last one.
  return `${textOfRow(row)}${' '.repeat(columns - cells > 1 ? columns - cells : 0)}`;
}

/** A line in the rows that it had; what finds no room is left out. */
function redrawn(text: string, rows: readonly Row[], columns: number): readonly Row[] {
  const wide = new Set(rows.flatMap((row) => row.flatMap(({ text: own, cells }) => (cells === 2 ? [own] : []))));
  const lines: Row[] = [];
  let line = '';
  let cells = 0;
  const end = (): void => {
    lines.push(line === '' ? [] : [{ text: line, cells }]);
    line = '';
    cells = 0;
  };
  for (const letter of text) {
    const width = wide.has(letter) ? 2 : 1;
    if (cells + width > columns) end();
    line += letter;
    cells += width;
  }
  end();
  return rows.map((_, index) => lines[index] ?? []);
}
