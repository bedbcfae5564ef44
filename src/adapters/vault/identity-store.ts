import { type FairleadError, fail } from '../../model/failure.ts';
import type { Identity } from './identity.ts';

/** The kinds of place in which the key to the vaults can lie. */
export const keyHomes = ['file', 'passphrase', 'keyring'] as const;
export type KeyHome = (typeof keyHomes)[number];

/** A place for the key to the vaults of one state folder. */
export interface IdentityStore {
  readonly home: KeyHome;
  /** The file whose presence says that the key lies here: the key itself, sealed or not, or a note about where it is. */
  readonly file: string;
  /** Undefined only where no key was ever put: one that can't be had now is an error, so that nobody makes a new one. */
  read(): Promise<Identity | undefined>;
  /**
   * Puts the key here; returns once it was read back. The same key again is no error; another one is never replaced:
   * `vault.identity-there`.
   */
  write(identity: Identity): Promise<void>;
  /** Takes this key away; another one stays, and is `vault.identity-there`. Where there is none, only what killed writers left goes. */
  remove(identity: Identity): Promise<void>;
}

/** Where a vault gets its key from. */
export interface KeySource {
  /** Where the key lies, for messages. */
  readonly place: string;
  /** Undefined where there is none yet. */
  read(): Promise<Identity | undefined>;
  /** Makes the key where there is none; one that appears meanwhile counts. */
  create(): Promise<Identity>;
}

/** The failure for a home that holds another key than the one it was asked about. */
export function anotherKeyIn(file: string): FairleadError {
  return fail('vault.identity-there', `There is another key already, ${file}.`, {
    hints: [
      'It may be what opens a vault, so it stays. Nothing was removed.',
      `If nobody needs it: move it away (mv ${file} ${file}.other), then do the same again.`,
    ],
  });
}
