import { expect, it } from 'vitest';
import { goldenPicture } from '../../../testing/golden-runs.ts';
import { drawBar, percent } from './draw-bar.ts';
import { clockOf, coarseTime, shortTime, timeOf, timePasses } from './step-times.ts';

it('a time at a line end never takes more than five cells', () => {
  expect([999, 1000, 59_999, 60_000, 3_599_000, 3_600_000, 360_000_000].map(shortTime)).toEqual([
    '',
    '1s',
    '59s',
    '1m00',
    '59m59',
    '1h00',
    '100h',
  ]);
  expect([0, 59_999, 60_000, 3_599_999, 3_600_000].map(coarseTime)).toEqual([
    'less than 1 m',
    'less than 1 m',
    '1 m',
    '59 m',
    '1 h 00 m',
  ]);
});

it('time stands still while a question is open, in a record, and once the line is down', () => {
  const asked = goldenPicture('interrupted', { upTo: 21 });
  expect(timePasses(asked)).toBe(false);
  expect(clockOf(asked, Date.parse('2026-11-30T00:00:00Z'))).toBe(Date.parse('2026-11-22T10:00:05.250Z'));
  expect(timePasses(goldenPicture('lighthouse', { upTo: 31, past: true }))).toBe(false);
  expect(timePasses(goldenPicture('lighthouse', { upTo: 31 }))).toBe(true);
});

it('a step that was broken off in between has no time: the night that the operator slept is not its own', () => {
  const picture = goldenPicture('interrupted');
  const time = (id: string) => {
    const step = [...picture.state.steps.values()].find((one) => one.id === id);
    return step === undefined ? undefined : timeOf(step, picture, 0);
  };
  expect(time('register')).toBeUndefined();
  expect(time('dns')).toBe(1000);
  expect(time('config')).toBe(500);
});

it('a bar is full only when all is done, and no longer than its room', () => {
  const style = { colour: false, unicode: false };
  expect(drawBar(0, 10, 7, 'good', style)).toBe('[.....]');
  expect(drawBar(1, 1000, 7, 'good', style)).toBe('[#....]');
  expect(drawBar(999, 1000, 7, 'good', style)).toBe('[####.]');
  expect(drawBar(10, 10, 7, 'good', style)).toBe('[#####]');
  expect(drawBar(20, 10, 7, 'good', style)).toBe('[#####]');
  expect([percent(999, 1000), percent(1, 1), percent(0, 0)]).toEqual(['99 %', '100 %', '0 %']);
});
