import { fail } from '../../model/failure.ts';
import type { Keyring } from './keyring.ts';

/** A keyring in memory, which can be locked. For tests. */
export interface MemoryKeyring extends Keyring {
  /** What it holds, by account. */
  readonly entries: Map<string, string>;
  locked: boolean;
}

/** An empty, open one. */
export function createMemoryKeyring(): MemoryKeyring {
  const entries = new Map<string, string>();
  const needOpen = (): void => {
    if (keyring.locked) throw fail('vault.keyring-locked', 'The keyring is locked.', { fault: 'environment' });
  };
  const keyring: MemoryKeyring = {
    entries,
    locked: false,
    async get(account) {
      needOpen();
      return entries.get(account);
    },
    async set(account, secret) {
      needOpen();
      entries.set(account, secret);
    },
    async delete(account) {
      needOpen();
      entries.delete(account);
    },
  };
  return keyring;
}
