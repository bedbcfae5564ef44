import { describe, expect, it } from 'vitest';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import type { Value } from '../model/recipe.ts';
import { joinTexts, secretText } from '../model/secrets.ts';
import { paramsDigest, sha256 } from './digest.ts';

async function digests() {
  const vault = createMemoryVault();
  await vault.put('key', 'first value');
  await vault.put('twin', 'first value');
  const secrets = createSecretAccess(vault);
  return { vault, of: (params: Value, uses = 'cell') => paramsDigest(uses, params, secrets) };
}

describe('a digest of params', () => {
  it('does not look at the order of keys, but at that of lists', async () => {
    const { of } = await digests();
    expect(await of({ a: 1, b: { c: 2, d: 3 } })).toBe(await of({ b: { d: 3, c: 2 }, a: 1 }));
    expect(await of({ a: [1, 2] })).not.toBe(await of({ a: [2, 1] }));
  });

  it('changes with any value, and with the step type', async () => {
    const { of } = await digests();
    const one = await of({ a: 1 });
    expect(await of({ a: '1' })).not.toBe(one);
    expect(await of({ b: 1 })).not.toBe(one);
    expect(await of({ a: 1, b: null })).not.toBe(one);
    expect(await of({ a: 1 }, 'act')).not.toBe(one);
  });

  it('changes with a secret, wherever it stands, and goes back with it', async () => {
    const { vault, of } = await digests();
    const params = { list: [{ url: joinTexts(['https://u:', secretText('key'), '@host']) }] };
    const before = await of(params);
    await vault.put('key', 'second value');
    const after = await of(params);
    await vault.put('key', 'first value');
    expect(after).not.toBe(before);
    expect(await of(params)).toBe(before);
  });

  it('counts a secret by its value, not by its name, and never as the plain text', async () => {
    const { of } = await digests();
    expect(await of({ a: secretText('key') })).toBe(await of({ a: secretText('twin') }));
    expect(await of({ a: secretText('key') })).not.toBe(await of({ a: 'first value' }));
  });

  it('tells nothing to whoever guesses the value: another vault has another key', async () => {
    const one = await digests();
    const other = await digests();
    expect(await one.of({ a: secretText('key') })).not.toBe(await other.of({ a: secretText('key') }));
  });

  it('of a file of the recipe looks at its name and content, not at where it lies now', async () => {
    const { of } = await digests();
    const file = { recipeFile: 'compose.yaml', path: '/runs/1/recipe/compose.yaml', digest: 'd1' };
    expect(await of({ file })).toBe(await of({ file: { ...file, path: '/runs/2/recipe/compose.yaml' } }));
    expect(await of({ file })).not.toBe(await of({ file: { ...file, digest: 'd2' } }));
  });
});

it('a digest is SHA-256 in lower-case hex', () => {
  // printf '{}' | sha256sum
  expect(sha256({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});
