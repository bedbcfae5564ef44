import type { Key as InkKey } from 'ink';

/** Keys with a name of their own. */
export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'back-tab'
  | 'backspace'
  | 'delete'
  /** The wheel of a mouse that was switched on. */
  | 'wheel-up'
  | 'wheel-down';

/** What the operator did at the keyboard. */
export type Key =
  | { readonly kind: 'named'; readonly name: KeyName }
  /** A printable character, as typed. */
  | { readonly kind: 'text'; readonly text: string }
  /** Pasted text: never taken for commands. May hold line breaks. */
  | { readonly kind: 'paste'; readonly text: string }
  /** With Ctrl held: the letter, in lower case. */
  | { readonly kind: 'ctrl'; readonly letter: string };

/** Is it this named key? */
export function isKey(key: Key, ...names: readonly KeyName[]): boolean {
  return key.kind === 'named' && names.includes(key.name);
}

/** Is it this key, typed as text? */
export function isText(key: Key, ...texts: readonly string[]): boolean {
  return key.kind === 'text' && texts.includes(key.text);
}

/** Is it this letter with Ctrl? */
export function isCtrl(key: Key, letter: string): boolean {
  return key.kind === 'ctrl' && key.letter === letter;
}

const NAMES: readonly (readonly [keyof InkKey, KeyName])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** Control characters that have a key of their own. Enter is a carriage return; a line feed is Ctrl-J. */
const CONTROLS: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
};

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** So much text in one piece, with a line break inside it and no other key, was pasted where the terminal does not say so. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are other keys
const PASTED = /^(?=.{9})[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*[\r\n][^\u0000-\u0008\u000b-\u001f\u007f]+[\r\n]*$/s;

/**
 * The keys that Ink's `useInput` reports, in our words; none where there is none that we know. Over a slow line several keys
 * arrive in one piece, which Ink takes for one text: here each is itself again. Several lines at once are a paste, no commands.
 */
export function keysOf(input: string, ink: InkKey): readonly Key[] {
  if (ink.tab) return [{ kind: 'named', name: ink.shift ? 'back-tab' : 'tab' }];
  const named = NAMES.find(([flag]) => ink[flag] === true);
  if (named !== undefined) return [{ kind: 'named', name: named[1] }];
  if (ink.ctrl) return /^[a-z]$/i.test(input) ? [{ kind: 'ctrl', letter: input.toLowerCase() }] : [];
  if (ink.meta) return [];
  if (PASTED.test(input)) return [{ kind: 'paste', text: input }];
  return [...letters.segment(input)].flatMap(({ segment }) => (segment === '\r\n' ? keyOf('\r') : keyOf(segment)));
}

function keyOf(letter: string): readonly Key[] {
  const name = CONTROLS[letter];
  if (name !== undefined) return [{ kind: 'named', name }];
  const code = letter.charCodeAt(0);
  if (code >= 1 && code <= 26) return [{ kind: 'ctrl', letter: String.fromCharCode(code + 96) }];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are no text that was meant
  return /[\u0000-\u001f\u007f-\u009f]/.test(letter) ? [] : [{ kind: 'text', text: letter }];
}
