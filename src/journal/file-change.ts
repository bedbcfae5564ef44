import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Tells when a file may have changed. */
export interface FileChange {
  /** Resolves when the file may have changed since this was called, after `afterMs`, or at the signal's abort. */
  next(afterMs: number): Promise<void>;
  end(): void;
}

/** Watches a file, which need not exist yet. The kernel tells of changes where it can; `afterMs` is for where it can't. */
export function watchFile(file: string, signal: AbortSignal | undefined): FileChange {
  let wake: () => void = () => undefined;
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort, { once: true });
  const watcher = tryToWatch(file, () => wake());
  return {
    next: (afterMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, afterMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal?.aborted === true) wake();
      }),
    end() {
      wake();
      watcher?.close();
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** Network file systems, and hosts with all inotify watches taken, do without: looking now and then is enough. */
function tryToWatch(file: string, onChange: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === basename(file)) onChange();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
