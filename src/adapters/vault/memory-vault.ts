import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fail } from '../../model/failure.ts';
import type { Vault } from '../../model/ports.ts';
import { changes, noValues, readingOf, type VaultValues } from './vault-values.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A vault that is gone with the process: for the plan of what is not installed yet, and for tests. What it encrypts
 * only this very object can decrypt.
 */
export function createMemoryVault(initial: Readonly<Record<string, string>> = {}): Vault {
  let values: VaultValues = { ...noValues, committed: new Map(Object.entries(initial)) };
  const key = randomBytes(32);
  const fingerprintKey = new Uint8Array(randomBytes(32));

  return {
    ...readingOf(() => values),
    async put(name, value) {
      values = changes.put(values, name, value);
    },
    async remove(names) {
      values = changes.remove(values, names);
    },
    async stage(added) {
      values = changes.stage(values, added);
    },
    async commit(names) {
      values = changes.commit(values, names);
    },
    async unstage(names) {
      values = changes.unstage(values, names);
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
