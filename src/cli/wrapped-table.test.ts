import fc from 'fast-check';
import { expect, it } from 'vitest';
import { widthOf } from '../views/lib/width.ts';
import { wrappedTable } from './wrapped-table.ts';

const heading = ['NAME', 'WHAT FOR', 'NOTE'];

it('is aligned, one line a row, where it fits or no width is known', () => {
  const rows = [
    ['a', 'one thing', ''],
    ['longer', 'another', 'kept'],
  ];
  const lines = ['NAME    WHAT FOR   NOTE', 'a       one thing', 'longer  another    kept'];
  expect(wrappedTable(heading, rows, undefined)).toEqual(lines);
  expect(wrappedTable(heading, rows, 80)).toEqual(lines);
});

it('breaks the widest cells between words where it does not fit', () => {
  expect(wrappedTable(heading, [['name', 'what it is there for', 'kept']], 22)).toEqual([
    'NAME  WHAT FOR    NOTE',
    'name  what it is  kept',
    '      there for',
  ]);
});

it('loses no word and is no wider than it may be, unless a word is', () => {
  const word = fc.stringMatching(/^[a-z]{1,9}$/);
  const cell = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 40, max: 100 }),
      (rows, width) => {
        const lines = wrappedTable(heading, rows, width);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        const words = (texts: readonly string[]): readonly string[] => texts.join(' ').split(/ +/).filter(Boolean).sort();
        expect(words(lines)).toEqual(words([...heading, ...rows.flat()]));
      },
    ),
  );
});
