import { expect, it } from 'vitest';
import { failureOf } from '../../model/failure.ts';
import { encodeText, joinTexts, secretText } from '../../model/secrets.ts';
import { createMemoryVault } from './memory-vault.ts';
import { createSecretAccess } from './secret-access.ts';

const vault = createMemoryVault({ password: 'pä$$/"w', user: 'anna' });
const access = createSecretAccess(vault);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const url = joinTexts(['postgres://', secretText('user'), ':', encodeText(secretText('password'), 'url'), '@db/x']);

it('reveals what was joined and encoded', async () => {
  expect(await access.reveal(url)).toBe('postgres://anna:p%C3%A4%24%24%2F%22w@db/x');
  expect(await access.reveal('plain')).toBe('plain');
});

it('matches the very bytes, and no others', async () => {
  expect(await access.matches(url, bytes('postgres://anna:p%C3%A4%24%24%2F%22w@db/x'))).toBe(true);
  expect(await access.matches(url, bytes('postgres://anna:p%C3%A4%24%24%2F%22w@db/y'))).toBe(false);
  expect(await access.matches(secretText('password'), bytes('pä$$/"w\n'))).toBe(false);
  expect(await access.matches('plain', bytes('plain'))).toBe(true);
});

it('bytes that are not UTF-8 match nothing', async () => {
  expect(await access.matches('\ufffd', new Uint8Array([0xff]))).toBe(false);
});

it('equal texts have equal fingerprints, other texts others, and each vault its own', async () => {
  const whole = joinTexts(['', secretText('password')]);
  expect(await access.fingerprint(whole)).toBe(await access.fingerprint(secretText('password')));
  expect(await access.fingerprint(whole)).toMatch(/^[0-9a-f]{64}$/);
  expect(await access.fingerprint(whole)).not.toBe(await access.fingerprint(secretText('user')));
  const other = createSecretAccess(createMemoryVault({ password: 'pä$$/"w' }));
  expect(await other.fingerprint(whole)).not.toBe(await access.fingerprint(whole));
});

it('a secret that is not made yet matches nothing, has a fingerprint of its own, and can’t be revealed', async () => {
  const growing = createMemoryVault({ user: 'anna' });
  const { matches, fingerprint, reveal } = createSecretAccess(growing);
  expect(await matches(url, bytes(''))).toBe(false);
  expect(await fingerprint(url)).toBe('absent:password');
  const failure = failureOf(await reveal(url).catch((error) => error));
  expect(failure).toMatchObject({ code: 'secret.missing', message: expect.stringContaining('password') });
  await growing.put('password', 'x');
  expect(await fingerprint(url)).toMatch(/^[0-9a-f]{64}$/);
  expect(await reveal(url)).toBe('postgres://anna:x@db/x');
});

it('a staged value is meant only where it is asked for, and is the one in force once it is committed', async () => {
  const rotating = createMemoryVault({ password: 'old' });
  const { reveal, fingerprint } = createSecretAccess(rotating);
  await rotating.stage({ password: 'new' });
  expect(await reveal(secretText('password'))).toBe('old');
  expect(await reveal(secretText('password', true))).toBe('new');
  const wanted = await fingerprint(secretText('password', true));
  await rotating.commit(['password']);
  expect(await reveal(secretText('password', true))).toBe('new');
  expect(await fingerprint(secretText('password'))).toBe(wanted);
});
