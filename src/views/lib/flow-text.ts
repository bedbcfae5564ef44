import { type Meaning, paint, type Style } from './style.ts';
import { widthOf } from './width.ts';

/** A stretch of text that looks the same all over. A line break in it is one that is meant. */
export interface Span {
  readonly text: string;
  readonly look?: Meaning;
}

/** What stands before the first line of a text, and before each further one: of the same width, painted. */
export interface Indent {
  readonly first: string;
  readonly rest: string;
  readonly width: number;
}

/** No indent. */
export const noIndent: Indent = { first: '', rest: '', width: 0 };

/** A part of a word that looks the same all over. */
type Atom = Span & { readonly width: number };

/**
 * Text in lines of at most so many columns, broken between words; a word that is longer than a line is broken where the line
 * ends, so that nothing of it is hidden. Each line is painted on its own: no look reaches over the end of a line.
 */
export function flowText(spans: readonly Span[], columns: number, indent: Indent, style: Style): readonly string[] {
  const room = Math.max(1, columns - indent.width);
  const lines: string[] = [];
  for (const words of meantLines(spans)) {
    let line = '';
    let width = 0;
    const end = (): void => {
      lines.push(`${lines.length === 0 ? indent.first : indent.rest}${line}`);
      line = '';
      width = 0;
    };
    for (const word of words) {
      const needed = word.reduce((sum, atom) => sum + atom.width, 0);
      if (width > 0 && width + 1 + needed > room) end();
      else if (width > 0) {
        line += ' ';
        width += 1;
      }
      for (const atom of word) {
        let left = atom.text;
        while (width + widthOf(left) > room) {
          const piece = startOf(left, room - width);
          if (piece === '' && width === 0) break;
          line += painted({ ...atom, text: piece }, style);
          left = left.slice(piece.length);
          end();
        }
        line += painted({ ...atom, text: left }, style);
        width += widthOf(left);
      }
    }
    end();
  }
  return lines;
}

/** The words of each line that is meant as one; a word is made of its atoms. */
function meantLines(spans: readonly Span[]): readonly (readonly (readonly Atom[])[])[] {
  const lines: Atom[][][] = [[]];
  let word: Atom[] = [];
  const endWord = (): void => {
    if (word.length > 0) lines.at(-1)?.push(word);
    word = [];
  };
  for (const { text, look } of spans) {
    for (const part of text.split(/(\s+)/)) {
      if (part === '') continue;
      if (!/^\s/.test(part)) {
        word.push({ text: part, width: widthOf(part), ...(look === undefined ? {} : { look }) });
        continue;
      }
      endWord();
      if (part.includes('\n')) lines.push([]);
    }
  }
  endWord();
  return lines;
}

/** As much of the text's beginning as so many columns hold. */
function startOf(text: string, columns: number): string {
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    kept += character;
  }
  return kept;
}

function painted({ text, look }: Span, style: Style): string {
  return look === undefined ? text : paint(text, look, style);
}
