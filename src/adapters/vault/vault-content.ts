import { randomBytes } from 'node:crypto';
import { type FairleadError, fail } from '../../model/failure.ts';
import { noValues, type VaultValues } from './vault-values.ts';

/** What is inside a vault, decrypted. */
export interface VaultContent {
  /** Fingerprints are keyed with it. */
  readonly fingerprintKey: Uint8Array;
  readonly values: VaultValues;
}

/** The version that this program writes. Version 1 had neither `staged` nor `previous`. */
const VERSION = 2;
const KEY_BYTES = 32;

/** A vault without secrets, with a key of its own. */
export function emptyContent(): VaultContent {
  return { fingerprintKey: new Uint8Array(randomBytes(KEY_BYTES)), values: noValues };
}

/**
 * The content as it is encrypted: `{"version":2,"fingerprintKey":base64,"secrets":{name:value},"staged":{…},
 * "previous":{…}}`, and a newline.
 */
export function writeContent({ fingerprintKey, values }: VaultContent): string {
  const content = {
    version: VERSION,
    fingerprintKey: Buffer.from(fingerprintKey).toString('base64'),
    secrets: sorted(values.committed),
    staged: sorted(values.staged),
    previous: sorted(values.previous),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** Reads what `writeContent` wrote. Throws `vault.damaged` or `vault.newer-version`; never quotes the content. */
export function readContent(text: string, file: string): VaultContent {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw damaged(file);
  }
  const { version, fingerprintKey, secrets, staged, previous } = (content ?? {}) as Partial<Record<string, unknown>>;
  if (typeof version === 'number' && version > VERSION) {
    throw fail('vault.newer-version', `The vault ${file} was written by a newer fairlead (version ${version}).`, {
      hints: ['Install that fairlead, or a newer one. Nothing was changed.'],
    });
  }
  if ((version !== VERSION && version !== 1) || typeof fingerprintKey !== 'string') throw damaged(file);
  const key = new Uint8Array(Buffer.from(fingerprintKey, 'base64'));
  if (key.length !== KEY_BYTES) throw damaged(file);
  const read = (value: unknown): ReadonlyMap<string, string> => {
    if (typeof value !== 'object' || value === null) throw damaged(file);
    const entries = Object.entries(value);
    if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw damaged(file);
    return new Map(entries);
  };
  const values =
    version === 1
      ? { ...noValues, committed: read(secrets) }
      : { committed: read(secrets), staged: read(staged), previous: read(previous) };
  return { fingerprintKey: key, values };
}

function sorted(values: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The failure for a vault that opens with no key, or to nonsense. */
export function damaged(file: string): FairleadError {
  return fail('vault.damaged', `The vault ${file} is damaged: it was cut off, or its bytes were changed.`, {
    fault: 'environment',
    hints: [
      'Put the file back from a backup. Nothing was changed.',
      `If there is none, the secrets in it are lost: move the file away (mv ${file} ${file}.damaged) and run the recipe again. It ` +
        'makes new secrets; what was set up with the old ones (a database, an encrypted folder) stays closed until it knows the new.',
      'Check the disk: `dmesg` and its SMART values tell.',
    ],
  });
}
