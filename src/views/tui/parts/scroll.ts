import { isKey, type Key } from '../key.ts';

/** Lines of the wheel's one notch. */
const NOTCH = 3;

/** The cursor of a list of `count` rows after a key, of which `rows` are shown; undefined where the key does not move it. */
export function moveCursor(cursor: number, key: Key, count: number, rows: number): number | undefined {
  const step = stepOf(key, rows);
  if (step === undefined) return undefined;
  return clamp(step === 'first' ? 0 : step === 'last' ? count - 1 : cursor + step, 0, Math.max(0, count - 1));
}

/** The first line shown of a text of `count` lines after a key, of which `rows` are shown. */
export function scrollText(top: number, key: Key, count: number, rows: number): number | undefined {
  const step = stepOf(key, rows);
  if (step === undefined) return undefined;
  const last = Math.max(0, count - rows);
  return clamp(step === 'first' ? 0 : step === 'last' ? last : top + step, 0, last);
}

/** The first row shown of a list, so that its cursor is in sight, and nearer to the middle than to an edge where it can be. */
export function windowTop(cursor: number, count: number, rows: number): number {
  return clamp(cursor - Math.floor(rows / 2), 0, Math.max(0, count - rows));
}

function stepOf(key: Key, rows: number): number | 'first' | 'last' | undefined {
  const page = Math.max(1, rows - 1);
  if (isKey(key, 'up')) return -1;
  if (isKey(key, 'down')) return 1;
  if (isKey(key, 'wheel-up')) return -NOTCH;
  if (isKey(key, 'wheel-down')) return NOTCH;
  if (isKey(key, 'page-up')) return -page;
  if (isKey(key, 'page-down')) return page;
  if (isKey(key, 'home')) return 'first';
  if (isKey(key, 'end')) return 'last';
  return undefined;
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value));
}
