// biome-ignore-all lint/suspicious/noControlCharactersInRegex: modes are set by sequences that begin with one

/** Modes that a terminal must be given back without, and how a terminal is without them; undone in this order. */
const MODES: readonly (readonly [mode: string, atRest: 'h' | 'l'])[] = [
  ['2026', 'l'], // holding back what is drawn
  ['1006', 'l'],
  ['1003', 'l'],
  ['1002', 'l'],
  ['1000', 'l'], // the mouse
  ['2004', 'l'], // marking what is pasted
  ['1', 'l'], // other codes for arrow keys
  ['1049', 'l'], // the second screen
  ['25', 'h'], // the cursor
];

const AT_REST = new Map(MODES);
const CHANGE = /\u001b\[\?([\d;]{1,32})([hl])/g;

/** The modes that are not as a terminal must be given back, as far as they were changed by what was written. */
export type LeftModes = ReadonlySet<string>;

/** The modes after something was written. */
export function afterWriting(left: LeftModes, written: string): LeftModes {
  if (!written.includes('\u001b[?')) return left;
  const now = new Set(left);
  for (const [, modes = '', letter] of written.matchAll(CHANGE)) {
    for (const mode of modes.split(';')) {
      const atRest = AT_REST.get(mode);
      if (atRest === letter) now.delete(mode);
      else if (atRest !== undefined) now.add(mode);
    }
  }
  return now;
}

/**
 * What puts a terminal back: nothing where nothing is left. What is not set is not taken back either: leaving the second
 * screen twice would move the cursor to where it once was.
 */
export function undo(left: LeftModes): string {
  if (left.size === 0) return '';
  return `\u001b[0m${MODES.map(([mode, atRest]) => (left.has(mode) ? `\u001b[?${mode}${atRest}` : '')).join('')}`;
}
