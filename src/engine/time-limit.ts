import { formatDuration } from '../model/duration.ts';
import { fail } from '../model/failure.ts';

/** A longer timer fires at once (it counts in 31 bits). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time that a step may take. */
export interface TimeLimit {
  /** Aborted when the time is up, with the failure that says so. */
  readonly signal: AbortSignal;
  /** Does what takes other people's time, which is not the step's. */
  without<T>(work: () => Promise<T>): Promise<T>;
  /** It is not needed any more. */
  clear(): void;
}

/** Aborts after so many milliseconds. */
export function timeLimit(ms: number): TimeLimit {
  const controller = new AbortController();
  const late = fail('step.timeout', `It took longer than ${formatDuration(ms)} and was ended.`, {
    fault: 'environment',
    retryable: true,
    hints: ['Give the step a longer `timeout` in the recipe if it only needs more time.'],
  });
  let left = Math.min(ms, LONGEST_TIMER_MS);
  let since = performance.now();
  let pauses = 0;
  let cleared = false;
  let timer = setTimeout(() => controller.abort(late), left);
  return {
    signal: controller.signal,
    async without(work) {
      if (pauses++ === 0) {
        clearTimeout(timer);
        left -= performance.now() - since;
      }
      try {
        return await work();
      } finally {
        if (--pauses === 0 && !cleared) {
          since = performance.now();
          timer = setTimeout(() => controller.abort(late), Math.max(0, left));
        }
      }
    },
    clear() {
      cleared = true;
      clearTimeout(timer);
    },
  };
}

/** How long what was aborted may take to end in its own way before it is left alone: a dpkg that has begun, say. */
const ABORT_GRACE_MS = 130_000;

/**
 * The work, or the abort's reason where the work does not end although it was aborted: after a grace, or as soon as
 * `enough` is aborted.
 */
export function within<T>(signal: AbortSignal, enough: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const leave = (): void => reject(signal.aborted ? signal.reason : enough.reason);
    const onAbort = (): void => {
      timer = setTimeout(leave, ABORT_GRACE_MS);
    };
    enough.addEventListener('abort', leave, { once: true });
    if (enough.aborted) leave();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      enough.removeEventListener('abort', leave);
    });
  });
}

/** Waits, or returns early at an abort: whoever waits looks at the signal himself. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
