import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Failure, failureOf } from '../../model/failure.ts';
import type { Vault } from '../../model/ports.ts';
import { temporaryPrefix } from '../lib/temporary-name.ts';
import { openAgeVault } from './age-vault.ts';
import { createKeyFile } from './key-file.ts';
import { describeVault } from './vault-contract.ts';

const SECRET = 'correct-horse-battery-staple';
let root: string;
let count = 0;
let paths: { file: string; identityFile: string };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vault-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function newPaths(): { file: string; identityFile: string } {
  const dir = join(root, `v${count++}`);
  return { file: join(dir, 'demo', 'vault.age'), identityFile: join(dir, 'identity.txt') };
}
beforeEach(() => {
  paths = newPaths();
});

const open = ({ file, identityFile }: typeof paths, create: boolean): Promise<Vault> =>
  openAgeVault({ file, key: createKeyFile(identityFile), create });
const create = (): Promise<Vault> => open(paths, true);
const reopen = (): Promise<Vault> => open(paths, false);

/** How opening fails; and that it changed nothing and told nothing. */
async function failureAtOpening(options: { create: boolean }): Promise<Failure> {
  const look = async (): Promise<unknown> =>
    Promise.all([paths.file, paths.identityFile].map((file) => readFile(file, 'base64').catch(() => 'none')));
  const before = await look();
  const error = await open(paths, options.create).then(
    () => new Error('it opened'),
    (thrown: unknown) => thrown,
  );
  expect(await look()).toEqual(before);
  const told = inspect(error, { depth: 9 });
  expect(told).not.toContain(SECRET);
  expect(told).not.toContain('AGE-SECRET-KEY');
  return failureOf(error);
}

describeVault('the age vault', () => open(newPaths(), true));

it('keeps its secrets and its fingerprint key on disk', async () => {
  const vault = await create();
  await vault.put('token', SECRET);
  const again = await reopen();
  expect(again.value('token')).toBe(SECRET);
  expect(again.fingerprintKey()).toEqual(vault.fingerprintKey());
  const sealed = await vault.encrypt(new Uint8Array([1, 2, 3]));
  expect(await again.decrypt(sealed)).toEqual(new Uint8Array([1, 2, 3]));
});

it('nobody else may read vault and key, and nothing in them is plain', async () => {
  const vault = await create();
  await vault.put('token', SECRET);
  for (const file of [paths.file, paths.identityFile]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(paths.file, '..'))).mode & 0o777).toBe(0o700);
  const bytes = await readFile(paths.file);
  expect(bytes.includes(SECRET)).toBe(false);
  expect(bytes.includes('token')).toBe(false);
  expect(bytes.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/);
});

it('leaves no temporary files behind', async () => {
  const vault = await create();
  await Promise.all([vault.put('a', '1'), vault.put('b', '2')]);
  expect(await readdir(join(paths.file, '..'))).toEqual(['vault.age']);
  expect(await readdir(join(paths.identityFile, '..'))).toEqual(['demo', 'identity.txt']);
});

it('two vaults of one state folder share its key, and not their fingerprint keys', async () => {
  const one = await create();
  const two = await open({ ...paths, file: join(paths.file, '..', '..', 'other.age') }, true);
  expect(one.fingerprintKey()).not.toEqual(two.fingerprintKey());
  expect((await reopen()).names()).toEqual([]);
});

it('what could not be written is not there: neither now nor later', async () => {
  const vault = await create();
  await vault.put('token', SECRET);
  const folder = join(paths.file, '..');
  await rm(folder, { recursive: true });
  await writeFile(folder, 'a file in the way');
  const failure = failureOf(await vault.put('token', 'new').catch((error) => error));
  expect(failure.code).toBe('vault.not-writable');
  expect(vault.value('token')).toBe(SECRET);
});

describe('refuses', () => {
  it('to open what is not there', async () => {
    expect((await failureAtOpening({ create: false })).code).toBe('vault.missing');
  });

  it.each([0o640, 0o604, 0o620, 0o666])('a key that others may read or write (mode %o)', async (mode) => {
    await create();
    await chmod(paths.identityFile, mode);
    const failure = await failureAtOpening({ create: true });
    expect(failure.code).toBe('vault.identity-exposed');
    expect(failure.hints.join(' ')).toContain(`chmod 600 ${paths.identityFile}`);
  });

  it('to make a new key for a vault whose key is gone', async () => {
    await (await create()).put('token', SECRET);
    await rm(paths.identityFile);
    for (const options of [{ create: true }, { create: false }]) {
      expect((await failureAtOpening(options)).code).toBe('vault.identity-missing');
    }
    expect(await readdir(join(paths.identityFile, '..'))).toEqual(['demo']);
  });

  it('another vault’s key', async () => {
    await (await create()).put('token', SECRET);
    await writeFile(paths.identityFile, `${await generateX25519Identity()}\n`, { mode: 0o600 });
    expect((await failureAtOpening({ create: true })).code).toBe('vault.wrong-identity');
  });

  it('a key file without a key', async () => {
    await create();
    for (const text of ['', '# only a comment\n', 'AGE-SECRET-KEY-1NOTREALLY\n', 'age1qqqq\n']) {
      await writeFile(paths.identityFile, text);
      expect((await failureAtOpening({ create: true })).code).toBe('vault.identity-damaged');
    }
  });

  it('a vault cut off anywhere', async () => {
    await (await create()).put('token', SECRET);
    const bytes = await readFile(paths.file);
    for (const length of [0, 1, 20, 100, 200, bytes.length - 17, bytes.length - 1]) {
      await writeFile(paths.file, bytes.subarray(0, length));
      expect((await failureAtOpening({ create: true })).code).toBe('vault.damaged');
    }
  });

  it('a vault with any byte changed', async () => {
    await (await create()).put('token', SECRET);
    const bytes = await readFile(paths.file);
    const header = bytes.indexOf('\n---');
    for (let index = 0; index < bytes.length; index += 7) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] as number) ^ 1;
      await writeFile(paths.file, changed);
      const { code } = await failureAtOpening({ create: true });
      // A changed stanza can't be told from one that is for another key.
      expect(index > header ? ['vault.damaged'] : ['vault.damaged', 'vault.wrong-identity']).toContain(code);
    }
  });

  it.each([
    ['a newer version', { version: 3, words: SECRET }, 'vault.newer-version'],
    ['what is no vault', { hello: SECRET }, 'vault.damaged'],
    [
      'a value that is no text',
      { version: 1, fingerprintKey: Buffer.alloc(32).toString('base64'), secrets: { a: 1 } },
      'vault.damaged',
    ],
    ['a short fingerprint key', { version: 1, fingerprintKey: 'AAAA', secrets: {} }, 'vault.damaged'],
  ])('%s inside', async (_, content, code) => {
    await create();
    const identity = (await readFile(paths.identityFile, 'utf8')).split('\n').find((line) => line.startsWith('AGE-')) as string;
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(identity));
    await writeFile(paths.file, await encrypter.encrypt(JSON.stringify(content)));
    expect((await failureAtOpening({ create: true })).code).toBe(code);
  });
});

it('what a process left that was killed while it wrote goes with the next write', async () => {
  const vault = await create();
  const left = join(dirname(paths.file), `${temporaryPrefix(paths.file)}${2 ** 22 + 1}-0123abcd`);
  await writeFile(left, 'half of it');
  await vault.put('token', SECRET);
  expect(await readdir(dirname(paths.file))).toEqual(['vault.age']);
});

it('a vault of version 1 opens, and is of this version once something is put into it', async () => {
  await create();
  const key = (await readFile(paths.identityFile, 'utf8')).split('\n').find((line) => line.startsWith('AGE-')) ?? '';
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(key));
  const old = { version: 1, fingerprintKey: Buffer.alloc(32, 7).toString('base64'), secrets: { token: SECRET } };
  await writeFile(paths.file, await encrypter.encrypt(JSON.stringify(old)));
  const vault = await reopen();
  expect(vault.value('token')).toBe(SECRET);
  await vault.stage({ token: 'new' });
  const again = await reopen();
  expect([again.value('token'), again.staged('token')]).toEqual([SECRET, 'new']);
  expect(again.fingerprintKey()).toEqual(vault.fingerprintKey());
});
