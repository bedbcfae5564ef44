import { formatDuration } from '../model/duration.ts';
import { fail } from '../model/failure.ts';

/** A longer timer fires at once (it counts in 31 bits). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Aborts after so many milliseconds, with the failure that says so; `clear` when it is not needed any more. */
export function timeLimit(ms: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const late = fail('step.timeout', `It took longer than ${formatDuration(ms)} and was ended.`, {
    fault: 'environment',
    retryable: true,
    hints: ['Give the step a longer `timeout` in the recipe if it only needs more time.'],
  });
  const timer = setTimeout(() => controller.abort(late), Math.min(ms, LONGEST_TIMER_MS));
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
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
