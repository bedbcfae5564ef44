import { expect, it } from 'vitest';
import { type Comparison, comparisonTable, isMet, ratioOf } from './comparison.ts';

const ours = (part: Partial<Comparison>): Comparison => ({
  what: 'start',
  unit: 'ms',
  contender: 'fairlead',
  samples: [1],
  ...part,
});

it('each round is held against its own: a machine that is busy for one of them changes nothing', () => {
  const comparison = ours({ samples: [12, 120, 12], against: [10, 100, 10], goal: { ratio: 1.3 } });
  expect(ratioOf(comparison)).toBeCloseTo(1.2);
  expect(isMet(comparison)).toBe(true);
  expect(isMet({ ...comparison, goal: { ratio: 1.1 } })).toBe(false);
});

it('a goal in the unit is one for 19 of 20; what has no goal has none to meet', () => {
  const keys = (slow: number): readonly number[] => [...Array(40 - slow).fill(100), ...Array(slow).fill(101)];
  expect(isMet(ours({ samples: keys(2), goal: { most: 100 } }))).toBe(true);
  expect(isMet(ours({ samples: keys(3), goal: { most: 100 } }))).toBe(false);
  expect(isMet(ours({}))).toBeUndefined();
  expect(ratioOf(ours({}))).toBeUndefined();
});

it('the table names what is compared once, and says what is missed', () => {
  expect(
    comparisonTable([
      ours({ contender: 'bare Node', samples: [10, 20] }),
      ours({ samples: [30, 60], against: [10, 20], goal: { ratio: 1.3 } }),
      ours({ what: 'a key', samples: [40], goal: { most: 100 } }),
    ]),
  ).toBe(
    [
      '                      median  from    to  ratio  samples  goal',
      'start  bare Node  ms    15.0  10.0  20.0               2',
      '       fairlead   ms    45.0  30.0  60.0   3.00        2  <= 1.3 MISSED',
      'a key  fairlead   ms    40.0  40.0  40.0               1  95 % <= 100 ms met',
    ].join('\n'),
  );
});
