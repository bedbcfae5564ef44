import { expect, it } from 'vitest';
import { createMemoryVault } from './memory-vault.ts';
import { describeVault } from './vault-contract.ts';

describeVault('the vault in memory', async () => createMemoryVault());

it('begins with what it is given', () => {
  expect(createMemoryVault({ token: 'abc' }).value('token')).toBe('abc');
});
