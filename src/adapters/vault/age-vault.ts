import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Decrypter, Encrypter } from 'age-encryption';
import { fail } from '../../model/failure.ts';
import type { Vault } from '../../model/ports.ts';
import { createTemporaryNames } from '../lib/temporary-name.ts';
import { createIdentity, type Identity, readIdentity } from './identity-file.ts';
import { errorCode, reasonOf, waysToWrite } from './system-error.ts';
import { damaged, emptyContent, readContent, type VaultContent, writeContent } from './vault-content.ts';
import { changes, readingOf, type VaultValues } from './vault-values.ts';

const temporaries = createTemporaryNames();

/** Where a vault lies. */
export interface AgeVaultOptions {
  /** `vault.age`: one age file (binary), which `age -d -i IDENTITY FILE` opens. */
  readonly file: string;
  /** The key file (0600), in age's own format. */
  readonly identityFile: string;
  /** Make the vault where there is none, and the key where there is neither. */
  readonly create: boolean;
}

/**
 * Opens a deployment's vault. Throws `vault.missing` (none there, and `create` is false), `vault.identity-missing`
 * (a vault whose key is gone: a new key would not open it), `vault.identity-exposed`, `vault.identity-damaged`,
 * `vault.wrong-identity`, `vault.damaged`, `vault.newer-version`, `vault.unreadable`, `vault.not-writable`. Where it
 * throws, nothing was changed.
 */
export async function openAgeVault({ file, identityFile, create }: AgeVaultOptions): Promise<Vault> {
  const sealed = await readSealed(file);
  if (sealed === undefined && !create) {
    throw fail('vault.missing', `There is no vault ${file}.`, { hints: ['A run makes it when the first secret is made.'] });
  }
  const identity = (await readIdentity(identityFile)) ?? (sealed === undefined ? await createIdentity(identityFile) : undefined);
  if (identity === undefined) throw identityMissing(file, identityFile);

  let content: VaultContent;
  if (sealed === undefined) {
    content = emptyContent();
    await writeSealed(file, await seal(writeContent(content), identity));
  } else {
    content = readContent(new TextDecoder().decode(await unseal(sealed, identity, file)), file);
  }

  let queue: Promise<unknown> = Promise.resolve();
  /** One change after the other; what is in memory changes only once it is on the disk. */
  const change = (apply: (values: VaultValues) => VaultValues): Promise<void> => {
    const changed = queue.then(async () => {
      const next = { ...content, values: apply(content.values) };
      await writeSealed(file, await seal(writeContent(next), identity));
      content = next;
    });
    queue = changed.catch(() => undefined);
    return changed;
  };

  return {
    ...readingOf(() => content.values),
    put: (name, value) => change((values) => changes.put(values, name, value)),
    remove: (names) => change((values) => changes.remove(values, names)),
    stage: (added) => change((values) => changes.stage(values, added)),
    commit: (names) => change((values) => changes.commit(values, names)),
    unstage: (names) => change((values) => changes.unstage(values, names)),
    encrypt: (bytes) => seal(bytes, identity),
    decrypt: (bytes) => unseal(bytes, identity, 'backup'),
    fingerprintKey: () => Uint8Array.from(content.fingerprintKey),
  };
}

async function seal(data: string | Uint8Array, { recipient }: Identity): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(data);
}

/** Opens age bytes. A header that no key of ours fits is `vault.wrong-identity`; all else is damage. */
async function unseal(sealed: Uint8Array, { secret, recipient }: Identity, file: string): Promise<Uint8Array> {
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

async function readSealed(file: string): Promise<Uint8Array | undefined> {
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
async function writeSealed(file: string, sealed: Uint8Array): Promise<void> {
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

function identityMissing(file: string, identityFile: string): Error {
  return fail('vault.identity-missing', `The vault ${file} is there, but its key ${identityFile} is not.`, {
    hints: [
      'Put the key file back from a backup: nothing else opens this vault.',
      'If it is lost for good, move the vault away; fairlead then makes new secrets, and data made with the old ones stays closed.',
    ],
  });
}
