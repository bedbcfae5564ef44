import type { Failure } from '../../../model/failure.ts';
import { type FeedItem, isLive } from '../../../model/feed.ts';
import type { LentPicture } from '../../../model/lent-picture.ts';
import { emptyRun, fold, type RunState } from '../../../model/run-state.ts';
import { createLineRing, type LineRing } from './line-ring.ts';

/** So many lines of a step's output can be scrolled back to; all of it is in the run's folder. */
export const OUTPUT_LINES = 10_000;
/** And so many characters: lines are as long as those who print them like. */
const OUTPUT_CHARACTERS = 4_000_000;
/** Of so many steps the output that was seen here stays at hand. */
const STEPS_AT_HAND = 8;

/** What a step, or the run, says of how far it is. */
export interface Progress {
  readonly text: string;
  readonly done?: number;
  readonly of?: number;
  /** Of a check: how long it waits at most, and how much of that is left, in milliseconds. */
  readonly atMostMs?: number;
  readonly leftMs?: number;
}

/** A terminal that can be taken. */
export interface ShownTerminal {
  readonly question: string;
  readonly picture: LentPicture;
  /** In whose hand it is. */
  readonly hand: 'nobody' | 'ours' | 'another';
}

/** A run as it stands: its facts folded, and what passed by since this app looks. */
export interface RunPicture {
  readonly run: string;
  readonly deployment: string;
  /** Is it a record only, with nobody to ask or to answer? */
  readonly past: boolean;
  readonly state: RunState;
  /** Grows with every change: two pictures of a run with the same number are the same. */
  readonly version: number;
  /** By `<step>-<attempt>`: what it printed since this app looks. The rings are shared and grow on. */
  readonly output: ReadonlyMap<string, LineRing>;
  /** By the same: the attempts that began while this app looked. Of the others the record has more than the ring. */
  readonly wholeOutput: ReadonlySet<string>;
  /** The sequence numbers at which a process took the run up, and when the last of them did (ISO 8601). */
  readonly lives: readonly number[];
  readonly aliveAt?: string;
  /** By step: the last that it said of its progress in its present attempt. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** The terminal of the program that the open question is about. */
  readonly terminal?: ShownTerminal;
  /** What the run itself waits for, outside of any step. */
  readonly waiting?: string;
  /** Have we heard all that came before we looked? */
  readonly caughtUp: boolean;
  /** The line to the run is down: it was let go, came to its end, or its process is gone. */
  readonly down?: 'over' | Failure;
}

/** Keeps the picture of a run up to date. */
export interface RunWatch {
  picture(): RunPicture;
  take(item: FeedItem): void;
  /** The line is down. */
  end(failure: Failure | undefined): void;
}

/** Watches a run from its first event. `us`: the word by which a terminal is in our hand. */
export function watchRun(run: string, deployment: string, past: boolean, us = ''): RunWatch {
  let state: RunState = emptyRun;
  let version = 0;
  let waiting: string | undefined;
  let terminal: ShownTerminal | undefined;
  let caughtUp = past;
  let down: RunPicture['down'];
  const output = new Map<string, LineRing>();
  const progress = new Map<string, Progress>();
  const wholeOutput = new Set<string>();
  const lives: number[] = [];
  let aliveAt: string | undefined;
  let seen: RunPicture | undefined;

  const ringOf = (step: string): LineRing => {
    const key = outputKey(step, state.steps.get(step as never)?.attempt ?? 0);
    const found = output.get(key);
    if (found !== undefined) return found;
    const ring = createLineRing(OUTPUT_LINES, OUTPUT_CHARACTERS);
    output.set(key, ring);
    const [oldest] = output.keys();
    if (output.size > STEPS_AT_HAND && oldest !== undefined) output.delete(oldest);
    return ring;
  };

  return {
    picture() {
      if (seen?.version === version) return seen;
      seen = {
        run,
        deployment,
        past,
        state,
        version,
        output,
        wholeOutput,
        lives,
        progress: new Map(progress),
        ...(aliveAt === undefined ? {} : { aliveAt }),
        ...(waiting === undefined ? {} : { waiting }),
        ...(terminal === undefined ? {} : { terminal }),
        caughtUp,
        ...(down === undefined ? {} : { down }),
      };
      return seen;
    },
    take(item) {
      version++;
      if (!isLive(item)) {
        state = fold(state, item);
        waiting = undefined;
        if (terminal?.question !== state.question?.id) terminal = undefined;
        if (item.type === 'step.started' || item.type === 'step.finished') progress.delete(item.step);
        if (item.type === 'step.started' && caughtUp && !past) wholeOutput.add(outputKey(item.step, item.attempt));
        if (item.type === 'run.started' || item.type === 'run.resumed') {
          lives.push(item.seq);
          aliveAt = item.at;
        }
        return;
      }
      if (item.type === 'feed.caught-up') caughtUp = true;
      if (item.type === 'step.output') ringOf(item.step).push(item.text);
      if (item.type === 'step.terminal') {
        const { question, picture, by } = item;
        const hand = by === undefined ? 'nobody' : by === us ? 'ours' : 'another';
        terminal = picture === undefined ? undefined : { question, picture, hand };
      }
      if (item.type === 'run.waiting') waiting = item.text;
      if (item.type === 'step.progress') {
        const { type: _, step, ...said } = item;
        progress.set(step, said);
      }
    },
    end(failure) {
      version++;
      terminal = undefined;
      down = failure ?? 'over';
    },
  };
}

/** Where the output of a step's attempt is in a picture. */
export function outputKey(step: string, attempt: number): string {
  return `${step}-${attempt}`;
}
