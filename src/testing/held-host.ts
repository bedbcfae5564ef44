import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createNodeHost } from '../adapters/host/node-host.ts';
import { acquireLock, type Lock } from '../journal/lock.ts';
import { createStateFolder } from '../journal/state-folder.ts';

/**
 * Holds this host for a test: a run with that state folder says that the host is busy before its first act, and goes on when the
 * lock is given back. So it is in the middle for as long as a test wants.
 */
export async function holdHost(stateDir: string): Promise<Lock> {
  const { id } = await createNodeHost({ reveal: async () => '' });
  const file = createStateFolder(stateDir).hostLock(id);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  return acquireLock(file, { what: 'a test' });
}
