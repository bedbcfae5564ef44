import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lock, waitForLock } from '../journal/lock.ts';

/** Longer than any of them takes, and shorter than a hook of a real test may. */
const LONGEST_MS = 9 * 60_000;

/**
 * The turn to do with this host's packages what two tests may not do at once: to install them, or to make of them what is then
 * kept for all (who waits finds it made). Give it back with `release`. Rejects where it does not come within nine minutes.
 */
export function turnOfPackages(): Promise<Lock> {
  const file = join(tmpdir(), 'fairlead-test-packages.lock');
  return waitForLock(file, { what: 'a test', signal: AbortSignal.timeout(LONGEST_MS) });
}

/** Does it in turn. */
export async function withTurnOfPackages<T>(act: () => Promise<T>): Promise<T> {
  const turn = await turnOfPackages();
  try {
    return await act();
  } finally {
    await turn.release();
  }
}
