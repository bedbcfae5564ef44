import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../model/failure.ts';
import type { Vault } from '../../model/ports.ts';

/** The laws of every vault; `create` makes a new, empty one. For tests. */
export function describeVault(name: string, create: () => Promise<Vault>): void {
  describe(`${name} keeps the laws of a vault`, () => {
    it('what was put is there, in every character', async () => {
      const vault = await create();
      await fc.assert(
        fc.asyncProperty(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' }), async (key, value) => {
          await vault.put(key, value);
          expect(vault.value(key)).toBe(value);
        }),
        { numRuns: 25 },
      );
    });

    it('what was not put is not there, under no odd name either', async () => {
      const vault = await create();
      for (const odd of ['nothing', '__proto__', 'constructor', 'toString']) expect(vault.value(odd)).toBeUndefined();
      await vault.put('__proto__', 'mine');
      expect(vault.value('__proto__')).toBe('mine');
      expect(vault.names()).toEqual(['__proto__']);
    });

    it('names are sorted, and a value put again replaces the old one', async () => {
      const vault = await create();
      await vault.put('b', '1');
      await vault.put('a', '2');
      await vault.put('b', '3');
      expect(vault.names()).toEqual(['a', 'b']);
      expect(vault.value('b')).toBe('3');
    });

    it('removed names are gone, the others stay, and a name that is not there is no error', async () => {
      const vault = await create();
      for (const key of ['a', 'b', 'c']) await vault.put(key, key);
      await vault.remove(['a', 'c', 'never']);
      expect(vault.names()).toEqual(['b']);
      expect(vault.value('a')).toBeUndefined();
    });

    it('a staged value is beside the one in force until it is committed; then that one is the previous', async () => {
      const vault = await create();
      await vault.put('a', 'old');
      await vault.put('b', 'other');
      await vault.stage({ a: 'new' });
      expect([vault.value('a'), vault.staged('a'), vault.previous('a')]).toEqual(['old', 'new', undefined]);
      await vault.commit(['a', 'b', 'never']);
      expect([vault.value('a'), vault.staged('a'), vault.previous('a')]).toEqual(['new', undefined, 'old']);
      expect([vault.value('b'), vault.previous('b')]).toEqual(['other', undefined]);
      await vault.commit(['a']);
      expect([vault.value('a'), vault.previous('a')]).toEqual(['new', 'old']);
    });

    it('what is staged can be staged anew, and given up', async () => {
      const vault = await create();
      await vault.put('a', 'old');
      await vault.stage({ a: 'first', b: 'first' });
      await vault.stage({ a: 'second' });
      await vault.unstage(['b', 'never']);
      expect([vault.staged('a'), vault.staged('b')]).toEqual(['second', undefined]);
      expect(vault.names()).toEqual(['a']);
      await vault.unstage(['a']);
      await vault.commit(['a']);
      expect(vault.value('a')).toBe('old');
    });

    it('every value is told for redaction; of a removed name none', async () => {
      const vault = await create();
      await vault.put('a', 'one');
      await vault.stage({ a: 'two' });
      await vault.commit(['a']);
      await vault.stage({ a: 'three' });
      expect([...vault.everyValue()].sort()).toEqual(['one', 'three', 'two']);
      await vault.remove(['a']);
      expect(vault.everyValue()).toEqual([]);
    });

    it('changes made at once are all kept', async () => {
      const vault = await create();
      await Promise.all(Array.from({ length: 8 }, (_, index) => vault.put(`k${index}`, `v${index}`)));
      await Promise.all([vault.put('k8', 'v8'), vault.remove(['k0']), vault.put('k9', 'v9')]);
      expect(vault.names()).toEqual(['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9']);
    });

    it('bytes come back from encryption as they were, and are not to be seen in between', async () => {
      const vault = await create();
      const plain = new TextEncoder().encode('a private page'.repeat(20));
      const sealed = await vault.encrypt(plain);
      expect(Buffer.from(sealed).includes('private page')).toBe(false);
      expect(Buffer.from(await vault.decrypt(sealed)).equals(plain)).toBe(true);
      expect(await vault.decrypt(await vault.encrypt(new Uint8Array()))).toHaveLength(0);
    });

    it('the same bytes are never encrypted to the same', async () => {
      const vault = await create();
      const plain = new Uint8Array([1, 2, 3]);
      expect(Buffer.from(await vault.encrypt(plain)).equals(await vault.encrypt(plain))).toBe(false);
    });

    it('changed or cut bytes are refused', async () => {
      const vault = await create();
      const sealed = await vault.encrypt(new TextEncoder().encode('page'));
      const changed = Uint8Array.from(sealed);
      changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
      for (const bad of [changed, sealed.subarray(0, sealed.length - 3), new Uint8Array(5)]) {
        expect(failureOf(await vault.decrypt(bad).catch((error) => error)).code).toBe('vault.damaged');
      }
    });

    it('the fingerprint key is 32 bytes, the same each time, its own, and not to be changed from outside', async () => {
      const [vault, other] = [await create(), await create()];
      const key = vault.fingerprintKey();
      expect(key).toHaveLength(32);
      expect(Buffer.from(key).equals(other.fingerprintKey())).toBe(false);
      const before = Uint8Array.from(key);
      key.fill(0);
      expect(vault.fingerprintKey()).toEqual(before);
    });
  });
}
