import { createRandom, joinSeeds, type Random } from './random.ts';

/** When a fairlead is killed, counted from its start. */
export type Moment =
  /** Before its journal has a line of this process. */
  | { readonly kind: 'before-journal'; readonly afterMs: number }
  /** When the journal has grown to this share of the lines that are to come, and then so much later. */
  | { readonly kind: 'lines'; readonly share: number; readonly delayMs: number };

/** One kill -9. */
export interface DrawnKill {
  readonly moment: Moment;
  /** The engine's process alone, or all of its process group. */
  readonly target: 'pid' | 'group';
}

/** What happens to one lighthouse: its first fairlead is killed, and maybe the one that resumes, and the one after that. */
export interface DrawnRound {
  readonly seed: number;
  readonly round: number;
  readonly kills: readonly DrawnKill[];
}

/** So many of a hundred kills come before the journal's first line. */
const BEFORE_JOURNAL = 0.06;
/** Longer than a start and a plan take. */
const START_MS = 1500;
const DELAY_MS = 400;
/** A step that takes seconds has as few lines as one that takes milliseconds: some kills fall later inside it. */
const LONG_DELAY = 0.2;
const LONG_DELAY_MS = 3000;
const KILLED_AGAIN = 1 / 3;
const MOST_KILLS = 3;

/** Draws a round: it depends on the seed and the round's number only, so that one round can be played again by itself. */
export function drawRound(seed: number, round: number): DrawnRound {
  const random = createRandom(joinSeeds(seed, round));
  const kills = [drawKill(random)];
  while (kills.length < MOST_KILLS && random.chance(KILLED_AGAIN)) kills.push(drawKill(random));
  return { seed, round, kills };
}

function drawKill(random: Random): DrawnKill {
  const target = random.chance(0.5) ? 'pid' : 'group';
  if (random.chance(BEFORE_JOURNAL)) return { target, moment: { kind: 'before-journal', afterMs: random.whole(0, START_MS) } };
  const share = random.share();
  // The cube makes short delays likelier: most steps are over in some milliseconds, and must be met in their midst too.
  const delayMs = random.chance(LONG_DELAY) ? random.whole(0, LONG_DELAY_MS) : Math.floor(random.share() ** 3 * (DELAY_MS + 1));
  return { target, moment: { kind: 'lines', share, delayMs } };
}

/**
 * After how many lines of the journal a kill falls, where `whole` is how many an undisturbed run has and `now` how many
 * there are: at least one more, and at most all that are to come.
 */
export function linesAt(share: number, now: number, whole: number): number {
  const toCome = Math.max(1, whole - now);
  return now + 1 + Math.floor(share * toCome);
}

/** In words, for a report. */
export function momentText({ moment, target }: DrawnKill): string {
  const when =
    moment.kind === 'before-journal'
      ? `${moment.afterMs} ms after its start`
      : `at ${(moment.share * 100).toFixed(0)} % of the lines + ${moment.delayMs} ms`;
  return `${target} ${when}`;
}
