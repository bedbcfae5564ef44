import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FixedMap } from './fixed-map.ts';

const key = (index: number): string => `k${index}`;
/** More than one chunk, and more often than not a last one that is not full. */
const size = fc.integer({ min: 0, max: 100 });
const numbered = (count: number): [string, number][] => Array.from({ length: count }, (_, index) => [key(index), index]);

it('answers as a map does in which the same was set', () => {
  fc.assert(
    fc.property(size, fc.array(fc.tuple(fc.nat(99), fc.nat())), (count, changes) => {
      const map = new Map(numbered(count));
      let fixed = FixedMap.of(numbered(count));
      for (const [index, value] of changes) {
        if (map.has(key(index))) map.set(key(index), value);
        fixed = fixed.with(key(index), value);
      }
      expect([...fixed]).toEqual([...map]);
      expect([...fixed.entries()]).toEqual([...map]);
      expect([...fixed.keys()]).toEqual([...map.keys()]);
      expect([...fixed.values()]).toEqual([...map.values()]);
      expect(fixed.size).toBe(map.size);
      for (let index = 0; index < 100; index++) {
        expect(fixed.get(key(index))).toBe(map.get(key(index)));
        expect(fixed.has(key(index))).toBe(map.has(key(index)));
      }
      const seen: [string, number][] = [];
      fixed.forEach((value, at) => {
        seen.push([at, value]);
      });
      expect(seen).toEqual([...map]);
    }),
  );
});

it('is not changed by a copy with another value; of a key that comes twice the last value counts', () => {
  const before = FixedMap.of(numbered(70));
  const after = before.with(key(69), -1);
  expect([...before]).toEqual(numbered(70));
  expect([after.get(key(69)), after.get(key(68))]).toEqual([-1, 68]);
  expect(after.with('strange', 1)).toBe(after);
  expect([...FixedMap.of([...numbered(2), ['k0', 7] as const])]).toEqual([
    ['k0', 7],
    ['k1', 1],
  ]);
});
