import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FairleadError, failureOf } from '../../model/failure.ts';
import { type Identity, makeIdentity } from './identity.ts';
import { type IdentityStore, type KeyHome, keyHomes } from './identity-store.ts';
import { createKeyFile } from './key-file.ts';
import { type KeyHomes, keyHomesBeside } from './key-homes.ts';
import { createKeyringStore } from './keyring-store.ts';
import { createMemoryKeyring, type MemoryKeyring } from './memory-keyring.ts';
import { createPassphraseFile } from './passphrase-file.ts';

const FILES: Readonly<Record<KeyHome, string>> = {
  file: 'identity.txt',
  keyring: 'identity.keyring.json',
  passphrase: 'identity.age',
};
const ask = async (): Promise<string> => 'pass phrase';
const pairs = keyHomes.flatMap((from) => keyHomes.filter((to) => to !== from).map((to) => [from, to] as const));

let root: string;
let folder: string;
let keyring: MemoryKeyring;
let warnings: string[];
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'homes-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = join(root, `h${count++}`);
  await mkdir(folder);
  keyring = createMemoryKeyring();
  warnings = [];
});

const open = (): KeyHomes =>
  keyHomesBeside(join(folder, FILES.file), { ask, keyring, workFactor: 6, warn: (text) => warnings.push(text) });
/** One home alone, to bring about what a crash leaves. */
const storeOf = (home: KeyHome): IdentityStore => {
  const file = join(folder, FILES[home]);
  if (home === 'file') return createKeyFile(file);
  return home === 'keyring' ? createKeyringStore(file, keyring) : createPassphraseFile(file, ask, 6);
};
const files = async (): Promise<readonly string[]> => (await readdir(folder)).sort();
const codeOf = async (act: Promise<unknown>): Promise<string> => failureOf(await act.catch((error: FairleadError) => error)).code;

describe('the key', () => {
  it('is nowhere before the first vault; then it is in a file', async () => {
    expect(await open().read()).toBeUndefined();
    expect(await files()).toEqual([]);
    const key = await open().create();
    expect(await open().read()).toEqual(key);
    expect(await files()).toEqual([FILES.file]);
  });

  it.each(keyHomes)('can be made in its place at once, without ever having been in a file (%s)', async (home) => {
    const { identity, left } = await open().move(home);
    expect(left).toEqual([]);
    expect(await files()).toEqual([FILES[home]]);
    expect(await open().read()).toEqual(identity);
  });

  it.each(pairs)('moves from %s to %s, and is then nowhere else', async (from, to) => {
    const { identity } = await open().move(from);
    const moved = await open().move(to);
    expect(moved).toEqual({ identity, left: [join(folder, FILES[from])] });
    expect(await files()).toEqual([FILES[to]]);
    expect(keyring.entries.size).toBe(to === 'keyring' ? 1 : 0);
    expect(await open().read()).toEqual(identity);
    expect(warnings).toEqual([]);
  });

  it('that is where it should be stays there', async () => {
    for (const home of keyHomes) {
      const { identity } = await open().move(home);
      expect(await open().move(home)).toEqual({ identity, left: [] });
    }
  });
});

describe('a move that was cut short', () => {
  it.each(pairs)('between the new home and the old one (%s, %s) leaves the key readable, and is told once', async (from, to) => {
    const key = await makeIdentity();
    await storeOf(from).write(key);
    await storeOf(to).write(key);
    const homes = open();
    expect([await homes.read(), await homes.read()]).toEqual([key, key]);
    expect(warnings).toHaveLength(1);
    for (const home of [from, to]) expect(warnings[0]).toContain(join(folder, FILES[home]));
    // Either way it can be ended.
    expect((await open().move(to)).identity).toEqual(key);
    expect(await files()).toEqual([FILES[to]]);
    await storeOf(from).write(key);
    await open().move(from);
    expect(await files()).toEqual([FILES[from]]);
    expect(await open().read()).toEqual(key);
  });

  it.each(['file', 'passphrase'] as const)('while it cleared the keyring (to %s) leaves the key readable', async (to) => {
    const key = await makeIdentity();
    await storeOf('keyring').write(key);
    await storeOf(to).write(key);
    keyring.entries.clear();
    expect(await open().read()).toEqual(key);
    await open().move(to);
    expect(await files()).toEqual([FILES[to]]);
    expect(await open().read()).toEqual(key);
  });

  it.each(pairs)('in the new home (%s, %s) leaves the key in the old one', async (from, to) => {
    const { identity } = await open().move(from);
    await writeFile(join(folder, `.${FILES[to]}.fairlead-${2 ** 22 + 1}-0123abcd`), 'half of it');
    if (to === 'keyring') keyring.entries.set(identity.recipient, identity.secret);
    expect(await open().read()).toEqual(identity);
    await open().move(to);
    expect(await files()).toEqual([FILES[to]]);
    expect(await open().read()).toEqual(identity);
  });

  it.each(pairs)('and is taken back (%s, %s) leaves no half of a key behind', async (from, to) => {
    const { identity } = await open().move(from);
    await writeFile(join(folder, `.${FILES[to]}.fairlead-${2 ** 22 + 1}-0123abcd`), identity.secret);
    expect((await open().move(from)).left).toEqual([]);
    expect(await files()).toEqual([FILES[from]]);
  });
});

describe('nothing is removed', () => {
  let one: Identity;
  let two: Identity;
  beforeEach(async () => {
    one = await makeIdentity();
    two = await makeIdentity();
  });

  it.each(pairs)('where two homes hold two keys (%s, %s)', async (from, to) => {
    await storeOf(from).write(one);
    await storeOf(to).write(two);
    for (const home of [from, to]) expect(await codeOf(open().move(home))).toBe('vault.identity-there');
    expect(await storeOf(from).read()).toEqual(one);
    expect(await storeOf(to).read()).toEqual(two);
  });

  it('where a home is broken, and another beside it would do', async () => {
    await storeOf('file').write(one);
    await storeOf('passphrase').write(one);
    await chmod(join(folder, FILES.file), 0o644);
    expect(await codeOf(open().read())).toBe('vault.identity-exposed');
    expect(await codeOf(open().move('passphrase'))).toBe('vault.identity-exposed');
    expect(await files()).toEqual([FILES.passphrase, FILES.file].sort());
  });

  it('where the keyring is locked', async () => {
    await storeOf('keyring').write(one);
    keyring.locked = true;
    expect(await codeOf(open().read())).toBe('vault.keyring-locked');
    for (const home of keyHomes) expect(await codeOf(open().move(home))).toBe('vault.keyring-locked');
    expect(await files()).toEqual([FILES.keyring]);
    keyring.locked = false;
    await open().move('file');
    keyring.locked = true;
    expect(await codeOf(open().move('keyring'))).toBe('vault.keyring-locked');
    expect(await files()).toEqual([FILES.file]);
    expect(await open().read()).toEqual(one);
  });

  it('where the only home does not open', async () => {
    await writeFile(join(folder, FILES.file), 'no key\n', { mode: 0o600 });
    expect(await codeOf(open().read())).toBe('vault.identity-damaged');
    expect(await codeOf(open().move('passphrase'))).toBe('vault.identity-damaged');
    expect(await files()).toEqual([FILES.file]);
  });
});
