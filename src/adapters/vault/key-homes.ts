import { dirname, join } from 'node:path';
import { fail } from '../../model/failure.ts';
import { type Identity, makeIdentity } from './identity.ts';
import type { IdentityStore, KeyHome, KeySource } from './identity-store.ts';
import { createKeyFile } from './key-file.ts';
import type { Keyring } from './keyring.ts';
import { createKeyringStore } from './keyring-store.ts';
import { createKeytarKeyring } from './keytar-keyring.ts';
import { type AskPassphrase, createPassphraseFile } from './passphrase-file.ts';
import { isThere } from './private-file.ts';

/** The homes that the key to the vaults of a state folder can have. */
export interface KeyHomes extends KeySource {
  /** The homes in use: one, none before the first vault, or several where a move was cut short. */
  inUse(): Promise<readonly IdentityStore[]>;
  /**
   * Moves the key: to its new home, read back from there, and only then out of the others. Where there is no key yet, one
   * is made there. Cut short at any moment, and done again, it ends the same. The key, and the files it was in before.
   */
  move(to: KeyHome): Promise<{ readonly identity: Identity; readonly left: readonly string[] }>;
}

/** What the homes need of the outside world. */
export interface KeyHomesOptions {
  readonly ask: AskPassphrase;
  /** Hears, once, that a move was cut short. */
  readonly warn: (text: string) => void;
  /** Default: the operating system's. */
  readonly keyring?: Keyring;
  /** Of a new passphrase file; lower for tests. */
  readonly workFactor?: number;
}

/** The homes beside the key file of a state folder, `identity.txt`: `identity.age`, `identity.keyring.json`. */
export function keyHomesBeside(keyFile: string, options: KeyHomesOptions): KeyHomes {
  const { ask, warn, keyring = createKeytarKeyring(), workFactor } = options;
  const folder = dirname(keyFile);
  const plain = createKeyFile(keyFile);
  // First what asks nobody.
  const stores: readonly IdentityStore[] = [
    plain,
    createKeyringStore(join(folder, 'identity.keyring.json'), keyring),
    createPassphraseFile(join(folder, 'identity.age'), ask, workFactor),
  ];
  let warned = false;

  const inUse = async (): Promise<readonly IdentityStore[]> => {
    const there = await Promise.all(stores.map(({ file }) => isThere(file)));
    return stores.filter((_, index) => there[index]);
  };

  /**
   * From the first home that gives it. A keyring that does not is passed over where there is another home: a move that was
   * cut short may have cleared it already. A file that is damaged, or that others can read, never is.
   */
  const read = async (): Promise<Identity | undefined> => {
    const homes = await inUse();
    if (homes.length > 1 && !warned) {
      warned = true;
      warn(twoHomes(homes));
    }
    for (const [index, home] of homes.entries()) {
      try {
        const identity = await home.read();
        if (identity !== undefined) return identity;
      } catch (error) {
        if (home.home !== 'keyring' || index === homes.length - 1) throw error;
      }
    }
    return undefined;
  };

  return {
    place: keyFile,
    inUse,
    read,
    create: () => plain.create(),
    async move(to) {
      const homes = await inUse();
      const identity = (await read()) ?? (await makeIdentity());
      const target = stores.find(({ home }) => home === to);
      if (target === undefined) throw fail('usage.unknown-home', `There is no home ${to} for a key.`);
      await target.write(identity);
      // From all others, also those not in use: a killed move may have left half a file there, with the key in it.
      for (const other of stores) if (other !== target) await other.remove(identity);
      return { identity, left: homes.filter((home) => home !== target).map(({ file }) => file) };
    },
  };
}

function twoHomes(homes: readonly IdentityStore[]): string {
  return (
    `The key to the secrets lies in ${homes.length} places: ${homes.map(({ file }) => file).join(', ')}. A move was cut short; ` +
    `\`fairlead secrets keep-key ${homes.map(({ home }) => home).join('|')}\` ends it, and clears the others.`
  );
}
