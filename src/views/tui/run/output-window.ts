import type { Style } from '../../lib/style.ts';
import { isKey, type Key } from '../key.ts';
import { rowsOf } from './output-line.ts';
import type { OutputSource } from './output-source.ts';

/** The room in which output is shown, and how its lines are laid into it. */
export interface OutputRoom {
  readonly columns: number;
  readonly rows: number;
  /** Long lines go on below instead of being cut. */
  readonly fold: boolean;
  readonly style: Style;
}

/** A row of the screen: a line, or a piece of one. */
export interface OutputRow {
  /** The line's number. */
  readonly number: number;
  readonly text: string;
}

/** Lines of the wheel's one notch. */
const NOTCH = 3;

/**
 * The rows that are in sight, and nothing else is looked at: from the line `top` on, or, without one, those at the end,
 * whatever comes.
 */
export function windowOf(source: OutputSource, top: number | undefined, room: OutputRoom): readonly OutputRow[] {
  if (top === undefined) return endOf(source, room);
  const rows: OutputRow[] = [];
  for (let number = Math.max(top, source.first); number < source.count && rows.length < room.rows; number++) {
    rows.push(...linesAt(source, number, room));
  }
  return rows.slice(0, room.rows);
}

/** Where the window stands after a key: the number of its first line, or `'end'`; undefined where the key moves nothing. */
export function scrollOutput(
  source: OutputSource,
  top: number | undefined,
  key: Key,
  room: OutputRoom,
): number | 'end' | undefined {
  const at = windowOf(source, top, room)[0]?.number ?? source.first;
  const to = targetOf(source, at, key, room);
  if (to === undefined || to === 'end') return to;
  return settle(source, to, room);
}

/** A window that begins at this line, or at the end where there is not so much below it. */
export function settle(source: OutputSource, top: number, room: OutputRoom): number | 'end' {
  const last = endOf(source, room)[0]?.number ?? source.first;
  const line = Math.max(source.first, top);
  return line >= last ? 'end' : line;
}

function targetOf(source: OutputSource, at: number, key: Key, room: OutputRoom): number | 'end' | undefined {
  if (isKey(key, 'up')) return at - 1;
  if (isKey(key, 'down')) return at + 1;
  if (isKey(key, 'wheel-up')) return at - NOTCH;
  if (isKey(key, 'wheel-down')) return at + NOTCH;
  if (isKey(key, 'home')) return source.first;
  if (isKey(key, 'end')) return 'end';
  // A page keeps one line in sight, by which the eye finds its place.
  if (isKey(key, 'page-down')) return Math.max(at + 1, windowOf(source, at, room).at(-1)?.number ?? at + 1);
  if (isKey(key, 'page-up')) return Math.min(at - 1, before(source, at, room));
  return undefined;
}

/** The first line of a window whose last line is `at`. */
function before(source: OutputSource, at: number, room: OutputRoom): number {
  let rows = 0;
  let number = at + 1;
  while (number > source.first) {
    rows += linesAt(source, number - 1, room).length;
    if (rows > room.rows) break;
    number--;
  }
  return number;
}

function endOf(source: OutputSource, room: OutputRoom): readonly OutputRow[] {
  const rows: OutputRow[] = [];
  for (let number = source.count - 1; number >= source.first && rows.length < room.rows; number--) {
    rows.unshift(...linesAt(source, number, room));
  }
  return rows.slice(-room.rows);
}

function linesAt(source: OutputSource, number: number, { columns, rows, fold, style }: OutputRoom): readonly OutputRow[] {
  const raw = source.line(number);
  if (raw === undefined) return [];
  return rowsOf(raw, { columns, fold, most: rows, style }).map((text) => ({ number, text }));
}
