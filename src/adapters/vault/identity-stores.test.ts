import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { armor } from 'age-encryption';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Failure, failureOf } from '../../model/failure.ts';
import { makeIdentity } from './identity.ts';
import { describeIdentityStore } from './identity-store-contract.ts';
import { createKeyFile } from './key-file.ts';
import { createKeyringStore } from './keyring-store.ts';
import { createMemoryKeyring } from './memory-keyring.ts';
import { createPassphraseFile } from './passphrase-file.ts';

/** Work for scrypt: these laws do not depend on how long it takes. */
const QUICK = 6;
const PASSPHRASE = 'correct horse battery staple ö';
let root: string;
let count = 0;
let folder: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'identity-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
const newFolder = async (): Promise<string> => {
  const made = join(root, `p${count++}`);
  await mkdir(made);
  return made;
};
beforeEach(async () => {
  folder = await newFolder();
});

/** How an act fails; and that it tells nothing. */
async function failureOfAct(act: Promise<unknown>, ...secrets: readonly string[]): Promise<Failure> {
  const error = await act.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  for (const secret of [PASSPHRASE, 'AGE-SECRET-KEY', ...secrets]) expect(inspect(error, { depth: 9 })).not.toContain(secret);
  return failureOf(error);
}

describeIdentityStore('the key file', async () => {
  const file = join(await newFolder(), 'identity.txt');
  return () => createKeyFile(file);
});

describeIdentityStore('the passphrase file', async () => {
  const file = join(await newFolder(), 'identity.age');
  return () => createPassphraseFile(file, async () => PASSPHRASE, QUICK);
});

describeIdentityStore('the keyring', async () => {
  const file = join(await newFolder(), 'identity.keyring.json');
  const keyring = createMemoryKeyring();
  return () => createKeyringStore(file, keyring);
});

describe('a key under a passphrase', () => {
  const open = (passphrase = PASSPHRASE) => createPassphraseFile(join(folder, 'identity.age'), async () => passphrase, QUICK);

  it('stays closed to another passphrase', async () => {
    await open().write(await makeIdentity());
    const failure = await failureOfAct(open('wrong horse').read(), 'wrong horse');
    expect(failure.code).toBe('vault.wrong-passphrase');
  });

  it('is asked for again after a wrong one, three times in all, where there is another to be had', async () => {
    const key = await makeIdentity();
    await open().write(key);
    const from = (...given: (string | undefined)[]) => {
      const asked: (true | undefined)[] = [];
      const ask = async ({ again }: { readonly again?: true }): Promise<string | undefined> => {
        asked.push(again);
        return given.shift();
      };
      return { asked, store: createPassphraseFile(join(folder, 'identity.age'), ask, QUICK) };
    };
    const second = from('wrong horse', PASSPHRASE);
    expect((await second.store.read())?.secret).toBe(key.secret);
    expect(second.asked).toEqual([undefined, true]);
    const none = from('wrong horse', undefined);
    expect((await failureOfAct(none.store.read())).code).toBe('vault.wrong-passphrase');
    const never = from('wrong', 'wrong', 'wrong', PASSPHRASE);
    expect((await failureOfAct(never.store.read())).code).toBe('vault.wrong-passphrase');
    expect(never.asked).toHaveLength(3);
  });

  it('is asked for once, however often it is read, and again when the file is another', async () => {
    const key = await makeIdentity();
    await open().write(key);
    const asked: boolean[] = [];
    const store = createPassphraseFile(
      join(folder, 'identity.age'),
      async ({ fresh }) => {
        asked.push(fresh);
        return PASSPHRASE;
      },
      QUICK,
    );
    await store.read();
    await store.read();
    expect(asked).toEqual([false]);
    await store.remove(key);
    await store.write(key);
    await store.read();
    expect(asked).toEqual([false, true]);
  });

  it('opens too where it was armored', async () => {
    const key = await makeIdentity();
    const store = open();
    await store.write(key);
    await writeFile(store.file, armor.encode(new Uint8Array(await readFile(store.file))));
    expect(await open().read()).toEqual(key);
  });

  it('that is cut off or changed is damaged, or seems to be under another passphrase', async () => {
    const store = open();
    await store.write(await makeIdentity());
    const bytes = await readFile(store.file);
    for (const length of [0, 1, 30, 100, bytes.length - 1]) {
      await writeFile(store.file, bytes.subarray(0, length));
      expect((await failureOfAct(open().read())).code).toBe('vault.identity-damaged');
    }
    for (const index of [3, 30, bytes.indexOf('\n---') + 8, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] as number) ^ 1;
      await writeFile(store.file, changed);
      expect(['vault.identity-damaged', 'vault.wrong-passphrase']).toContain((await failureOfAct(open().read())).code);
    }
  });

  it('is asked for neither where the file is damaged nor where others may read it', async () => {
    const store = open();
    await store.write(await makeIdentity());
    const never = createPassphraseFile(store.file, async () => {
      throw new Error('asked');
    });
    await chmod(store.file, 0o644);
    expect((await failureOfAct(never.read())).code).toBe('vault.identity-exposed');
    await chmod(store.file, 0o600);
    await writeFile(store.file, 'age-encryption.org/v1\n-> X25519 abc\n');
    expect((await failureOfAct(never.read())).code).toBe('vault.identity-damaged');
  });
});

describe('a key in the keyring', () => {
  it('that is locked is no missing key', async () => {
    const keyring = createMemoryKeyring();
    const store = createKeyringStore(join(folder, 'note.json'), keyring);
    await store.write(await makeIdentity());
    keyring.locked = true;
    expect((await failureOfAct(store.read())).code).toBe('vault.keyring-locked');
    expect((await failureOfAct(store.remove(await makeIdentity()))).code).toBe('vault.identity-there');
    keyring.locked = false;
    expect(await store.read()).toBeDefined();
  });

  it('that is gone from it, or another, is an error', async () => {
    const keyring = createMemoryKeyring();
    const store = createKeyringStore(join(folder, 'note.json'), keyring);
    const key = await makeIdentity();
    await store.write(key);
    keyring.entries.set(key.recipient, (await makeIdentity()).secret);
    expect((await failureOfAct(store.read())).code).toBe('vault.wrong-identity');
    keyring.entries.set(key.recipient, 'nonsense');
    expect((await failureOfAct(store.read(), 'nonsense')).code).toBe('vault.identity-damaged');
    keyring.entries.clear();
    expect((await failureOfAct(store.read())).code).toBe('vault.identity-missing');
  });

  it('with a note that makes no sense is an error', async () => {
    const store = createKeyringStore(join(folder, 'note.json'), createMemoryKeyring());
    for (const text of ['', '{', 'null', '{}', '{"version":2,"service":"fairlead","account":"a","recipient":"b"}']) {
      await writeFile(store.file, text);
      expect((await failureOfAct(store.read())).code).toBe('vault.identity-damaged');
    }
  });

  it('leaves no note where the keyring takes nothing', async () => {
    const keyring = createMemoryKeyring();
    keyring.locked = true;
    const store = createKeyringStore(join(folder, 'note.json'), keyring);
    expect((await failureOfAct(store.write(await makeIdentity()))).code).toBe('vault.keyring-locked');
    expect(await store.read()).toBeUndefined();
  });
});
