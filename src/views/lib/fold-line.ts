import { stripEscapes } from '../../model/untrusted-text.ts';
import { widthOf } from './width.ts';

/**
 * A line in lines of at most so many columns: broken between words, each further one indented by `hang` below the first. A word
 * that is longer than a line stays whole: it may have to be copied. Colours count for nothing, and each line has its own.
 */
export function foldLine(line: string, columns: number, hang = 4): readonly string[] {
  if (visible(line) <= columns) return [line];
  const indent = ' '.repeat(Math.min(columns / 2, (/^[ ]*/.exec(stripEscapes(line))?.[0].length ?? 0) + hang));
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
  return paintedApart([...lines, now]);
}

/** A sequence that paints with one code (SGR), as `paint` writes it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: painted text is made of them
const PAINT = /\u001b\[(\d+)m/g;

/** What switches a look off: intensity, reverse, the foreground's colour. */
function offOf(code: number): number {
  return code === 1 || code === 2 ? 22 : code === 7 ? 27 : 39;
}

/** Lines of which each is painted on its own: what one leaves switched on is switched off at its end, and on again in the next. */
function paintedApart(lines: readonly string[]): readonly string[] {
  let on: readonly number[] = [];
  const codes = (all: readonly number[]): string => all.map((code) => `\u001b[${code}m`).join('');
  return lines.map((line) => {
    const before = codes(on);
    for (const [, digits] of line.matchAll(PAINT)) {
      const code = Number(digits);
      const isOff = [22, 27, 39].includes(code);
      on = isOff ? on.filter((other) => offOf(other) !== code) : [...on, code];
    }
    return `${before}${line}${codes(on.toReversed().map(offOf))}`;
  });
}

/** All lines, folded; without a width they stay as they are. */
export function foldLines(lines: readonly string[], columns: number | undefined): readonly string[] {
  return columns === undefined ? lines : lines.flatMap((line) => foldLine(line, columns));
}

function visible(text: string): number {
  return widthOf(stripEscapes(text));
}
