import { expect, it } from 'vitest';
import { upcast } from './upcast.ts';

const line = { v: 1, seq: 3, at: 'then', type: 'step.done', prev: 'a', sum: 'b' };

it('a line of the present version stays as it is', () => {
  expect(upcast(line)).toBe(line);
});

it('an old line climbs version by version, and keeps its place in the chain', () => {
  const table = {
    1: ({ type, ...rest }: Record<string, unknown>) => ({ ...rest, type: type === 'step.done' ? 'step.ended' : type }) as never,
    2: (old: object) => ({ ...old, outcome: 'ok' }) as never,
  };
  expect(upcast(line, table, 3)).toEqual({ v: 3, seq: 3, at: 'then', type: 'step.ended', outcome: 'ok', prev: 'a', sum: 'b' });
  expect(upcast({ ...line, v: 2 }, table, 3)).toMatchObject({ v: 3, type: 'step.done', outcome: 'ok' });
});

it('a version without a way up is a mistake of ours', () => {
  expect(() => upcast(line, {}, 2)).toThrow(RangeError);
});
