import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { timeLimit } from './time-limit.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('aborts when the time is up', () => {
  const limit = timeLimit(1000);
  vi.advanceTimersByTime(999);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

it("what takes other people's time is not the step's, also where one such thing holds another", async () => {
  const limit = timeLimit(1000);
  vi.advanceTimersByTime(600);
  const answered = Promise.withResolvers<void>();
  const asking = limit.without(() => limit.without(() => answered.promise));
  vi.advanceTimersByTime(3_600_000);
  expect(limit.signal.aborted).toBe(false);
  answered.resolve();
  await asking;
  vi.advanceTimersByTime(399);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

it('never aborts once it is not needed, also where a person answers later', async () => {
  const limit = timeLimit(1000);
  const answered = Promise.withResolvers<void>();
  const asking = limit.without(() => answered.promise);
  limit.clear();
  answered.resolve();
  await asking;
  vi.advanceTimersByTime(5000);
  expect(limit.signal.aborted).toBe(false);
});
