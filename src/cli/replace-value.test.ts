import { expect, it } from 'vitest';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import type { Vault } from '../model/ports.ts';
import type { SecretSpec } from '../model/recipe.ts';
import { replaceValue } from './replace-value.ts';

const at = { file: 'recipe.yaml', line: 1, column: 1 };
const specs: readonly SecretSpec[] = [
  { name: 'password', generate: 'password', at },
  { name: 'hash', generate: 'hex', of: 'password', at },
  { name: 'other', generate: 'hex', at },
];
const filled = async (): Promise<Vault> => {
  const vault = createMemoryVault();
  for (const name of ['password', 'hash', 'other']) await vault.put(name, `old ${name}`);
  return vault;
};

it('the value before is kept, what is made of it is forgotten, all else stays', async () => {
  const vault = await filled();
  expect(await replaceValue(vault, 'password', 'new', specs)).toEqual(['hash']);
  expect([vault.value('password'), vault.previous('password'), vault.staged('password')]).toEqual([
    'new',
    'old password',
    undefined,
  ]);
  expect(vault.names()).toEqual(['other', 'password']);
});

it('the same value changes nothing, nor what is made of it', async () => {
  const vault = await filled();
  expect(await replaceValue(vault, 'password', 'old password', specs)).toBeUndefined();
  expect([vault.names(), vault.previous('password')]).toEqual([['hash', 'other', 'password'], undefined]);
});

it.each([1, 2, 3])(
  'a crash at write %i leaves a secret and what is made of it that agree, and a second try completes it',
  async (last) => {
    const whole = await filled();
    let writes = 0;
    const write = async (act: () => Promise<void>): Promise<void> => {
      writes++;
      if (writes >= last) throw new Error('killed');
      await act();
    };
    const dying: Vault = {
      ...whole,
      stage: (values) => write(() => whole.stage(values)),
      remove: (names) => write(() => whole.remove(names)),
      commit: (names) => write(() => whole.commit(names)),
    };
    await expect(replaceValue(dying, 'password', 'new', specs)).rejects.toThrow('killed');
    expect(whole.value('password')).toBe('old password');
    expect([undefined, 'old hash']).toContain(whole.value('hash'));
    await replaceValue(whole, 'password', 'new', specs);
    expect([whole.value('password'), whole.value('hash'), whole.previous('password')]).toEqual([
      'new',
      undefined,
      'old password',
    ]);
  },
);
