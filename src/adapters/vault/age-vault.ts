import { fail } from '../../model/failure.ts';
import type { Vault } from '../../model/ports.ts';
import type { KeySource } from './identity-store.ts';
import { readSealed, seal, unseal, writeSealed } from './sealed-file.ts';
import { emptyContent, readContent, type VaultContent, writeContent } from './vault-content.ts';
import { changes, readingOf, type VaultValues } from './vault-values.ts';

/** Where a vault lies. */
export interface AgeVaultOptions {
  /** `vault.age`: one age file (binary), which `age -d -i IDENTITY FILE` opens. */
  readonly file: string;
  /** Where its key comes from. */
  readonly key: KeySource;
  /** Make the vault where there is none, and the key where there is neither. */
  readonly create: boolean;
}

/**
 * Opens a deployment's vault. Throws `vault.missing` (none there, and `create` is false), `vault.identity-missing`
 * (a vault whose key is gone: a new key would not open it), `vault.identity-exposed`, `vault.identity-damaged`,
 * `vault.wrong-identity`, `vault.damaged`, `vault.newer-version`, `vault.unreadable`, `vault.not-writable`, and what the
 * source of the key throws. Where it throws, nothing was changed.
 */
export async function openAgeVault({ file, key, create }: AgeVaultOptions): Promise<Vault> {
  const sealed = await readSealed(file);
  if (sealed === undefined && !create) {
    throw fail('vault.missing', `There is no vault ${file}.`, { hints: ['A run makes it when the first secret is made.'] });
  }
  const identity = (await key.read()) ?? (sealed === undefined ? await key.create() : undefined);
  if (identity === undefined) throw identityMissing(file, key.place);

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

function identityMissing(file: string, place: string): Error {
  return fail('vault.identity-missing', `The vault ${file} is there, but its key ${place} is not.`, {
    hints: [
      'Put the key file back from a backup: nothing else opens this vault.',
      'If it is lost for good, move the vault away; fairlead then makes new secrets, and data made with the old ones stays closed.',
    ],
  });
}
