import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

/** As PostgreSQL itself makes them. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;

/**
 * What PostgreSQL keeps of a password, and takes in its place (RFC 5802 and 7677):
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. With a salt of its own each time, so no two are alike.
 */
export async function scramVerifier(password: string, salt = randomBytes(SALT_BYTES), iterations = ITERATIONS): Promise<string> {
  const salted = await derive(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const keyed = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const serverKey = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
