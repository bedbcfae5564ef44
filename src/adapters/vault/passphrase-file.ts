import { failureOf } from '../../model/failure.ts';
import type { Identity } from './identity.ts';
import { anotherKeyIn, type IdentityStore } from './identity-store.ts';
import { createPrivate, readPrivate, removePrivate } from './private-file.ts';
import { sealIdentity, unarmored, unsealIdentity, WORK_FACTOR } from './sealed-identity.ts';

/**
 * Asks for the passphrase of a file, or for a `fresh` one to seal it with; `again`: the last one was not it. Undefined where
 * there is no other to be had. Throws where there is none at all.
 */
export type AskPassphrase = (question: {
  readonly file: string;
  readonly fresh: boolean;
  readonly again?: true;
}) => Promise<string | undefined>;

const TRIES = 3;

const WHAT = 'The key to the secrets';

/**
 * The key under a passphrase, as an age file (0600): `age -d -i FILE` asks for the passphrase and takes it. The passphrase
 * is asked for once for each content of the file. A lower `workFactor` is for tests. Reading throws as of a key file, and `vault.wrong-passphrase`.
 */
export function createPassphraseFile(file: string, ask: AskPassphrase, workFactor: number = WORK_FACTOR): IdentityStore {
  let opened: { readonly bytes: Uint8Array; readonly identity: Identity } | undefined;

  const open = async (bytes: Uint8Array, ask: AskPassphrase): Promise<Identity> => {
    if (opened !== undefined && Buffer.compare(opened.bytes, bytes) === 0) return opened.identity;
    const sealed = unarmored(bytes, file);
    let passphrase = (await ask({ file, fresh: false })) ?? '';
    for (let tries = 1; ; tries++) {
      try {
        const identity = await unsealIdentity(sealed, passphrase, file);
        opened = { bytes, identity };
        return identity;
      } catch (error) {
        const isWrong = failureOf(error).code === 'vault.wrong-passphrase' && tries < TRIES;
        const next = isWrong ? await ask({ file, fresh: false, again: true }) : undefined;
        if (next === undefined) throw error;
        passphrase = next;
      }
    }
  };
  const read = async (): Promise<Identity | undefined> => {
    const bytes = await readPrivate(file);
    return bytes === undefined ? undefined : open(bytes, ask);
  };

  return {
    home: 'passphrase',
    file,
    read,
    async write(identity) {
      if ((await readPrivate(file)) === undefined) {
        const passphrase = (await ask({ file, fresh: true })) ?? '';
        await createPrivate(file, await sealIdentity(identity, passphrase, workFactor), WHAT);
        const written = await readPrivate(file);
        // Opened from what lies on the disk now: what can't be opened must not become the only copy.
        if (written !== undefined) await open(written, async ({ again }) => (again ? undefined : passphrase));
      }
      if ((await read())?.secret !== identity.secret) throw anotherKeyIn(file);
    },
    async remove(identity) {
      const found = await read();
      if (found !== undefined && found.secret !== identity.secret) throw anotherKeyIn(file);
      await removePrivate(file, WHAT);
    },
  };
}
