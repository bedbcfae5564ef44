import { describe, expect, it } from 'vitest';
import { failureOf } from '../../model/failure.ts';
import type { SecretSpec } from '../../model/recipe.ts';
import { generateSecret } from './generate.ts';

const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, make));

describe('every kind has its form', () => {
  it.each([
    ['base64', {}, /^[A-Za-z0-9+/]{43}=$/],
    ['base64', { bytes: 64 }, /^[A-Za-z0-9+/]{86}==$/],
    ['base64', { bytes: 6, prefix: 'minio-user-' }, /^minio-user-[A-Za-z0-9+/]{8}$/],
    ['base64url', {}, /^[A-Za-z0-9_-]{43}=$/],
    ['base64url', { bytes: 64 }, /^[A-Za-z0-9_-]{86}==$/],
    ['base64url', { bytes: 66 }, /^[A-Za-z0-9_-]{88}$/],
    ['base64url', { padding: false }, /^[A-Za-z0-9_-]{43}$/],
    ['hex', {}, /^[0-9a-f]{64}$/],
    ['hex', { bytes: 16 }, /^[0-9a-f]{32}$/],
    ['alphanumeric', {}, /^[A-Za-z0-9]{32}$/],
    ['alphanumeric', { length: 7 }, /^[A-Za-z0-9]{7}$/],
    ['digits', {}, /^\d{6}$/],
    ['digits', { length: 20 }, /^\d{20}$/],
    ['uuid', {}, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['password', {}, /^[A-HJ-NP-Za-km-np-z2-9]{24}$/],
    ['password', { length: 3 }, /^[A-HJ-NP-Za-km-np-z2-9]{3}$/],
    ['characters', { alphabet: './0123456789ABCDEFabcdef', length: 16 }, /^[./0-9A-Fa-f]{16}$/],
    ['characters', { alphabet: 'ab' }, /^[ab]{32}$/],
    ['characters', { alphabet: '🦊é', length: 5 }, /^[🦊é]{5}$/u],
  ] as const)('%s %j', async (generate, size, form) => {
    for (const secret of await times(200, () => generateSecret({ generate, ...size }))) expect(secret).toMatch(form);
  });
});

it.each([1, 16, 31, 32, 33, 64, 1024])('%i bytes are in what is written of them', async (bytes) => {
  for (const generate of ['base64', 'base64url', 'hex'] as const) {
    expect(Buffer.from(await generateSecret({ generate, bytes }), generate)).toHaveLength(bytes);
  }
});

it('a Fernet key has 44 characters, and a JWT key that is decoded strictly has its padding', async () => {
  const fernet = await generateSecret({ generate: 'base64url', bytes: 32 });
  expect(fernet).toHaveLength(44);
  expect(fernet.length % 4).toBe(0);
});

it('a password holds an upper case letter, a lower case letter and a digit, however short', async () => {
  for (const length of [3, 8, 24]) {
    for (const password of await times(300, () => generateSecret({ generate: 'password', length }))) {
      expect(password).toMatch(/[A-Z]/);
      expect(password).toMatch(/[a-z]/);
      expect(password).toMatch(/[0-9]/);
    }
  }
});

it('no two secrets are alike', async () => {
  for (const generate of ['base64', 'base64url', 'hex', 'alphanumeric', 'uuid', 'password'] as const) {
    expect(new Set(await times(500, () => generateSecret({ generate }))).size).toBe(500);
  }
});

const drawn: readonly (readonly [string, number, Omit<SecretSpec, 'name' | 'at'>])[] = [
  ['digits', 10, { generate: 'digits' }],
  ['alphanumeric', 62, { generate: 'alphanumeric', length: 32 }],
  ['hex', 16, { generate: 'hex' }],
  // Of 48 bytes all 64 characters are equally likely; there is no padding.
  ['base64', 64, { generate: 'base64', bytes: 48 }],
  ['base64url', 64, { generate: 'base64url', bytes: 48 }],
  ['characters (7 of them: no power of two)', 7, { generate: 'characters', alphabet: './,;:-_' }],
  [
    'characters (100 of them)',
    100,
    {
      generate: 'characters',
      alphabet: String.fromCharCode(...Array.from({ length: 100 }, (_, index) => 0x100 + index)),
    },
  ],
];

it.each(drawn)('every character of %s is equally likely', async (_, kinds, spec) => {
  const total = 60_000;
  const [first = ''] = await times(1, () => generateSecret(spec));
  const text = (await times(Math.ceil(total / first.length), () => generateSecret(spec))).join('');
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(kinds);
  const expected = text.length / kinds;
  const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquared).toBeLessThan(outOfReach(kinds - 1));
});

it('every character is equally likely at every place', async () => {
  const length = 6;
  const drawn = await times(20_000, () => generateSecret({ generate: 'digits', length }));
  for (let place = 0; place < length; place++) {
    const counts = new Array<number>(10).fill(0);
    for (const text of drawn) counts[Number(text[place])] = (counts[Number(text[place])] ?? 0) + 1;
    const expected = drawn.length / 10;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(outOfReach(9));
  }
});

/**
 * A chi-square of so many degrees of freedom is beyond this once in more than 10^9 runs (the bound of Laurent and
 * Massart, d + 2√(dt) + 2t, is passed with a probability of at most e^-t). Bytes taken modulo 62 would be far beyond.
 */
function outOfReach(degrees: number): number {
  const t = 9 * Math.log(10);
  return degrees + 2 * Math.sqrt(degrees * t) + 2 * t;
}

it('what would be no secret is refused', async () => {
  for (const spec of [
    { generate: 'password', length: 2 },
    { generate: 'digits', length: 0 },
    { generate: 'hex', bytes: 0 },
    { generate: 'base64', bytes: 1.5 },
    { generate: 'base64url', bytes: -1 },
    { generate: 'characters', alphabet: 'a' },
    { generate: 'characters', alphabet: 'aba' },
    { generate: 'characters' },
  ] as const) {
    const failure = await generateSecret(spec).then(
      () => undefined,
      (error: unknown) => failureOf(error),
    );
    expect(failure?.code, JSON.stringify(spec)).toBe('recipe.bad-secret');
  }
});
