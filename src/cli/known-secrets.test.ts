import { describe, expect, it } from 'vitest';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import type { Recipe, RecipeStep, Reference, SecretSpec } from '../model/recipe.ts';
import type { StepId } from '../model/step-id.ts';
import { knownSecrets } from './known-secrets.ts';

const at = { file: 'recipe.yaml', line: 1, column: 1 };
const step = (id: string, ...references: readonly Reference[]): RecipeStep => ({
  id: id as StepId,
  title: `Do ${id}`,
  uses: 'manual',
  params: { references, evaluate: () => ({}) },
  after: [],
  tags: [],
  host: 'local',
  sensitive: false,
  at,
});
const secret = (name: string, of?: string): SecretSpec => ({
  name,
  generate: 'hex',
  bytes: 16,
  at,
  ...(of === undefined ? {} : { of }),
});
const recipe: Pick<Recipe, 'inputs' | 'secrets' | 'steps' | 'tasks'> = {
  inputs: [{ name: 'pin', type: 'secret', title: 'The pin', optional: false, schema: {}, at }],
  secrets: [secret('token'), secret('idle')],
  steps: [
    step('ott'),
    step('env', { root: 'secrets', name: 'token' }, { root: 'inputs', name: 'pin' }),
    step('sign', { root: 'steps', name: 'ott', field: 'code' }, { root: 'steps', name: 'ott', field: 'other' }),
  ],
  tasks: [{ name: 'look', title: 'Look', inputs: [], steps: [step('look', { root: 'secrets', name: 'token' })] }],
};

describe('what is known of the secrets', () => {
  it('is where each comes from, who mentions it and which of its values are kept', async () => {
    const vault = createMemoryVault();
    for (const name of ['token', 'input.pin', 'input.pin.2', 'ott.code', 'gone.code']) await vault.put(name, `value of ${name}`);
    await vault.stage({ token: 'new' });
    await vault.commit(['token']);
    await vault.stage({ token: 'newer' });
    const known = knownSecrets(recipe, { pin: { $secret: 'input.pin.2' } }, vault);
    const facts = known.map(({ name, kind, usedBy, usedByTasks }) => [name, kind, [...usedBy, ...usedByTasks].join(' ')]);
    expect(facts).toEqual([
      ['gone.code', 'unused', ''],
      ['idle', 'generated', ''],
      ['input.pin', 'input', ''],
      ['input.pin.2', 'input', 'env'],
      ['ott.code', 'output', 'sign'],
      ['token', 'generated', 'env look'],
    ]);
    const states = known.map(({ name, made, staged, previous }) => [name, made, staged, previous]);
    expect(states.find(([name]) => name === 'token')).toEqual(['token', true, true, true]);
    expect(states.find(([name]) => name === 'idle')).toEqual(['idle', false, false, false]);
    expect(JSON.stringify(known)).not.toMatch(/value of|newer/);
  });

  it('of one that only a task asks for is that, and which task', async () => {
    const vault = createMemoryVault();
    await vault.put('input.code', 'value');
    const asked = { name: 'code', type: 'secret', title: 'A code', optional: false, schema: {}, at } as const;
    const [task] = recipe.tasks;
    if (task === undefined) throw new Error('no task');
    const own = { ...task, inputs: [asked], steps: [step('look', { root: 'inputs', name: 'code' })] };
    expect(knownSecrets({ ...recipe, secrets: [], tasks: [own] }, {}, vault)).toMatchObject([
      { name: 'input.code', kind: 'input', title: 'A code', usedBy: [], usedByTasks: ['look'] },
    ]);
  });

  it('without a recipe is their names', async () => {
    const vault = createMemoryVault();
    await vault.put('token', 'x');
    expect(knownSecrets(undefined, {}, vault)).toMatchObject([{ name: 'token', kind: 'unknown', usedBy: [] }]);
  });
});
