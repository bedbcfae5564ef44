import type { Look, Piece, ScreenPicture } from '../../../model/screen-picture.ts';
import { sanitize } from '../../../model/untrusted-text.ts';
import type { Style } from '../../lib/style.ts';
import { widthOf } from '../../lib/width.ts';
import { colourCode } from './program-colours.ts';

/** ASCII, one character for one, for what programs draw their screens with. */
const ASCII: readonly (readonly [RegExp, string])[] = [
  [/[─━┄┅┈┉╌╍═╴╶╸╺]/u, '-'],
  [/[│┃┆┇┊┋╎╏║╵╷╹╻]/u, '|'],
  [/[\u2500-\u257f]/u, '+'],
  [/[\u2580-\u259f]/u, '#'],
  [/[•·●○◆◦∙]/u, '*'],
  [/[‐‑‒–—−]/u, '-'],
  [/[‘’‚′]/u, "'"],
  [/[“”„″«»]/u, '"'],
  [/[↑▲]/u, '^'],
  [/[↓▼]/u, 'v'],
  [/[→▶›]/u, '>'],
  [/[←◀‹]/u, '<'],
  [/…/u, '.'],
  [/✓/u, 'v'],
  [/[✗×]/u, 'x'],
  [/\u00a0/u, ' '],
];

/**
 * A program's screen as painted lines, one for each row, in the colours that the operator's terminal has: what is painted was
 * made here, nothing of what the program wrote but its characters. The cursor is a cell in reverse; `cursor: false` leaves it out.
 * Without colours, bold, underlined and reverse are kept, and what has a background of its own is in reverse.
 */
export function drawPicture(picture: ScreenPicture, style: Style, { cursor = true } = {}): readonly string[] {
  return picture.lines.map((pieces, row) => {
    const column = cursor && picture.cursor?.row === row ? picture.cursor.column : undefined;
    return drawLine(column === undefined ? pieces : withCursor(pieces, column), style);
  });
}

function drawLine(pieces: readonly Piece[], style: Style): string {
  return pieces.map((piece) => painted(shown(piece, style), piece.look, style)).join('');
}

/** The cell at a column in reverse; the line goes at least as far. */
function withCursor(pieces: readonly Piece[], column: number): readonly Piece[] {
  const marked: Piece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const end = at + piece.cells;
    if (column < at || column >= end) marked.push(piece);
    else {
      const letters = cellsOf(piece);
      const inside = column - at;
      const part = (from: number, to: number): Piece[] =>
        to > from ? [{ ...piece, text: letters.slice(from, to).join(''), cells: to - from }] : [];
      if (letters.length !== piece.cells) marked.push(reversed(piece));
      else marked.push(...part(0, inside), ...part(inside, inside + 1).map(reversed), ...part(inside + 1, letters.length));
    }
    at = end;
  }
  if (column >= at) {
    if (column > at) marked.push({ text: ' '.repeat(column - at), cells: column - at });
    marked.push({ text: ' ', cells: 1, look: { reverse: true } });
  }
  return marked;
}

function reversed(piece: Piece): Piece {
  const { reverse, hidden: _, ...rest } = piece.look ?? {};
  return { ...piece, look: reverse === true ? rest : { ...rest, reverse: true } };
}

/** The characters of a piece, one for each of its cells; a wide character is one. What takes no cell goes with what is before. */
function cellsOf({ text }: Piece): readonly string[] {
  const letters: string[] = [];
  for (const letter of text) {
    if (letters.length > 0 && widthOf(letter) === 0) letters[letters.length - 1] += letter;
    else letters.push(letter);
  }
  return letters;
}

/** The characters as this terminal can show them, in exactly as many cells: what others take for wider or narrower is a `?`. */
function shown(piece: Piece, style: Style): string {
  if (piece.look?.hidden === true) return ' '.repeat(piece.cells);
  const letters = cellsOf(piece);
  const each = letters.length === piece.cells ? 1 : piece.cells;
  const drawn = letters.map((letter) => {
    const safe = sanitize(letter);
    const own = style.unicode ? safe : ascii(safe);
    return widthOf(own) === each ? own : '?'.padEnd(each);
  });
  const text = drawn.join('');
  return widthOf(text) === piece.cells ? text : '?'.repeat(piece.cells);
}

function ascii(letter: string): string {
  if (/^[ -~]*$/.test(letter)) return letter;
  const plain = letter.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  if (/^[ -~]$/.test(plain)) return plain;
  return ASCII.find(([signs]) => signs.test(letter))?.[1] ?? '?';
}

/** Switched off as it was switched on: whoever cuts or joins painted texts reckons with that. */
function painted(text: string, look: Look | undefined, style: Style): string {
  if (look === undefined) return text;
  const codes: (readonly [string, number])[] = [];
  const { ink, paper, bold, faint, italic, underlined, reverse, struck } = look;
  if (style.colour) {
    const colours = style.colours ?? 16;
    if (ink !== undefined) codes.push([colourCode(ink, 'ink', colours), 39]);
    if (paper !== undefined) codes.push([colourCode(paper, 'paper', colours), 49]);
    if (faint === true && bold !== true) codes.push(['2', 22]);
    if (italic === true) codes.push(['3', 23]);
    if (struck === true) codes.push(['9', 29]);
  }
  if (bold === true) codes.push(['1', 22]);
  if (underlined === true) codes.push(['4', 24]);
  if (reverse === true || (!style.colour && paper !== undefined)) codes.push(['7', 27]);
  const on = codes.map(([code]) => `\u001b[${code}m`).join('');
  const off = codes.map(([, code]) => `\u001b[${code}m`).reverse();
  return `${on}${text}${off.join('')}`;
}
