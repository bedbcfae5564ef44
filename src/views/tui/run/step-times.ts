import type { StepState } from '../../../model/run-state.ts';
import type { RunPicture } from './run-picture.ts';

/** A duration in at most five cells, for the end of a line: `12s`, `3m05`, `1h02`; nothing below a second. */
export function shortTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return '';
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, '0')}`;
  const hours = Math.floor(minutes / 60);
  return hours < 100 ? `${hours}h${String(minutes % 60).padStart(2, '0')}` : `${hours}h`;
}

/** A duration that changes once a minute only: beside a clock of seconds a second one would be noise. */
export function coarseTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'less than 1 m';
  return minutes < 60 ? `${minutes} m` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

/** Does time pass in this run, as far as this page knows? Not where it waits for an answer, and not in a record. */
export function timePasses({ past, caughtUp, down, state }: RunPicture): boolean {
  return !past && caughtUp && down === undefined && state.status === 'running' && state.question === undefined;
}

/** The moment to reckon with, in milliseconds since the epoch: now, or where no time passes that of the last event. */
export function clockOf(picture: RunPicture, now: number): number {
  const last = picture.state.at === undefined ? 0 : Date.parse(picture.state.at);
  return timePasses(picture) ? Math.max(now, last) : last;
}

/**
 * How long a step has been at it, or took, in milliseconds; undefined where that is not known: it has not begun, or the run
 * was broken off in between.
 */
export function timeOf(step: StepState, picture: RunPicture, clock: number): number | undefined {
  const { startedAt, endedAt, startedSeq = 0, finishedSeq = 0, status } = step;
  if (startedAt === undefined || status === 'pending' || status === 'in-doubt') return undefined;
  const open = status === 'running' || status === 'intended';
  const until = open ? picture.state.seq : finishedSeq;
  if (until < startedSeq || picture.lives.some((seq) => startedSeq < seq && seq < until)) return undefined;
  const end = open ? clock : endedAt === undefined ? undefined : Date.parse(endedAt);
  return end === undefined ? undefined : Math.max(0, end - Date.parse(startedAt));
}
