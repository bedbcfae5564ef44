import { isWanted, type Lock, type LockWait, noLongerWanted, waitForLock } from './lock.ts';

/** How long a lock that was given up stays there for the next one who asks here, in milliseconds. */
const LINGER_MS = 100;
/** How long one may be passed on here before it is let go of all the same, in milliseconds. */
const MOST_MS = 1_000;

/** A lock that is taken many times in a row, as around each apply: nearly every time it is still there. */
export interface LingeringLock {
  /** As `waitForLock`. Who gives it up may ask for it anew at once; then it was taken over from nobody. */
  take(wait: LockWait): Promise<Pick<Lock, 'release' | 'takenOver'>>;
}

/**
 * A lock of this process that stays there for a moment after it was given up. Where another one wants it, after a while, and when
 * this process ends, it is let go of at once. One that died meanwhile left a stale lock, as any other.
 */
export function createLingeringLock(file: string): LingeringLock {
  let kept: { readonly lock: Lock; readonly since: number } | undefined;
  let timer: NodeJS.Timeout | undefined;

  const letGo = (): void => {
    const gone = kept;
    kept = undefined;
    clearTimeout(timer);
    lingering.delete(letGo);
    // It is done when this returns: at the process's end nothing else would be.
    void gone?.lock.release();
  };
  return {
    async take(wait) {
      wait.signal?.throwIfAborted();
      let held = kept;
      kept = undefined;
      clearTimeout(timer);
      lingering.delete(letGo);
      const isNew = held === undefined;
      held ??= { lock: await waitForLock(file, wait), since: performance.now() };
      const { lock, since } = held;
      let released = false;
      return {
        ...(isNew && lock.takenOver !== undefined ? { takenOver: lock.takenOver } : {}),
        async release() {
          if (released) return;
          released = true;
          kept = { lock, since };
          if (isWanted(file)) {
            noLongerWanted(file);
            letGo();
          } else if (performance.now() - since > MOST_MS) {
            letGo();
          } else {
            letGoAtTheEnd(letGo);
            // It does not keep the process alive.
            timer = setTimeout(letGo, LINGER_MS).unref();
          }
        },
      };
    },
  };
}

/** What lets go of each lock that lingers now. */
const lingering = new Set<() => void>();
let listens = false;

function letGoAtTheEnd(letGo: () => void): void {
  lingering.add(letGo);
  if (listens) return;
  listens = true;
  process.on('exit', () => {
    for (const last of lingering) last();
  });
}
