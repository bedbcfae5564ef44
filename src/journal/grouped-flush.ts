/** Flushes a file after so many writes, or so many milliseconds after the first one that was not flushed. */
export const FLUSH_WRITES = 64;
export const FLUSH_MS = 200;

/** Decides when a file's writes are flushed to the disk. */
export interface GroupedFlush {
  /** Something was written; it is flushed in the background, with others. */
  later(): void;
  /** Flushes; resolves when all that was written before is on the disk. */
  now(): Promise<void>;
  /** Flushes what is left, if anything; nothing happens in the background any more. */
  end(): Promise<void>;
}

/** `flush` writes to the disk; `onError` hears of a flush in the background that failed. */
export function createGroupedFlush(flush: () => Promise<void>, onError: (error: unknown) => void): GroupedFlush {
  let writes = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const now = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writes = 0;
    const done = running.then(flush);
    running = done.catch(() => undefined);
    return done;
  };
  const inBackground = (): void => {
    now().catch(onError);
  };

  return {
    later() {
      writes++;
      if (writes >= FLUSH_WRITES) inBackground();
      // Does not keep the process alive: what the kernel has, it writes.
      else timer ??= setTimeout(inBackground, FLUSH_MS).unref();
    },
    now,
    async end() {
      if (writes > 0) await now();
      else await running;
    },
  };
}
