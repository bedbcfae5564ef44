import { expect, it } from 'vitest';
import { waitUntil } from './wait-until.ts';

const signal = new AbortController().signal;

it('gives the first answer, and looks no further', async () => {
  let looks = 0;
  expect(await waitUntil(async () => (++looks === 3 ? 'here' : undefined), { limit: 5000, every: 1, signal })).toBe('here');
  expect(looks).toBe(3);
});

it('gives nothing when the time is up, having looked at the end once more', async () => {
  const left: number[] = [];
  const look = async (ms: number): Promise<undefined> => {
    left.push(ms);
  };
  expect(await waitUntil(look, { limit: 20, every: 5, signal })).toBeUndefined();
  expect(left.at(-1)).toBe(0);
});

it('an abort ends the wait at once, with its reason', async () => {
  const abort = new AbortController();
  const waiting = waitUntil(async () => undefined, { limit: 60_000, every: 60_000, signal: abort.signal });
  abort.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow();
});
