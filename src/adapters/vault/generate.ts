import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { fail } from '../../model/failure.ts';
import type { SecretSpec } from '../../model/recipe.ts';

const DIGITS = '0123456789';
const ALPHANUMERIC = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGITS}`;
/** People type it: no 0 O o, 1 l I. Letters and digits only: no file format, shell or database wants them quoted. */
const PASSWORD = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
const PASSWORD_HOLDS = [/[A-Z]/, /[a-z]/, /[0-9]/];

/**
 * A new secret from the system's random source, every value equally likely. `bytes` (default 32) is how much chance
 * is in `base64` (RFC 4648 §4, padded) and `hex`; `length` counts characters: `alphanumeric` 32, `digits` 6,
 * `password` 24 by default. A password holds an upper case letter, a lower case letter and a digit. Throws
 * `recipe.bad-secret` where none can be that short.
 */
export function generateSecret({ generate, bytes = 32, length }: Pick<SecretSpec, 'generate' | 'bytes' | 'length'>): string {
  const size = generate === 'base64' || generate === 'hex' ? bytes : (length ?? 1);
  if (!Number.isInteger(size) || size < 1) throw tooShort(generate, size);
  switch (generate) {
    case 'base64':
      return randomBytes(bytes).toString('base64');
    case 'hex':
      return randomBytes(bytes).toString('hex');
    case 'alphanumeric':
      return draw(ALPHANUMERIC, length ?? 32);
    case 'digits':
      return draw(DIGITS, length ?? 6);
    case 'uuid':
      return randomUUID();
    case 'password':
      return drawPassword(length ?? 24);
  }
}

function drawPassword(length: number): string {
  if (length < PASSWORD_HOLDS.length) throw tooShort('password', length);
  // Drawn anew rather than patched: so all that hold what they must are equally likely.
  for (;;) {
    const password = draw(PASSWORD, length);
    if (PASSWORD_HOLDS.every((part) => part.test(password))) return password;
  }
}

function draw(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function tooShort(generate: string, size: number): Error {
  return fail('recipe.bad-secret', `A secret of kind ${generate} can't be made with size ${size}.`, {
    hints: ['Give it more bytes or characters in the recipe.'],
  });
}
