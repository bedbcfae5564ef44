import { fail } from '../../model/failure.ts';
import { type Identity, parseIdentity } from './identity.ts';
import type { KeySource } from './identity-store.ts';
import { createPrivate, isThere, readPrivate } from './private-file.ts';
import { readSealed, seal, unseal } from './sealed-file.ts';
import { isSealed, unarmored, unsealIdentity } from './sealed-identity.ts';
import { readContent, writeContent } from './vault-content.ts';

/** A vault that was saved elsewhere, and where it is to go. */
export interface RestoreOptions {
  /** The saved vault. */
  readonly from: string;
  /** Gets what opens it, after a look at the rest. */
  readonly identity: () => Promise<Identity>;
  /** Where it is to lie. */
  readonly to: string;
  /** What opens it there; made where there is none. */
  readonly key: KeySource;
}

/** What came of it, without a value. */
export interface Restored {
  readonly names: readonly string[];
  /** The public half of the key that opens it now. */
  readonly recipient: string;
}

/**
 * Seals a saved vault to the key of this state folder: with all that is in it, its fingerprint key too. Throws
 * `vault.there` where one is already, what opening a vault throws, and what the source of the key throws. Where it throws,
 * no vault was made.
 */
export async function restoreVault({ from, identity, to, key }: RestoreOptions): Promise<Restored> {
  if (await isThere(to)) throw alreadyThere(to);
  const sealed = await readSealed(from);
  if (sealed === undefined) {
    throw fail('vault.missing', `There is no vault ${from}.`, {
      hints: ['Name the copy of the vault.age that is to be restored. Nothing was changed.'],
    });
  }
  const content = readContent(new TextDecoder().decode(await unseal(sealed, await identity(), from)), from);
  const own = (await key.read()) ?? (await key.create());
  if (!(await createPrivate(to, await seal(writeContent(content), own), 'The vault'))) throw alreadyThere(to);
  return { names: [...content.values.committed.keys()].sort(), recipient: own.recipient };
}

/**
 * The key in a file that was exported, or saved: plain or under a passphrase, which `ask` is asked for. Throws
 * `vault.identity-missing`, and as a key file or a passphrase file does.
 */
export async function readSavedKey(file: string, ask: () => Promise<string>): Promise<Identity> {
  const bytes = await readPrivate(file);
  if (bytes === undefined) {
    throw fail('vault.identity-missing', `There is no key file ${file}.`, {
      hints: ['Name the file that `fairlead secrets export-key --to FILE` wrote, or a saved key file. Nothing was changed.'],
    });
  }
  if (!isSealed(bytes)) return parseIdentity(Buffer.from(bytes).toString('utf8'), file);
  const sealed = unarmored(bytes, file);
  return unsealIdentity(sealed, await ask(), file);
}

function alreadyThere(file: string): Error {
  return fail('vault.there', `There is a vault already, ${file}, and it stays.`, {
    hints: [`To restore over it all the same: move it away first (mv ${file} ${file}.old). Nothing was changed.`],
  });
}
