import { armor, Decrypter, Encrypter } from 'age-encryption';
import { fail } from '../../model/failure.ts';
import { type Identity, identityText, noKeyIn, parseIdentity } from './identity.ts';

/**
 * 2^16 rounds of scrypt: half a second and 64 MiB on a small server, so that also on a busy one the answer to a wrong
 * passphrase comes within 3 s. The `age` program itself takes 2^18, which we open too.
 */
export const WORK_FACTOR = 16;

const AGE = 'age-encryption.org/v1\n';
const ARMORED = '-----BEGIN AGE ENCRYPTED FILE-----';

/** Is this a key under a passphrase: an age file with a key file inside, binary or armored, as `age -p` makes it? */
export function isSealed(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1').trimStart();
  return start.startsWith('age-encryption.org/') || start.startsWith(ARMORED);
}

/** The key under a passphrase: `age -d -i` takes what this makes as a key file. */
export async function sealIdentity(identity: Identity, passphrase: string, workFactor: number): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return encrypter.encrypt(identityText(identity));
}

/**
 * The bytes of a key under a passphrase, checked as far as that goes without one: who damaged it must not be asked for a
 * passphrase that then seems wrong. Throws `vault.identity-damaged`.
 */
export function unarmored(bytes: Uint8Array, file: string): Uint8Array {
  try {
    const text = Buffer.from(bytes).toString('latin1').trim();
    const sealed = text.startsWith(ARMORED) ? armor.decode(text) : bytes;
    const header = Buffer.from(sealed).toString('latin1');
    if (header.startsWith(`${AGE}-> scrypt `) && header.includes('\n--- ')) return sealed;
  } catch {
    // No armor after all.
  }
  throw noKeyIn(file);
}

/** Opens it. Throws `vault.wrong-passphrase`, `vault.identity-damaged`; neither tells of passphrase or key. */
export async function unsealIdentity(sealed: Uint8Array, passphrase: string, file: string): Promise<Identity> {
  let unmatched = false;
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  // Is asked only where the passphrase fits not.
  decrypter.addIdentity({
    unwrapFileKey() {
      unmatched = true;
      return null;
    },
  });
  let text: string;
  try {
    text = await decrypter.decrypt(sealed, 'text');
  } catch {
    // Without its cause: nothing of what was being opened may reach a message.
    if (!unmatched) throw noKeyIn(file);
    throw fail('vault.wrong-passphrase', `The passphrase does not open the key to the secrets, ${file}.`, {
      hints: ['Do the same again with the right one. Nothing was changed.', `To try it alone: age -d ${file}`],
    });
  }
  return parseIdentity(text, file);
}
