// biome-ignore-all lint/suspicious/noControlCharactersInRegex: sequences begin with one

import { afterWriting, type LeftModes, undo } from '../terminal/left-modes.ts';

/** How a terminal is that a program has written to, as far as it has to be put right after it. */
export interface LeftByProgram {
  readonly modes: LeftModes;
  /** What else is not as it was; by what puts it right. */
  readonly further: ReadonlySet<string>;
  /** A sequence was written: colours, characters, a part of the screen that scrolls may be left. */
  readonly drawn: boolean;
  /** A sequence that is not complete yet. */
  readonly begun: string;
}

/** Nothing was written yet. */
export const untouched: LeftByProgram = { modes: new Set(), further: new Set(), drawn: false, begun: '' };

/** Modes that the app itself never sets, and how a terminal is without them. */
const FURTHER: ReadonlyMap<string, 'h' | 'l'> = new Map([
  ['5', 'l'], // light and dark exchanged
  ['7', 'h'], // going on in the next line
  ['47', 'l'],
  ['1047', 'l'], // the second screen, in older ways
  ['1004', 'l'], // telling of the window's focus
  ['1005', 'l'],
  ['1015', 'l'],
  ['1016', 'l'], // the mouse, in other ways
]);
const CHANGE = /\u001b\[\?([\d;]{1,32})([hl])/g;

/** Keys with codes of their own: xterm's (`modifyOtherKeys`) and kitty's. An editor that is killed leaves Ctrl-C without its meaning. */
const OTHER_KEYS = /\u001b\[>4(?:;([0-2]))?m/g;
const KITTY_KEYS = /\u001b\[([<=>])[\d;]*u/g;
const NO_OTHER_KEYS = '\u001b[>4m';
const NO_KITTY_KEYS = '\u001b[<u';

const BEGINNING = /\u001b(?:\[[0-?]{0,40})?$/;

/** A program may have left other characters, other keys, a part of the screen that scrolls. */
const AS_FOUND = '\u001b7\u001b[r\u001b8\u001b[0m\u001b(B\u001b>';

/** How it is after a program has written something more. */
export function afterProgram(left: LeftByProgram, written: string): LeftByProgram {
  const text = left.begun + written;
  const begun = BEGINNING.exec(text)?.[0] ?? '';
  if (!text.includes('\u001b')) return { ...left, begun };
  const further = new Set(left.further);
  const note = (isLeft: boolean, remedy: string): unknown => (isLeft ? further.add(remedy) : further.delete(remedy));
  for (const [, modes = '', letter] of text.matchAll(CHANGE)) {
    for (const mode of modes.split(';')) {
      const atRest = FURTHER.get(mode);
      if (atRest !== undefined) note(letter !== atRest, `\u001b[?${mode}${atRest}`);
    }
  }
  for (const [, level = '0'] of text.matchAll(OTHER_KEYS)) note(level !== '0', NO_OTHER_KEYS);
  for (const [, how] of text.matchAll(KITTY_KEYS)) note(how !== '<', NO_KITTY_KEYS);
  return { modes: afterWriting(left.modes, text), further, drawn: true, begun };
}

/** What gives the terminal back as it was found; nothing where nothing but text was written. */
export function giveBackSequence({ modes, further, drawn }: LeftByProgram): string {
  return drawn ? `${[...further].join('')}${undo(modes)}${AS_FOUND}` : '';
}
