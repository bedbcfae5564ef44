import { describe, expect, test } from 'vitest';
import { checkSecrets, unquoted } from './environment.ts';

test.each([
  ['plain', 'plain'],
  ['Mastodon <notifications@a.lan>', 'Mastodon <notifications@a.lan>'],
  ["'in $quotes # all of it'", 'in $quotes # all of it'],
  ['"with \\"some\\""', 'with "some"'],
  ['a # comment', 'a'],
  ['a#b', 'a#b'],
  ['', ''],
])('%j in .env.production means %j', (written, meant) => {
  expect(unquoted(written)).toBe(meant);
});

describe('nothing starts without', () => {
  const all = {
    OTP_SECRET: 'o',
    SECRET_KEY_BASE: 's',
    ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY: 'd',
    ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT: 'k',
    ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY: 'p',
  };

  test.each(Object.keys(all))('%s', (name) => {
    expect(() => checkSecrets(all)).not.toThrow();
    const { [name as keyof typeof all]: _, ...rest } = all;
    expect(() => checkSecrets(rest)).toThrow();
  });

  test('a key that says something', () => {
    expect(() => checkSecrets({ ...all, SECRET_KEY_BASE: '' })).toThrow('Missing `secret_key_base`');
  });
});
