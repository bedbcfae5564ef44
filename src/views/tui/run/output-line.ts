import { paint, type Style, sign } from '../../lib/style.ts';
import { withoutTabs } from '../../lib/tabs.ts';
import { cut, widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';

/** In a folded line no more is looked at: a line of megabytes must not cost a frame. */
const MOST_CHARACTERS = 8_000;
/** What may stand between the characters that show: escape sequences and the like. */
const SLACK = 512;

/** Characters that `words` takes out or rewrites: a line without them is as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNTIDY = /[\u0000-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069\ufeff]/;

/** A printed line as it may be shown: sanitised, tabs as spaces. `most`: so many of its characters are looked at. */
export function tidyLine(raw: string, style: Style, most = Number.POSITIVE_INFINITY): string {
  const short = raw.length > most ? whole(raw.slice(0, most)) : raw;
  const text = style.unicode && !UNTIDY.test(short) ? short : words(short, style);
  return withoutTabs(text);
}

/** The rows that a printed line takes: one, cut to the columns, or all of it in pieces. At least one, at most `most`. */
export function rowsOf(
  raw: string,
  { columns, fold, most, style }: { columns: number; fold: boolean; most: number; style: Style },
): readonly string[] {
  const end = sign('more', style);
  const limit = fold ? MOST_CHARACTERS : columns * 4 + SLACK;
  const text = tidyLine(raw, style, limit) + (raw.length > limit ? end : '');
  if (!fold) return [cut(text, columns, end)];
  const rows = pieces(text, columns);
  return rows.length <= most ? rows : [...rows.slice(0, most - 1), cut(`${rows[most - 1]}${end}${end}`, columns, end)];
}

/** The text with every place where it has `wanted` marked. */
export function withMarks(text: string, wanted: string, style: Style): string {
  const lower = text.toLowerCase();
  const sought = wanted.toLowerCase();
  // Where small letters are longer than large ones, places in the two texts differ.
  if (sought === '' || lower.length !== text.length) return text;
  let marked = '';
  let from = 0;
  for (let at = lower.indexOf(sought); at >= 0; at = lower.indexOf(sought, from)) {
    marked += text.slice(from, at) + paint(text.slice(at, at + sought.length), 'chosen', style);
    from = at + sought.length;
  }
  return marked + text.slice(from);
}

/** Is what is sought in this line, as it is shown? Large and small letters are the same. */
export function hasText(raw: string, wanted: string, style: Style): boolean {
  return tidyLine(raw, style).toLowerCase().includes(wanted.toLowerCase());
}

function pieces(text: string, columns: number): readonly string[] {
  if (text.length <= columns && widthOf(text) <= columns) return [text];
  const rows: string[] = [];
  let row = '';
  let width = 0;
  for (const character of text) {
    const more = widthOf(character);
    if (width + more > columns) {
      rows.push(row);
      row = '';
      width = 0;
    }
    row += character;
    width += more;
  }
  return [...rows, row];
}

/** Without the first half of a character at its end. */
function whole(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
