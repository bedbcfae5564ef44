import { readFile } from 'node:fs/promises';
import { fail } from '../../model/failure.ts';
import { type Identity, noKeyIn, parseIdentity } from './identity.ts';
import { anotherKeyIn, type IdentityStore } from './identity-store.ts';
import { KEYRING_SERVICE, type Keyring } from './keyring.ts';
import { createPrivate, isThere, removePrivate } from './private-file.ts';

/** What is noted beside the vaults about a key that lies in a keyring. */
interface Note {
  readonly account: string;
  /** Which key it is: what the keyring gives has to be this one. */
  readonly recipient: string;
}

const WHAT = 'The note about the key in the keyring';
const VERSION = 1;

/**
 * The key in the keyring, and a note in `file` that it is there: without the note a locked keyring, which says that it
 * holds nothing, would look like one that never had the key. Reading throws as the keyring does, and
 * `vault.identity-missing`, `vault.wrong-identity`, `vault.identity-damaged`.
 */
export function createKeyringStore(file: string, keyring: Keyring): IdentityStore {
  const readNote = async (): Promise<Note | undefined> =>
    (await isThere(file)) ? parseNote(await readFile(file, 'utf8'), file) : undefined;

  return {
    home: 'keyring',
    file,
    async read() {
      const note = await readNote();
      if (note === undefined) return undefined;
      const secret = await keyring.get(note.account);
      if (secret === undefined) throw goneFrom(file, note);
      const identity = await parseIdentity(secret, `the keyring (${KEYRING_SERVICE}, ${note.account})`);
      if (identity.recipient !== note.recipient) throw otherThan(file, note, identity);
      return identity;
    },
    async write({ secret, recipient }) {
      const note = await readNote();
      if (note !== undefined && note.recipient !== recipient) throw anotherKeyIn(file);
      await keyring.set(recipient, secret);
      const text = `${JSON.stringify({ version: VERSION, service: KEYRING_SERVICE, account: recipient, recipient }, null, 2)}\n`;
      await createPrivate(file, text, WHAT);
      if ((await readNote())?.recipient !== recipient) throw anotherKeyIn(file);
    },
    async remove({ recipient }) {
      const note = await readNote();
      if (note !== undefined && note.recipient !== recipient) throw anotherKeyIn(file);
      // The note last: a key without one would stay in the keyring for ever.
      if (note !== undefined) await keyring.delete(note.account);
      await removePrivate(file, WHAT);
    },
  };
}

function parseNote(text: string, file: string): Note {
  let note: unknown;
  try {
    note = JSON.parse(text);
  } catch {
    throw noKeyIn(file);
  }
  const { version, service, account, recipient } = (note ?? {}) as Partial<Record<string, unknown>>;
  const isOurs = version === VERSION && service === KEYRING_SERVICE;
  if (!isOurs || typeof account !== 'string' || account === '' || typeof recipient !== 'string') throw noKeyIn(file);
  return { account, recipient };
}

function goneFrom(file: string, { account }: Note): Error {
  return fail(
    'vault.identity-missing',
    `The key to the secrets lies in the keyring, as ${file} says, but the keyring holds none of that name.`,
    {
      hints: [
        `It is filed under service ${KEYRING_SERVICE}, account ${account}: in another user's keyring, perhaps, or deleted.`,
        'Put it back from an exported copy, or the whole keyring from a backup. Nothing was changed.',
      ],
    },
  );
}

function otherThan(file: string, { recipient }: Note, found: Identity): Error {
  return fail('vault.wrong-identity', `The keyring holds another key (${found.recipient}) than ${file} says (${recipient}).`, {
    hints: ['Put the right one back into the keyring, from a backup of it or an exported copy. Nothing was changed.'],
  });
}
