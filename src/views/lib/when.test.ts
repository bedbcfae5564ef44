import { expect, it } from 'vitest';
import { when } from './when.ts';

const now = new Date(2026, 10, 23, 12).getTime();

it('a moment of this year is told to the minute, in local time', () => {
  expect(when(new Date(2026, 10, 3, 4, 5).toISOString(), now)).toBe('3 Nov 04:05');
});

it('one of another year is told by its day', () => {
  expect(when(new Date(2025, 0, 31, 4, 5).toISOString(), now)).toBe('31 Jan 2025');
});
