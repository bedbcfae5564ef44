import { expect, it } from 'vitest';
import { drawRound, linesAt } from './drawn-round.ts';

const rounds = Array.from({ length: 400 }, (_, index) => drawRound(5, index + 1));
const kills = rounds.flatMap((round) => round.kills);

it('draws a round from the seed and its number alone', () => {
  expect(drawRound(5, 17)).toEqual(rounds[16]);
  expect(drawRound(6, 17)).not.toEqual({ ...rounds[16], seed: 6 });
});

it('kills half of the time the process alone, half of the time its group', () => {
  const alone = kills.filter((kill) => kill.target === 'pid').length;
  expect(alone / kills.length).toBeGreaterThan(0.42);
  expect(alone / kills.length).toBeLessThan(0.58);
});

it('kills the resume too in about a third of the rounds, and sometimes the one after that', () => {
  const again = rounds.filter((round) => round.kills.length > 1).length;
  expect(again / rounds.length).toBeGreaterThan(0.25);
  expect(again / rounds.length).toBeLessThan(0.42);
  expect(rounds.some((round) => round.kills.length === 3)).toBe(true);
});

it('falls anywhere from before the journal to the last line', () => {
  expect(kills.some((kill) => kill.moment.kind === 'before-journal')).toBe(true);
  const lines = new Set(kills.flatMap(({ moment }) => (moment.kind === 'lines' ? [linesAt(moment.share, 0, 20)] : [])));
  expect([...lines].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

it('falls on a line that is still to come where a part of them is written', () => {
  expect(linesAt(0, 15, 20)).toBe(16);
  expect(linesAt(0.999, 15, 20)).toBe(20);
  expect(linesAt(0.5, 25, 20)).toBe(26);
});
