import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

/** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, all but the count in base64. */
const SCRAM = /^SCRAM-SHA-256\$(\d{1,7}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):[A-Za-z0-9+/=]+$/;

/**
 * Does a password fit what PostgreSQL keeps of it (`pg_authid.rolpassword`)? SCRAM-SHA-256 as in RFC 5802 and 7677, or
 * `md5` and the MD5 of password and `salt` (the role's name). What is neither fits nothing.
 */
export async function fitsPasswordVerifier(password: string, verifier: string, salt: string): Promise<boolean> {
  if (/^md5[0-9a-f]{32}$/.test(verifier)) {
    return isSame(
      createHash('md5')
        .update(password + salt, 'utf8')
        .digest(),
      Buffer.from(verifier.slice(3), 'hex'),
    );
  }
  const [, iterations, scramSalt, storedKey] = SCRAM.exec(verifier) ?? [];
  if (iterations === undefined || scramSalt === undefined || storedKey === undefined || Number(iterations) < 1) return false;
  const salted = await derive(password.normalize('NFKC'), Buffer.from(scramSalt, 'base64'), Number(iterations), 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return isSame(createHash('sha256').update(clientKey).digest(), Buffer.from(storedKey, 'base64'));
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
