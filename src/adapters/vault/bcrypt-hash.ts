import { randomBytes } from 'node:crypto';
import { encodeBase64, hash, truncates } from 'bcryptjs';
import type { SecretSpec } from '../../model/recipe.ts';
import { badSecret } from './bad-secret.ts';

const SALT_BYTES = 16;

/**
 * The bcrypt hash of a password: `$2y$10$…`, 60 characters. Refuses what bcrypt would cut after 72 bytes: any text
 * that begins alike would do as password.
 */
export async function bcryptHash(
  password: string,
  { cost = 10, variant = '2y' }: Pick<SecretSpec, 'cost' | 'variant'>,
): Promise<string> {
  if (truncates(password) || password.includes('\0')) {
    throw badSecret('bcrypt takes 72 bytes at most and no NUL, and the secret that is to be hashed has others.');
  }
  const salt = encodeBase64(randomBytes(SALT_BYTES), SALT_BYTES);
  return hash(password, `$${variant}$${String(cost).padStart(2, '0')}$${salt}`);
}
