import { sanitize } from '../../model/untrusted-text.ts';
import type { Style } from './style.ts';

/**
 * Text of a run as one line for this terminal: no escape sequences, no control characters, no line breaks, and
 * only ASCII where the terminal shows no more. Every text that a view did not write itself passes here.
 */
export function words(text: string, style: Style): string {
  return shown(sanitize(text.replaceAll(/[\r\n]+/g, ' ')), style);
}

/** The same for a text of several lines; empty lines at its end are left out. */
export function wordLines(text: string, style: Style): readonly string[] {
  return shown(sanitize(text, true), style).trimEnd().split('\n');
}

/** ASCII for what people write most; what has none becomes a question mark. */
const ASCII: Readonly<Record<string, string>> = {
  '•': '*',
  '·': '*',
  '–': '-',
  '—': '-',
  '‐': '-',
  '−': '-',
  '→': '->',
  '←': '<-',
  '⇒': '=>',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '×': 'x',
  '±': '+-',
  '✓': 'ok',
  '✗': 'x',
  '│': '|',
  '─': '-',
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  ł: 'l',
};

function shown(text: string, style: Style): string {
  if (style.unicode) return text;
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\t\n -~]/gu, (character) => ASCII[character] ?? '?');
}
