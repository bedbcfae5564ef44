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
  /** Printable text, as typed; usually one character. */
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

/**
 * The key that Ink's `useInput` reports, in our words; undefined where it is none that we know. Most terminals send DEL for
 * backspace, which Ink tells apart.
 */
export function keyOf(input: string, ink: InkKey): Key | undefined {
  if (ink.tab) return { kind: 'named', name: ink.shift ? 'back-tab' : 'tab' };
  const named = NAMES.find(([flag]) => ink[flag] === true);
  if (named !== undefined) return { kind: 'named', name: named[1] };
  if (ink.ctrl) return /^[a-z]$/i.test(input) ? { kind: 'ctrl', letter: input.toLowerCase() } : undefined;
  // A line feed is how terminals send Ctrl-J; Enter is a carriage return.
  if (input === '\n') return { kind: 'ctrl', letter: 'j' };
  if (ink.meta || input === '') return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are no text that was meant
  const text = input.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '');
  return text === '' ? undefined : { kind: 'text', text };
}
