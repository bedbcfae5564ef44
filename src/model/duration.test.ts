import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

it('reads durations as recipes write them', () => {
  expect(parseDuration('500ms')).toBe(500);
  expect(parseDuration('1h30m')).toBe(5_400_000);
  expect(parseDuration('10')).toBeUndefined();
  expect(parseDuration('ten minutes')).toBeUndefined();
});

it('writes durations for people', () => {
  expect([850, 12_000, 185_000, 3_720_000].map(formatDuration)).toEqual(['850 ms', '12 s', '3 m 05 s', '1 h 02 m']);
});
