import { expect, it } from 'vitest';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import { createRedactor } from '../model/redactor.ts';
import { MASK } from '../model/secrets.ts';
import type { FreshOutputs } from '../model/step.ts';
import { toyStep } from '../testing/toy-run.ts';
import { homeOutputs } from './outputs.ts';

const SECRET = 'swordfish-0815';

async function homed(outputs: FreshOutputs, sensitive = false) {
  const vault = createMemoryVault({ db: SECRET });
  const left = await homeOutputs(
    toyStep('a', 'act', {}, { sensitive }),
    outputs,
    vault,
    createSecretAccess(vault),
    createRedactor([SECRET]),
  );
  return { left, names: vault.names() };
}

it('a value that holds a known secret is kept in the vault', async () => {
  const { left, names } = await homed({ url: `postgres://u:${SECRET}@db`, id: 'keeper@example.org' });
  expect(left).toEqual({ url: { $secret: 'a.url' }, id: 'keeper@example.org' });
  expect(names).toEqual(['a.url', 'db']);
});

it('a text that merely holds one is masked: its other lines are no secrets, which other values could not repeat', async () => {
  const { left, names } = await homed({ stdout: `keeper@example.org\nlogin with ${SECRET}`, id: 'keeper@example.org' });
  expect(left).toEqual({ stdout: `keeper@example.org\nlogin with ${MASK}`, id: 'keeper@example.org' });
  expect(names).toEqual(['db']);
});

it('of a sensitive step all is kept in the vault', async () => {
  expect((await homed({ stdout: 'one\ntwo' }, true)).left).toEqual({ stdout: { $secret: 'a.stdout' } });
});
