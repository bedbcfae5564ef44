import { expect, it } from 'vitest';
import { createMemoryVault } from './memory-vault.ts';
import { createOverlayVault } from './overlay-vault.ts';

it('shows what is put into it and what lies below, and never writes below', async () => {
  const below = createMemoryVault();
  await below.put('kept', 'one');
  await below.put('changed', 'old');
  await below.put('gone', 'x');
  const vault = createOverlayVault(below);
  await vault.put('changed', 'new');
  await vault.put('added', 'two');
  await vault.remove(['gone']);
  expect(vault.names()).toEqual(['added', 'changed', 'kept']);
  expect(['kept', 'changed', 'added', 'gone'].map((name) => vault.value(name))).toEqual(['one', 'new', 'two', undefined]);
  expect(below.names()).toEqual(['changed', 'gone', 'kept']);
  expect(below.value('changed')).toBe('old');
});
