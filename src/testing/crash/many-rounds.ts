import { drawRound } from './drawn-round.ts';
import { playRound, type RoundEnd, type Undisturbed } from './one-round.ts';

/** Which rounds to play. */
export interface ManyRounds {
  readonly seed: number;
  /** Their numbers. */
  readonly rounds: readonly number[];
  /** So many at a time. */
  readonly parallel: number;
  /** Called as each comes to its end. */
  onEnd(end: RoundEnd): void;
  /** Aborted when no further round should begin. */
  readonly signal?: AbortSignal;
}

/** Installs one lighthouse undisturbed, then plays the rounds and compares each with that. Throws where the first fails. */
export async function playRounds({ seed, rounds, parallel, onEnd, signal }: ManyRounds): Promise<readonly RoundEnd[]> {
  const expected = await playUndisturbed(seed);
  const waiting = [...rounds];
  const ends: RoundEnd[] = [];
  const lane = async (): Promise<void> => {
    for (let round = waiting.shift(); round !== undefined; round = waiting.shift()) {
      if (signal?.aborted === true) return;
      const end = await playRound(drawRound(seed, round), expected);
      ends.push(end);
      onEnd(end);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return ends.sort((a, b) => a.round - b.round);
}

/** What all rounds are compared with, and how many lines its journal has. */
async function playUndisturbed(seed: number): Promise<Undisturbed> {
  const { undisturbed, problems, evidence } = await playRound({ seed, round: 0, kills: [] }, undefined);
  if (problems.length > 0) throw new Error(`Even undisturbed it goes wrong: ${problems.join('\n')}\n${evidence}`);
  return undisturbed;
}
