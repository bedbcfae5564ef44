import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../model/failure.ts';
import { openAgeVault } from './age-vault.ts';
import { type Identity, makeIdentity } from './identity.ts';
import type { IdentityStore } from './identity-store.ts';

/** One place for a key, opened anew each time, as another process would. */
export type OpenStore = () => IdentityStore;

/** The laws of every store of a key; `newPlace` makes an empty one. For tests. */
export function describeIdentityStore(name: string, newPlace: () => Promise<OpenStore>): void {
  describe(`${name} keeps the laws of a store of keys`, () => {
    let key: Identity;
    let other: Identity;
    beforeAll(async () => {
      key = await makeIdentity();
      other = await makeIdentity();
    });

    const failureOfAct = async (act: Promise<unknown>): Promise<string> => {
      const error = await act.then(
        () => new Error('it did not fail'),
        (thrown: unknown) => thrown,
      );
      const told = inspect(error, { depth: 9 });
      for (const { secret } of [key, other]) expect(told).not.toContain(secret);
      return failureOf(error).code;
    };

    it('what never got a key holds none, and looking leaves no trace', async () => {
      const open = await newPlace();
      expect(await open().read()).toBeUndefined();
      await open().remove(key);
      expect(await readdir(dirname(open().file))).toEqual([]);
    });

    it('a key that was put is there, for the next process too', async () => {
      const open = await newPlace();
      const store = open();
      await store.write(key);
      expect(await store.read()).toEqual(key);
      expect(await open().read()).toEqual(key);
    });

    it('the same key again is no error, and another is never put in its place', async () => {
      const open = await newPlace();
      await open().write(key);
      await open().write(key);
      const before = await readFile(open().file);
      expect(await failureOfAct(open().write(other))).toBe('vault.identity-there');
      expect(await readFile(open().file)).toEqual(before);
      expect(await open().read()).toEqual(key);
    });

    it('a key that was removed is gone; removing it twice is no error, and another one stays', async () => {
      const open = await newPlace();
      await open().write(key);
      expect(await failureOfAct(open().remove(other))).toBe('vault.identity-there');
      expect(await open().read()).toEqual(key);
      await open().remove(key);
      expect(await open().read()).toBeUndefined();
      await open().remove(key);
      await open().write(other);
      expect(await open().read()).toEqual(other);
    });

    it('leaves one file, which nobody else may read', async () => {
      const open = await newPlace();
      const store = open();
      await store.write(key);
      await store.write(key);
      const names = await readdir(dirname(store.file));
      expect(names.map((found) => join(dirname(store.file), found))).toEqual([store.file]);
      expect((await stat(store.file)).mode & 0o777).toBe(0o600);
      expect((await readFile(store.file)).includes(key.secret)).toBe(store.home === 'file');
    });

    it('opens the vaults that its key sealed', async () => {
      const open = await newPlace();
      await open().write(key);
      const file = join(dirname(open().file), 'demo', 'vault.age');
      const source = () => ({ place: open().file, read: () => open().read(), create: makeIdentity });
      await (await openAgeVault({ file, key: source(), create: true })).put('token', 'value');
      expect((await openAgeVault({ file, key: source(), create: false })).value('token')).toBe('value');
    });
  });
}
