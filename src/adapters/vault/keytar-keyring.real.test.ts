import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../model/failure.ts';
import { type SecretService, startSecretService } from '../../testing/secret-service.ts';
import { makeIdentity } from './identity.ts';
import { describeIdentityStore } from './identity-store-contract.ts';
import type { Keyring } from './keyring.ts';
import { createKeyringStore } from './keyring-store.ts';
import { createKeytarKeyring } from './keytar-keyring.ts';

let root: string;
let service: SecretService;
let keyring: Keyring;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'keytar-'));
  service = await startSecretService();
  // It answers, however slow the machine is.
  keyring = createKeytarKeyring({ ...process.env, ...service.environment }, 60_000);
});
afterAll(async () => {
  await service?.end();
  await rm(root, { recursive: true, force: true });
});

const newFile = async (): Promise<string> => join(await mkdtemp(join(root, 'place-')), 'identity.keyring.json');

/** The code that an act fails with, before a D-Bus that nobody limits would give up (25 s). */
async function refusal(act: Promise<unknown>): Promise<string> {
  const begin = performance.now();
  const error = await act.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(performance.now() - begin).toBeLessThan(20_000);
  return failureOf(error).code;
}

describeIdentityStore('the keyring of the operating system', async () => {
  const file = await newFile();
  return () => createKeyringStore(file, keyring);
});

describe('the keyring of the operating system', () => {
  const account = 'some account';
  beforeEach(() => service.restart());
  afterEach(async () => {
    service.thaw();
    await service.restart();
    await keyring.delete(account);
  });

  it('keeps a secret in every character, also over a restart of its daemon', async () => {
    const secret = 'pä$$ "w"\n\t漢😀 \'';
    await keyring.set(account, secret);
    await service.restart();
    expect(await keyring.get(account)).toBe(secret);
    await keyring.delete(account);
    expect(await keyring.get(account)).toBeUndefined();
  });

  it('that is locked does not pass for an empty one', async () => {
    await keyring.set(account, 'secret');
    await service.lock();
    expect(await refusal(keyring.get(account))).toBe('vault.keyring-locked');
    expect(await refusal(keyring.set(account, 'other'))).toBe('vault.keyring-locked');
    expect(await refusal(keyring.delete(account))).toBe('vault.keyring-locked');
    await service.restart();
    expect(await keyring.get(account)).toBe('secret');
  });

  it('that is locked closes the key, and neither loses nor replaces it', async () => {
    const store = createKeyringStore(await newFile(), keyring);
    const key = await makeIdentity();
    await store.write(key);
    await service.lock();
    expect(await refusal(store.read())).toBe('vault.keyring-locked');
    expect(await refusal(store.remove(key))).toBe('vault.keyring-locked');
    await service.restart();
    expect(await store.read()).toEqual(key);
    await store.remove(key);
  });

  it('that hangs is given up after 5 s', async () => {
    await keyring.set(account, 'secret');
    service.freeze();
    const usual = createKeytarKeyring({ ...process.env, ...service.environment });
    expect(await refusal(usual.get(account))).toBe('vault.keyring-silent');
    expect(await refusal(usual.set(account, 'other'))).toBe('vault.keyring-silent');
    service.thaw();
    expect(await keyring.get(account)).toBe('secret');
  });
});

describe('a keyring can not be used', () => {
  it.each([
    ['without a D-Bus', undefined],
    ['where the D-Bus is gone', 'unix:path=/nonexistent/bus'],
  ])('%s', async (_where, address) => {
    const { DBUS_SESSION_BUS_ADDRESS: _, XDG_RUNTIME_DIR: __, DISPLAY: ___, ...env } = process.env;
    const none = createKeytarKeyring(address === undefined ? env : { ...env, DBUS_SESSION_BUS_ADDRESS: address });
    expect(await refusal(none.get('a'))).toBe('vault.keyring-unavailable');
    expect(await refusal(none.set('a', 'b'))).toBe('vault.keyring-unavailable');
    expect(await refusal(none.delete('a'))).toBe('vault.keyring-unavailable');
  });
});
