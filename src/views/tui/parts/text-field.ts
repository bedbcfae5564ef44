import { widthOf } from '../../lib/width.ts';
import { isCtrl, isKey, type Key } from '../key.ts';

/** A line of text that is being typed: the text, and where the cursor stands in it (in code points). */
export interface TextField {
  readonly text: string;
  readonly cursor: number;
}

/** A field with this text, the cursor behind it. */
export function textField(text = ''): TextField {
  return { text, cursor: [...text].length };
}

/**
 * The field after a key; undefined where the key means nothing to a field. Paste works: line breaks become spaces, and those
 * at its end are dropped. Ctrl-A, E, U, K and W do what shells do.
 */
export function editField(field: TextField, key: Key): TextField | undefined {
  const letters = [...field.text];
  const { cursor } = field;
  const replaced = (from: number, to: number, by: string): TextField => ({
    text: [...letters.slice(0, from), by, ...letters.slice(to)].join(''),
    cursor: from + [...by].length,
  });
  if (key.kind === 'text') return replaced(cursor, cursor, key.text);
  if (key.kind === 'paste') return replaced(cursor, cursor, oneLine(key.text));
  if (isKey(key, 'left') || isCtrl(key, 'b')) return { ...field, cursor: Math.max(0, cursor - 1) };
  if (isKey(key, 'right') || isCtrl(key, 'f')) return { ...field, cursor: Math.min(letters.length, cursor + 1) };
  if (isKey(key, 'home') || isCtrl(key, 'a')) return { ...field, cursor: 0 };
  if (isKey(key, 'end') || isCtrl(key, 'e')) return { ...field, cursor: letters.length };
  if (isKey(key, 'backspace') || isCtrl(key, 'h')) return cursor === 0 ? field : replaced(cursor - 1, cursor, '');
  if (isKey(key, 'delete') || isCtrl(key, 'd')) return cursor === letters.length ? field : replaced(cursor, cursor + 1, '');
  if (isCtrl(key, 'u')) return replaced(0, cursor, '');
  if (isCtrl(key, 'k')) return replaced(cursor, letters.length, '');
  if (isCtrl(key, 'w')) {
    const before = letters.slice(0, cursor).join('');
    const kept = [...before.replace(/\S*\s*$/, '')].length;
    return replaced(kept, cursor, '');
  }
  return undefined;
}

/** The part of a field that so many columns show, and where in it the cursor stands (a column from 0). A long value scrolls. */
export function fieldWindow(
  field: TextField,
  columns: number,
  mask?: string,
): { readonly text: string; readonly column: number; readonly cutLeft: boolean; readonly cutRight: boolean } {
  const letters = [...field.text].map((letter) => mask ?? letter);
  const room = Math.max(1, columns - 1);
  let from = 0;
  while (from < field.cursor && widthOf(letters.slice(from, field.cursor).join('')) > room) from++;
  let to = from;
  while (to < letters.length && widthOf(letters.slice(from, to + 1).join('')) <= room) to++;
  return {
    text: letters.slice(from, to).join(''),
    column: widthOf(letters.slice(from, field.cursor).join('')),
    cutLeft: from > 0,
    cutRight: to < letters.length,
  };
}

function oneLine(text: string): string {
  return (
    text
      .trimEnd()
      .replaceAll(/[\r\n\t]+/g, ' ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what a clipboard may hold besides text
      .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '')
  );
}
