import { createHash, randomInt } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { badSecret } from './bad-secret.ts';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SALT_LENGTH = 16;
const DIGEST_BYTES = 64;
/** Of a hash that doesn't say how many. */
const USUAL_ROUNDS = 5000;
/** So many rounds take a few milliseconds; then others get their turn. */
const ROUNDS_AT_A_TIME = 2000;

/** The SHA-512 crypt hash of a password with a salt of 16 characters: `$6$salt$…`, as in `/etc/shadow`. */
export async function newSha512Crypt(password: string, rounds?: number): Promise<string> {
  const salt = Array.from({ length: SALT_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return sha512Crypt(password, salt, rounds);
}

/**
 * SHA-512 crypt after U. Drepper, "Unix crypt using SHA-256 and SHA-512" 0.6 (2016). The salt: up to 16 characters of
 * `./0-9A-Za-z`. Rounds are written into the hash only where they are given.
 */
export async function sha512Crypt(password: string, salt: string, rounds?: number): Promise<string> {
  const key = Buffer.from(password, 'utf8');
  if (key.includes(0)) throw badSecret('SHA-512 crypt takes no NUL, and the secret that is to be hashed has one.');
  const saltBytes = Buffer.from(salt, 'latin1');

  const inner = digest(key, saltBytes, key);
  const parts = [key, saltBytes, repeated(inner, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? inner : key);
  let mixed = digest(...parts);

  const keyStretch = repeated(digest(...Array<Buffer>(key.length).fill(key)), key.length);
  const saltStretch = repeated(digest(...Array<Buffer>(16 + (mixed[0] as number)).fill(saltBytes)), saltBytes.length);
  const count = rounds ?? USUAL_ROUNDS;
  for (let round = 0; round < count; round++) {
    const odd = round % 2 === 1;
    mixed = digest(
      odd ? keyStretch : mixed,
      ...(round % 3 === 0 ? [] : [saltStretch]),
      ...(round % 7 === 0 ? [] : [keyStretch]),
      odd ? mixed : keyStretch,
    );
    if (round % ROUNDS_AT_A_TIME === ROUNDS_AT_A_TIME - 1) await setImmediate();
  }
  return `$6$${rounds === undefined ? '' : `rounds=${rounds}$`}${salt}$${written(mixed)}`;
}

function digest(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** So many bytes of a digest, over and over. */
function repeated(bytes: Uint8Array, length: number): Buffer {
  return Buffer.alloc(length, bytes);
}

/** Three bytes make four characters, the lowest six bits first. Which three: each step takes the triple before it round by one. */
function written(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < DIGEST_BYTES - 1; index += 3) {
    const [high, middle, low] = triple(index / 3).map((place) => bytes[place] as number) as [number, number, number];
    text += characters((high << 16) | (middle << 8) | low, 4);
  }
  return text + characters(bytes[DIGEST_BYTES - 1] as number, 2);
}

function triple(step: number): readonly [number, number, number] {
  const [first, second, third] = [step, step + 21, step + 42];
  if (step % 3 === 0) return [first, second, third];
  return step % 3 === 1 ? [second, third, first] : [third, first, second];
}

function characters(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => ALPHABET[(value >> (6 * index)) & 63]).join('');
}
