import { expect, it } from 'vitest';
import { linesWith, nextLine } from './find-text.ts';

it('lines are found by a part of them, whatever its case and its paint', () => {
  const lines = ['one', 'TWO', '\u001b[31mt\u001b[39mwo and one', ''];
  expect(linesWith(lines, 'two')).toEqual([1, 2]);
  expect(linesWith(lines, '')).toEqual([]);
});

it('the next one is the first from here on, and from the top where there is none', () => {
  expect(nextLine([3, 8], 3)).toBe(3);
  expect(nextLine([3, 8], 4)).toBe(8);
  expect(nextLine([3, 8], 9)).toBe(3);
  expect(nextLine([3, 8], 7, true)).toBe(3);
  expect(nextLine([3, 8], 2, true)).toBe(8);
  expect(nextLine([], 0)).toBeUndefined();
});
