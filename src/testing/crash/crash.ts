/**
 * Proves by brute force that an installation survives `kill -9`: `node src/testing/crash/crash.ts --seed N --rounds M`.
 *
 *   --seed N      what all moments are drawn from; default: drawn, and printed
 *   --rounds M    so many rounds; default 20
 *   --round R     this round of the seed only; may be repeated
 *   --parallel K  so many at a time; default 2
 *
 * Needs root, a Docker Engine and a built dist/. Ends with 0 where every round had the same end as an undisturbed
 * installation, else with 1. Ctrl-C lets the rounds that have begun come to their end.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { playRounds } from './many-rounds.ts';
import { roundText, summaryText } from './round-text.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    rounds: { type: 'string', default: '20' },
    round: { type: 'string', multiple: true, default: [] },
    parallel: { type: 'string', default: '2' },
  },
});

function wholeNumber(name: string, text: string, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${name} takes a whole number from ${least}, not ${JSON.stringify(text)}.`);
}

const seed = values.seed === undefined ? randomInt(1_000_000) : wholeNumber('seed', values.seed, 0);
const count = wholeNumber('rounds', values.rounds, 1);
const rounds =
  values.round.length > 0
    ? values.round.map((text) => wholeNumber('round', text, 1))
    : Array.from({ length: count }, (_, index) => index + 1);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const stop = new AbortController();
process.once('SIGINT', () => {
  say('no further round begins; those that have begun come to their end');
  stop.abort();
});

const began = performance.now();
say(`seed ${seed}, ${rounds.length} rounds; first one installation that nobody disturbs`);
const ends = await playRounds({
  seed,
  rounds,
  parallel: wholeNumber('parallel', values.parallel, 1),
  onEnd: (end) => say(roundText(end, seed)),
  signal: stop.signal,
});
say(summaryText(ends, seed, performance.now() - began));
process.exitCode = ends.length > 0 && ends.every((end) => end.problems.length === 0) ? 0 : 1;
