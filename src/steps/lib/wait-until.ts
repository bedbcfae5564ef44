import { setTimeout as pause } from 'node:timers/promises';

/** How long to wait, and how often to look; milliseconds. */
export interface WaitOptions {
  readonly limit: number;
  /** Default 500. */
  readonly every?: number;
  readonly signal: AbortSignal;
}

/**
 * Looks again and again until `look` answers something other than undefined, and gives that; undefined where the
 * limit came first. `look` is told how many milliseconds are left; it is asked once even where the limit is 0.
 * Throws the signal's reason on an abort, and whatever `look` throws.
 */
export async function waitUntil<T>(look: (left: number) => Promise<T | undefined>, options: WaitOptions): Promise<T | undefined> {
  const { limit, every = 500, signal } = options;
  const end = performance.now() + limit;
  for (;;) {
    signal.throwIfAborted();
    const left = end - performance.now();
    const seen = await look(Math.max(0, left));
    if (seen !== undefined) return seen;
    if (left <= 0) return undefined;
    await pause(Math.min(every, Math.max(1, end - performance.now())), undefined, { signal });
  }
}
