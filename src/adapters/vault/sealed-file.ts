import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Decrypter, Encrypter } from 'age-encryption';
import { fail } from '../../model/failure.ts';
import { createTemporaryNames } from '../lib/temporary-name.ts';
import type { Identity } from './identity.ts';
import { errorCode, reasonOf, waysToWrite } from './system-error.ts';
import { damaged } from './vault-content.ts';

const temporaries = createTemporaryNames();

/** Encrypts to a key: only its public half is needed. */
export async function seal(data: string | Uint8Array, { recipient }: Pick<Identity, 'recipient'>): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(data);
}

/** Opens age bytes. A header that no key of ours fits is `vault.wrong-identity`; all else is damage. */
export async function unseal(sealed: Uint8Array, { secret, recipient }: Identity, file: string): Promise<Uint8Array> {
  let unmatched = false;
  const decrypter = new Decrypter();
  decrypter.addIdentity(secret);
  // Is asked only where our key fits none of the header's stanzas.
  decrypter.addIdentity({
    unwrapFileKey() {
      unmatched = true;
      return null;
    },
  });
  try {
    return await decrypter.decrypt(sealed);
  } catch {
    // Without its cause: nothing of what was being opened may reach a message.
  }
  if (!unmatched) throw damaged(file);
  throw fail(
    'vault.wrong-identity',
    `The vault ${file} is closed to the key at hand (${recipient}): it belongs to another one, or its first lines were changed.`,
    {
      hints: [
        'Put back the key file that belongs to this state folder, or the vault from a backup. Nothing was changed.',
        'To see which key a file holds: age-keygen -y FILE',
      ],
    },
  );
}

/** The bytes of a vault file; undefined where there is none. Throws `vault.unreadable`. */
export async function readSealed(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw fail('vault.unreadable', `The vault ${file} can't be read: ${reasonOf(cause)}.`, {
      hints: ['Run fairlead as the user that owns its state folder (root, for one under /var/lib).'],
      cause,
    });
  }
}

/** The file is the old one or the new one, whole, whatever happens. */
export async function writeSealed(file: string, sealed: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await temporaries.create(file, async (temporary) => {
      try {
        {
          await using handle = await open(temporary, 'wx', 0o600);
          await handle.writeFile(sealed);
          await handle.sync();
        }
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
    });
    await using folder = await open(dirname(file), 'r');
    await folder.sync();
  } catch (cause) {
    throw fail('vault.not-writable', `The vault ${file} can't be written: ${reasonOf(cause)}.`, {
      fault: 'environment',
      hints: waysToWrite(file, cause),
      cause,
    });
  }
}
