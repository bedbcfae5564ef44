import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** How e-mail addresses lie in the database: encrypted, and by a hash to find them again. Other keys can't read them. */
export interface EmailKeys {
  readonly encryption: Buffer;
  readonly hash: Buffer;
}

/** Base64, 32 bytes; the same for an address as long as the key is the same. Throws where the key has no fit length. */
export function hashOf(email: string, keys: EmailKeys): string {
  const { length } = keys.hash;
  if (length < 16 || length > 64) throw new Error(`Incorrect key size, expected (16 - 64), got (${length}).`);
  return createHmac('sha256', keys.hash).update(email).digest('base64');
}

/** Throws where the key has not 32 bytes. */
export function encrypt(email: string, keys: EmailKeys): { readonly cipher: string; readonly nonce: string } {
  const { length } = keys.encryption;
  if (length !== 32) throw new Error(`Incorrect key size, expected (32), got (${length}).`);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keys.encryption, nonce);
  const text = Buffer.concat([cipher.update(email), cipher.final(), cipher.getAuthTag()]);
  return { cipher: text.toString('hex'), nonce: nonce.toString('hex') };
}

/** The address again; throws where it was encrypted with another key. */
export function decrypt(cipher: string, nonce: string, keys: EmailKeys): string {
  const bytes = Buffer.from(cipher, 'hex');
  const decipher = createDecipheriv('aes-256-gcm', keys.encryption, Buffer.from(nonce, 'hex'));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString();
}
