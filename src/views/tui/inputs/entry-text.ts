import type { InputSpec } from '../../../model/recipe.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { cut, paintedWidth, widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import { fieldWindow, type TextField } from '../parts/text-field.ts';
import { choicesOf } from './edit-entry.ts';

/** Stands for a secret however long it is: its length is nobody's business. */
const MASK_LENGTH = 8;

/** What stands for a secret. */
export function maskOf(style: Style): string {
  return sign('masked', style).repeat(MASK_LENGTH);
}

/** One letter of a value, as one that a terminal can show: what would be invisible is seen. */
export function letterText(letter: string, style: Style): string {
  if (letter === '\n') return sign('lineEnd', style);
  if (letter === '\t') return ' ';
  return words(letter, style) || '?';
}

/** A value that has not the cursor: its beginning, in so many columns. */
export function valueText(spec: InputSpec, text: string, columns: number, style: Style): string {
  const label = choicesOf(spec).find(({ value }) => value === text)?.label ?? text;
  // What does not fit is not looked at: a value may be long.
  const letters = [...label.slice(0, 4 * columns)].map((letter) => letterText(letter, style));
  return cut(letters.join(''), columns, sign('more', style));
}

/** A value with the cursor in it, in so many columns; what is cut off at an end is marked there. */
export function typedText(entry: TextField, columns: number, style: Style): string {
  const window = fieldWindow(entry, Math.max(2, columns - 2), (letter) => letterText(letter, style));
  const left = window.cutLeft ? paint(sign('cutLeft', style), 'asking', style) : '';
  const right = window.cutRight ? paint(sign('cutRight', style), 'asking', style) : '';
  return `${left}${withCursor(window.text, window.column, style)}${right}`;
}

/** A secret that is not shown, with the cursor behind it. */
export function maskedText(isEmpty: boolean, style: Style): string {
  const mask = isEmpty ? '' : maskOf(style);
  return withCursor(mask, widthOf(mask), style);
}

/** The cursor is the cell in reverse; without colours, which reverse is one of, a sign before it. */
function withCursor(text: string, column: number, style: Style): string {
  const letters = [...text];
  let width = 0;
  let at = 0;
  while (at < letters.length && width < column) width += widthOf(letters[at++] ?? '');
  // What combines with the letter before stays with it.
  while (at < letters.length && widthOf(letters[at] ?? '') === 0) at++;
  const before = letters.slice(0, at).join('');
  if (!style.colour) return `${before}${sign('cursor', style)}${letters.slice(at).join('')}`;
  return `${before}${paint(letters[at] ?? ' ', 'chosen', style)}${letters.slice(at + 1).join('')}`;
}

/** Choices beside each other, the chosen one marked; where they have no room, the chosen one and which of how many it is. */
export function choiceText(spec: InputSpec, text: string, columns: number, style: Style): string {
  const choices = choicesOf(spec);
  const all = choices
    .map(({ value, label }) => {
      const chosen = value === text;
      const shown = `${sign(chosen ? 'chosenOne' : 'otherOne', style)} ${words(label, style)}`;
      return chosen ? paint(shown, 'strong', style) : shown;
    })
    .join('  ');
  if (paintedWidth(all) <= columns) return all;
  const at = choices.findIndex(({ value }) => value === text);
  const place = at < 0 ? `none of ${choices.length} chosen` : `${at + 1} of ${choices.length}`;
  const one = cut(words(text, style), Math.max(1, columns - widthOf(place) - 6), sign('more', style));
  return `${sign('cutLeft', style)} ${paint(one, 'strong', style)} ${sign('cutRight', style)}  ${paint(place, 'faint', style)}`;
}
