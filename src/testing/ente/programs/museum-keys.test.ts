import { expect, test } from 'vitest';
import { decrypt, encrypt, hashOf } from './museum-keys.ts';

const keys = { encryption: Buffer.alloc(32, 1), hash: Buffer.alloc(64, 2) };

test('with another key no address can be read, and none is found', () => {
  const { cipher, nonce } = encrypt('me@home.lan', keys);
  expect(decrypt(cipher, nonce, keys)).toBe('me@home.lan');
  expect(() => decrypt(cipher, nonce, { ...keys, encryption: Buffer.alloc(32, 3) })).toThrow();
  expect(hashOf('me@home.lan', keys)).not.toBe(hashOf('me@home.lan', { ...keys, hash: Buffer.alloc(64, 4) }));
});

test('a key of another length is refused where it is used', () => {
  expect(() => encrypt('me@home.lan', { ...keys, encryption: Buffer.alloc(31) })).toThrow('expected (32), got (31)');
  expect(() => hashOf('me@home.lan', { ...keys, hash: Buffer.alloc(15) })).toThrow('expected (16 - 64), got (15)');
});
