// biome-ignore-all lint/suspicious/noControlCharactersInRegex: keys arrive as sequences that begin with one

import type { KeyModes } from '../../../model/screen-picture.ts';

/** What was typed, as it goes on from one piece of input to the next. */
export interface Typing {
  /** The beginning of a sequence, of which the rest is to come. */
  readonly rest: string;
  /** The last piece ended with Escape, which the program has got: it may have been the first byte of a key. */
  readonly escaped: boolean;
  /** Inside of what is pasted. */
  readonly pasting: boolean;
  /** The chord was pressed: the next key is a command to the app, not to the program. */
  readonly commanding: boolean;
}

/** Nothing was typed yet. */
export const untyped: Typing = { rest: '', escaped: false, pasting: false, commanding: false };

/** One piece of what was typed is for the program, or a command: the key that was pressed after the chord. */
export type Typed = { readonly keys: string } | { readonly command: string };

/**
 * Ctrl-], as telnet has it: editors, pagers and shells do next to nothing with it. Pressed twice it goes to the program.
 */
export const CHORD = '\u001d';

const ESCAPE = '\u001b';
const PASTE_BEGINS = '\u001b[200~';
const PASTE_ENDS = '\u001b[201~';

/** Complete sequences, as keys have them: CSI, that of the Linux console's F1 to F5, SS3. */
const SEQUENCE = /^\u001b(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-Z\\^-~]|O[A-Za-z])/;
/** One that is not complete. Shorter ones are keys of their own: Escape, Alt-[ and Alt-O. */
const BEGINNING = /^\u001b\[[0-?]+[ -/]*$/;

/** What the mouse and the window's focus report: the program has not been told of either. */
const REPORT = /^\u001b\[(?:<[\d;]*[Mm]|[IO])$/;

/** Keys that terminals send in different ways, as xterm sends them. */
const AS_XTERM: Readonly<Record<string, string>> = {
  '[1~': '[H',
  '[7~': '[H',
  '[4~': '[F',
  '[8~': '[F',
  '[[A': 'OP',
  '[[B': 'OQ',
  '[[C': 'OR',
  '[[D': 'OS',
  '[[E': '[15~',
  '[11~': 'OP',
  '[12~': 'OQ',
  '[13~': 'OR',
  '[14~': 'OS',
};

/** Keys whose code depends on the mode: arrows, Home and End. */
const CURSOR_KEY = /^[[O]([ABCDHF])$/;

/**
 * What the operator's terminal has sent, as the program's terminal would have sent it. All goes through as it came but for what
 * terminals do differently: cursor keys have the codes that the program asked for, what is pasted is marked only where the
 * program wants that, and reports of the mouse are left out.
 */
export function readTyped(
  before: Typing,
  piece: string,
  modes: KeyModes,
): { readonly typing: Typing; readonly typed: readonly Typed[] } {
  const typed: Typed[] = [];
  let keys = '';
  let { pasting, commanding } = before;
  // Its first byte has been passed on already.
  const begun = before.escaped && /^(?:\[[0-?]*[@-~]|O[A-Za-z])/.test(piece) && piece.length > 1;
  let input = begun ? `${ESCAPE}${piece}` : `${before.rest}${piece}`;
  let dropEscape = begun;
  const command = (name: string): void => {
    if (keys !== '') typed.push({ keys });
    keys = '';
    typed.push({ command: name });
  };
  while (input !== '') {
    const sequence = SEQUENCE.exec(input)?.[0];
    if (sequence === undefined && BEGINNING.test(input)) break;
    const one = sequence ?? String.fromCodePoint(input.codePointAt(0) ?? 0);
    input = input.slice(one.length);
    let out = '';
    if (one === PASTE_BEGINS || one === PASTE_ENDS) {
      pasting = one === PASTE_BEGINS;
      if (!commanding && modes.bracketedPaste) out = one;
    } else if (pasting) {
      if (!commanding) out = pasted(one, modes);
    } else if (sequence !== undefined && REPORT.test(sequence)) {
      out = '';
    } else if (commanding) {
      commanding = false;
      if (one === CHORD) out = CHORD;
      else command(sequence === undefined ? one : ESCAPE);
    } else if (one === CHORD) {
      commanding = true;
    } else {
      out = sequence === undefined ? one : asAsked(sequence, modes);
    }
    keys += dropEscape && out.startsWith(ESCAPE) ? out.slice(1) : out;
    dropEscape = false;
  }
  if (keys !== '') typed.push({ keys });
  const escaped = keys.endsWith(ESCAPE) && input === '' && !commanding;
  return { typing: { rest: input, escaped, pasting, commanding }, typed };
}

function asAsked(sequence: string, { applicationCursor }: KeyModes): string {
  const body = sequence.slice(1);
  const own = AS_XTERM[body] ?? body;
  const cursor = CURSOR_KEY.exec(own)?.[1];
  return `${ESCAPE}${cursor === undefined ? own : `${applicationCursor ? 'O' : '['}${cursor}`}`;
}

/** Line ends are Enter; other control characters than tabs would be keys that nobody pressed. */
function pasted(one: string, { bracketedPaste }: KeyModes): string {
  if (one === '\n' && !bracketedPaste) return '\r';
  return /^[\t\r\n]$/.test(one) || !/^[\u0000-\u001f\u007f]/.test(one) ? one : '';
}
