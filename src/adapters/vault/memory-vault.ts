import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fail } from '../../model/failure.ts';
import type { Vault } from '../../model/ports.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A vault that is gone with the process: for the plan of what is not installed yet, and for tests. What it encrypts
 * only this very object can decrypt.
 */
export function createMemoryVault(initial: Readonly<Record<string, string>> = {}): Vault {
  const secrets = new Map(Object.entries(initial));
  const key = randomBytes(32);
  const fingerprintKey = new Uint8Array(randomBytes(32));

  return {
    names: () => [...secrets.keys()].sort(),
    value: (name) => secrets.get(name),
    async put(name, value) {
      secrets.set(name, value);
    },
    async remove(names) {
      for (const name of names) secrets.delete(name);
    },
    async encrypt(bytes) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const hidden = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), hidden]));
    },
    async decrypt(bytes) {
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]));
      } catch {
        throw fail('vault.damaged', 'These bytes were not encrypted by this vault, or were changed.', { fault: 'environment' });
      }
    },
    fingerprintKey: () => Uint8Array.from(fingerprintKey),
  };
}
