import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { SecretSpec } from '../../model/recipe.ts';
import { badSecret } from './bad-secret.ts';

const DIGITS = '0123456789';
const ALPHANUMERIC = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGITS}`;
/** People type it: no 0 O o, 1 l I. Letters and digits only: no file format, shell or database wants them quoted. */
const PASSWORD = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
const PASSWORD_HOLDS = [/[A-Z]/, /[a-z]/, /[0-9]/];

/** Secrets that are one line of text. */
export type TextKind = 'base64' | 'base64url' | 'hex' | 'alphanumeric' | 'digits' | 'uuid' | 'password' | 'characters';

/**
 * A text from the system's random source, every value equally likely. `bytes` (default 32) is how much chance is in
 * `base64` (RFC 4648 §4, padded), `base64url` (§5, padded unless `padding` is false) and `hex`; `length` counts
 * characters: `alphanumeric` and `characters` 32, `digits` 6, `password` 24 by default. A password holds an upper
 * case letter, a lower case letter and a digit. Throws `recipe.bad-secret` where none can be that short.
 */
export function drawText(
  kind: TextKind,
  { bytes = 32, length, alphabet = '', padding = true }: Pick<SecretSpec, 'bytes' | 'length' | 'alphabet' | 'padding'>,
): string {
  const inBytes = kind === 'base64' || kind === 'base64url' || kind === 'hex';
  const size = inBytes ? bytes : (length ?? 1);
  if (!Number.isInteger(size) || size < 1) throw tooShort(kind, size);
  switch (kind) {
    case 'base64':
    case 'hex':
      return randomBytes(bytes).toString(kind);
    case 'base64url': {
      const text = randomBytes(bytes).toString(kind);
      return padding ? text.padEnd(4 * Math.ceil(text.length / 4), '=') : text;
    }
    case 'alphanumeric':
      return draw([...ALPHANUMERIC], length ?? 32);
    case 'digits':
      return draw([...DIGITS], length ?? 6);
    case 'uuid':
      return randomUUID();
    case 'password':
      return drawPassword(length ?? 24);
    case 'characters': {
      const characters = [...alphabet];
      if (characters.length < 2 || new Set(characters).size < characters.length) {
        throw badSecret('A secret can only be drawn from two or more different characters, each named once.');
      }
      return draw(characters, length ?? 32);
    }
  }
}

function drawPassword(length: number): string {
  if (length < PASSWORD_HOLDS.length) throw tooShort('password', length);
  // Drawn anew rather than patched: so all that hold what they must are equally likely.
  for (;;) {
    const password = draw([...PASSWORD], length);
    if (PASSWORD_HOLDS.every((part) => part.test(password))) return password;
  }
}

function draw(characters: readonly string[], length: number): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}

function tooShort(kind: TextKind, size: number): Error {
  return badSecret(
    `A secret of kind ${kind} can't be made with size ${size}.`,
    'Give it more bytes or characters in the recipe.',
  );
}
