import { paint, type Style, sign } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import type { TextField } from './text-field.ts';

/** Above a list in which typing finds: what is typed and how many it finds; before that, `hint`. */
export function findLine({ text, cursor }: TextField, found: number, hint: string, style: Style): string {
  if (text === '') return `  ${paint(hint, 'faint', style)}`;
  const letters = [...text];
  const [before, after] = [letters.slice(0, cursor), letters.slice(cursor)].map((part) => words(part.join(''), style));
  const count = paint(`${found === 0 ? 'nothing' : found} found; Esc shows all again`, 'faint', style);
  return `  ${paint('Find:', 'strong', style)} ${before}${sign('caret', style)}${after}   ${count}`;
}

/** Below a list that is longer than its room: which part of it is seen. */
export function ruleLine(top: number, seen: number, all: number, columns: number, style: Style): string {
  const rule = sign('rule', style);
  if (seen === all) return rule.repeat(columns);
  const place = ` lines ${top + 1}-${top + seen} of ${all} `;
  return `${rule.repeat(columns - place.length - 2)}${place}${rule.repeat(2)}`;
}
