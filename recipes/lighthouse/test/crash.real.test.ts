import { beforeAll, describe, expect, it } from 'vitest';
import { playRounds } from '../../../src/testing/crash/many-rounds.ts';
import type { RoundEnd } from '../../../src/testing/crash/one-round.ts';
import { roundText } from '../../../src/testing/crash/round-text.ts';

/** Any seed does. With this one kills fall into many steps, the act that happens once among them, and into resumes. */
const SEED = 1576;
const ROUNDS = Array.from({ length: 10 }, (_, index) => index + 1);
const LONGEST_MS = 40 * 60_000;

describe(`lighthouse under kill -9, seed ${SEED}`, () => {
  const ends = new Map<number, RoundEnd>();

  beforeAll(async () => {
    const onEnd = (end: RoundEnd): void => {
      ends.set(end.round, end);
    };
    await playRounds({ seed: SEED, rounds: ROUNDS, parallel: 2, onEnd });
  }, LONGEST_MS);

  it.each(ROUNDS)('round %i ends as an undisturbed installation does, and can be uninstalled', (round) => {
    const end = ends.get(round);
    expect(end?.problems, end && roundText(end, SEED)).toEqual([]);
  });

  it('killed processes alone and whole groups, and resumes too', () => {
    const fallen = [...ends.values()].map(({ kills }) => kills.filter((kill) => kill.fell !== undefined));
    const targets = new Set(fallen.flat().map((kill) => kill.target));
    expect([...targets].sort()).toEqual(['group', 'pid']);
    expect(fallen.flat().length).toBeGreaterThanOrEqual(8);
    expect(fallen.some((kills) => kills.length > 1)).toBe(true);
  });
});
