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

/**
 * The part of a field that so many columns show, and where in it the cursor stands (a column from 0). A long value scrolls.
 * `drawn`: what stands for each letter, or for every one of them. However long the text is, only what is near the cursor is
 * looked at.
 */
export function fieldWindow(
  field: TextField,
  columns: number,
  drawn?: string | ((letter: string) => string),
): { readonly text: string; readonly column: number; readonly cutLeft: boolean; readonly cutRight: boolean } {
  const letters = [...field.text];
  const draw = typeof drawn === 'function' ? drawn : (letter: string) => drawn ?? letter;
  const room = Math.max(1, columns - 1);
  // What comes next is seen as well as what was typed last.
  let ahead = 0;
  for (const letter of letters.slice(field.cursor, field.cursor + Math.floor(room / 4))) ahead += widthOf(draw(letter));
  let before = '';
  let column = 0;
  let from = field.cursor;
  for (; from > 0; from--) {
    const letter = draw(letters[from - 1] ?? '');
    const width = widthOf(letter);
    if (column + width > Math.max(1, room - ahead)) break;
    before = letter + before;
    column += width;
  }
  let after = '';
  let used = column;
  let to = field.cursor;
  for (; to < letters.length; to++) {
    const letter = draw(letters[to] ?? '');
    used += widthOf(letter);
    if (used > room) break;
    after += letter;
  }
  return { text: before + after, column, cutLeft: from > 0, cutRight: to < letters.length };
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
