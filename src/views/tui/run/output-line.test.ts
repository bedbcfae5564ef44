// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what reaches a terminal is what this file is about
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stripEscapes } from '../../../model/untrusted-text.ts';
import type { Style } from '../../lib/style.ts';
import { widthOf } from '../../lib/width.ts';
import { hasText, rowsOf, tidyLine, withMarks } from './output-line.ts';

const PLAIN: Style = { colour: false, unicode: true };
const COLOUR: Style = { colour: true, unicode: true };
const ASCII: Style = { colour: false, unicode: false };
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(fc.constantFrom('\u001b[2J', '\u001b]52;c;eA==\u0007', '\u009b31m', '\r', '\b', '\t', 'word ', '漢字', '\u202e'), {
      maxLength: 20,
    })
    .map((parts) => parts.join('')),
);

it('no escape sequence, no control character and no reordering of what a program prints is left in a row, and none is too wide', () => {
  fc.assert(
    fc.property(text, fc.boolean(), fc.constantFrom(PLAIN, ASCII), (raw, fold, style) => {
      const rows = rowsOf(raw, { columns: 20, fold, most: 5, style });
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.length).toBeLessThanOrEqual(5);
      for (const row of rows) {
        expect(row).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(widthOf(row)).toBeLessThanOrEqual(20);
        if (!style.unicode) expect(row).toMatch(/^[ -~]*$/);
      }
    }),
  );
});

it('tabs lead to the next column of eight', () => {
  expect(tidyLine('a\tb', PLAIN)).toBe('a       b');
  expect(tidyLine('漢\tb\t', PLAIN)).toBe('漢      b       ');
});

it('a line is cut with a sign, or goes on below and is all there', () => {
  expect(rowsOf('abcdefgh', { columns: 5, fold: false, most: 9, style: PLAIN })).toEqual(['abcd…']);
  expect(rowsOf('abcdefgh', { columns: 5, fold: true, most: 9, style: PLAIN })).toEqual(['abcde', 'fgh']);
  expect(rowsOf('', { columns: 5, fold: true, most: 9, style: PLAIN })).toEqual(['']);
});

it('a line of megabytes costs no more than a long one, and says that it goes on', () => {
  const line = 'x'.repeat(5_000_000);
  expect(rowsOf(line, { columns: 10, fold: false, most: 5, style: PLAIN })).toEqual(['xxxxxxxxx…']);
  const rows = rowsOf(line, { columns: 10, fold: true, most: 5, style: PLAIN });
  expect(rows).toHaveLength(5);
  expect(rows.at(-1)).toMatch(/…$/);
});

it('matches are marked where they are, in large and small letters, and nothing else changes', () => {
  expect(stripEscapes(withMarks('Error, no error', 'error', COLOUR))).toBe('Error, no error');
  expect(withMarks('Error, no error', 'error', COLOUR)).toBe('\u001b[7mError\u001b[27m, no \u001b[7merror\u001b[27m');
  expect(withMarks('plain', 'z', COLOUR)).toBe('plain');
});

it('what is sought is found as it is shown, not as it was printed', () => {
  expect(hasText('er\u001b[31mr\u001b[0mor', 'ERROR', PLAIN)).toBe(true);
  expect(hasText('\u001b[31mfine', '31', PLAIN)).toBe(false);
});
