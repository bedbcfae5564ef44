import { expect, it } from 'vitest';
import { createRandom, joinSeeds } from './random.ts';

const first = (seed: number, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.share());
};

it('draws the same numbers for the same seed, and others for another', () => {
  expect(first(7, 20)).toEqual(first(7, 20));
  expect(first(7, 20)).not.toEqual(first(8, 20));
});

it('draws whole numbers from all of the range, and none outside it', () => {
  const random = createRandom(1);
  const drawn = new Set(Array.from({ length: 500 }, () => random.whole(3, 8)));
  expect([...drawn].sort()).toEqual([3, 4, 5, 6, 7, 8]);
});

it('spreads evenly enough', () => {
  const numbers = first(42, 10_000);
  for (let tenth = 0; tenth < 10; tenth++) {
    const inside = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
    expect(inside).toBeGreaterThan(850);
    expect(inside).toBeLessThan(1150);
  }
});

it('joins a seed and a round to a seed that no other pair in sight has', () => {
  const joined = new Set<number>();
  for (let seed = 0; seed < 30; seed++) for (let round = 1; round <= 200; round++) joined.add(joinSeeds(seed, round));
  expect(joined.size).toBeGreaterThan(30 * 200 - 3);
});
