import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SecretKind, SecretSpec } from './recipe.ts';
import { wrongAlphabet } from './secret-alphabet.ts';

const spec = (generate: SecretKind, more: Partial<SecretSpec> = {}): SecretSpec => ({
  name: 'jwt_secret',
  generate,
  at: { file: 'recipe.yaml', line: 1, column: 1 },
  ...more,
});
/** 32 bytes whose base64 has both characters in which the alphabets differ. */
const PLAIN = `${'+/'.repeat(21)}A=`;
const URL_SAFE = PLAIN.replaceAll('+', '-').replaceAll('/', '_');

describe('a value that somebody brings along', () => {
  it('is taken where it is in the alphabet that is wanted, whatever its bytes', () => {
    for (let length = 1; length < 70; length++) {
      const bytes = randomBytes(length);
      const urlSafe = bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      expect(wrongAlphabet(spec('base64'), bytes.toString('base64'))).toBeUndefined();
      expect(wrongAlphabet(spec('base64url'), urlSafe)).toBeUndefined();
      expect(wrongAlphabet(spec('base64url', { padding: false }), bytes.toString('base64url'))).toBeUndefined();
    }
  });

  it('is refused in the other alphabet, with the reason and the way to turn it', () => {
    const url = wrongAlphabet(spec('base64url'), PLAIN)?.failure;
    expect(url).toMatchObject({
      code: 'secret.wrong-alphabet',
      hints: [expect.stringContaining("tr '+/' '-_'")],
    });
    expect(url?.message).toContain('jwt_secret');
    expect(wrongAlphabet(spec('base64'), URL_SAFE)?.failure.hints[0]).toContain("tr '_-' '/+'");
  });

  it('is refused where it is no base64 at all, or cut off, and is not repeated', () => {
    for (const value of ['not base64!', '"AAAA"', 'AAAAA', PLAIN.slice(0, -1)]) {
      const failure = wrongAlphabet(spec('base64'), value)?.failure;
      expect(failure?.code, value).toBe('secret.wrong-alphabet');
      expect(JSON.stringify(failure)).not.toContain(value);
    }
    expect(wrongAlphabet(spec('base64url', { padding: false }), URL_SAFE)?.failure.hints[0]).toContain('Leave the');
  });

  it('is not judged where nothing decodes it', () => {
    for (const kind of ['hex', 'password', 'alphanumeric', 'uuid'] as const) {
      expect(wrongAlphabet(spec(kind), 'any old word')).toBeUndefined();
    }
  });
});
