import { stripEscapes } from '../../model/untrusted-text.ts';
import { widthOf } from './width.ts';

/**
 * A line in lines of at most so many columns: broken between words, each further one indented below the first. A word
 * that is longer than a line stays whole: it may have to be copied. Colours count for nothing.
 */
export function foldLine(line: string, columns: number): readonly string[] {
  if (visible(line) <= columns) return [line];
  const indent = ' '.repeat(Math.min(columns / 2, (/^[ ]*/.exec(stripEscapes(line))?.[0].length ?? 0) + 4));
  const lines: string[] = [];
  let now = '';
  for (const piece of line.split(/(?<=\S)(?= )/)) {
    if (now !== '' && visible(now + piece) > columns) {
      lines.push(now);
      now = `${indent}${piece.trimStart()}`;
    } else {
      now += piece;
    }
  }
  return [...lines, now];
}

/** All lines, folded; without a width they stay as they are. */
export function foldLines(lines: readonly string[], columns: number | undefined): readonly string[] {
  return columns === undefined ? lines : lines.flatMap((line) => foldLine(line, columns));
}

function visible(text: string): number {
  return widthOf(stripEscapes(text));
}
