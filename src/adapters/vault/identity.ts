import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { type FairleadError, fail } from '../../model/failure.ts';

/** The key to a vault. */
export interface Identity {
  /** `AGE-SECRET-KEY-1…`: never shown. */
  readonly secret: string;
  /** `age1…`: what is encrypted to. */
  readonly recipient: string;
}

/** A new key, kept nowhere yet. */
export async function makeIdentity(): Promise<Identity> {
  const secret = await generateX25519Identity();
  return { secret, recipient: await identityToRecipient(secret) };
}

/** The text of a key file in age's own format, so that `age -d -i FILE` and `age-keygen -y FILE` take it too. */
export function identityText({ secret, recipient }: Identity): string {
  return `# The key to fairlead's vaults. Keep a copy where only you can read it: without it they stay closed.\n# public key: ${recipient}\n${secret}\n`;
}

/** The first key in such a text. Throws `vault.identity-damaged`, which names the `file` and never quotes it. */
export async function parseIdentity(text: string, file: string): Promise<Identity> {
  const secret = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  try {
    return { secret: secret?.trim() ?? '', recipient: await identityToRecipient(secret?.trim() ?? '') };
  } catch {
    // Without its cause: that could quote the key.
    throw noKeyIn(file);
  }
}

/** The failure for what should hold a key and holds none. */
export function noKeyIn(file: string): FairleadError {
  return fail('vault.identity-damaged', `No key can be read from ${file}.`, {
    hints: ['Put the file back from a backup: without it the secrets can not be read by anybody. Nothing was changed.'],
  });
}
