import { describe, expect, it } from 'vitest';
import { failureOf } from '../../model/failure.ts';
import { generateSecret } from './generate.ts';

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('every kind has its form', () => {
  it.each([
    ['base64', {}, /^[A-Za-z0-9+/]{43}=$/],
    ['base64', { bytes: 64 }, /^[A-Za-z0-9+/]{86}==$/],
    ['hex', {}, /^[0-9a-f]{64}$/],
    ['hex', { bytes: 16 }, /^[0-9a-f]{32}$/],
    ['alphanumeric', {}, /^[A-Za-z0-9]{32}$/],
    ['alphanumeric', { length: 7 }, /^[A-Za-z0-9]{7}$/],
    ['digits', {}, /^\d{6}$/],
    ['digits', { length: 20 }, /^\d{20}$/],
    ['uuid', {}, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['password', {}, /^[A-HJ-NP-Za-km-np-z2-9]{24}$/],
    ['password', { length: 3 }, /^[A-HJ-NP-Za-km-np-z2-9]{3}$/],
  ] as const)('%s %j', (generate, size, form) => {
    for (const secret of times(200, () => generateSecret({ generate, ...size }))) expect(secret).toMatch(form);
  });
});

it('a password holds an upper case letter, a lower case letter and a digit, however short', () => {
  for (const length of [3, 8, 24]) {
    for (const password of times(300, () => generateSecret({ generate: 'password', length }))) {
      expect(password).toMatch(/[A-Z]/);
      expect(password).toMatch(/[a-z]/);
      expect(password).toMatch(/[0-9]/);
    }
  }
});

it('no two secrets are alike', () => {
  for (const generate of ['base64', 'hex', 'alphanumeric', 'uuid', 'password'] as const) {
    expect(new Set(times(500, () => generateSecret({ generate }))).size).toBe(500);
  }
});

it.each([
  ['digits', 10, 6],
  ['alphanumeric', 62, 32],
] as const)('every character of %s is equally likely', (generate, kinds, length) => {
  const total = 60_000;
  const counts = new Map<string, number>();
  const text = times(Math.ceil(total / length), () => generateSecret({ generate })).join('');
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(kinds);
  const expected = text.length / kinds;
  const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // Mean: kinds - 1; standard deviation: √(2 (kinds - 1)). Eight of them away is chance once in more than 10^9 runs;
  // bytes taken modulo 62 would be 60 of them away.
  expect(chiSquared).toBeLessThan(kinds - 1 + 8 * Math.sqrt(2 * (kinds - 1)) + 20);
});

it('what would be no secret is refused', () => {
  for (const spec of [
    { generate: 'password', length: 2 },
    { generate: 'digits', length: 0 },
    { generate: 'hex', bytes: 0 },
    { generate: 'base64', bytes: 1.5 },
  ] as const) {
    let code = 'none';
    try {
      generateSecret(spec);
    } catch (error) {
      code = failureOf(error).code;
    }
    expect(code).toBe('recipe.bad-secret');
  }
});
