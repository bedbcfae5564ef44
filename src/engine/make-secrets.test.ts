import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import type { Recipe, SecretMaterial, SecretSpec } from '../model/recipe.ts';
import {
  createToyJournal,
  createToyWorld,
  deferred,
  toyHeader,
  toyOutside,
  toyProgram,
  toyRecipe,
  toyStep,
} from '../testing/toy-run.ts';
import { makeSecretsOf } from './make-secrets.ts';
import type { Outside } from './outside.ts';
import { createPublisher } from './publish.ts';
import { stageNewValues } from './rotation.ts';
import { virtualState } from './run.ts';

const spec = (name: string, generate: SecretSpec['generate'], more: Partial<SecretSpec> = {}): SecretSpec => ({
  name,
  generate,
  ...more,
  at: { file: 'recipe.yaml', line: 1, column: 1 },
});

/** As a careless author declares them: nothing stands after what it is made of. */
const secrets: readonly SecretSpec[] = [
  spec('bundle', 'pkcs12', { of: 'site', password: 'word' }),
  spec('site', 'certificate', {
    of: 'key',
    subject: deferred('Our cloud'),
    names: [deferred((scope) => `${scope.inputs.host}`, [{ root: 'inputs', name: 'host' }]), deferred('10.0.0.1')],
  }),
  spec('hash', 'bcrypt', { of: 'word' }),
  spec('word', 'password'),
  spec('key', 'rsa-key'),
  spec('unused', 'hex'),
];

/** A world whose every secret says what it was made of, and how many were made before it. */
function world() {
  const toys = createToyWorld();
  const journal = createToyJournal();
  const recipe: Recipe = toyRecipe([toyStep('s', 'cell', { name: 'a' })], { secrets });
  const made: string[] = [];
  const outside: Outside = {
    ...toyOutside(toys, journal),
    async generateSecret({ name }, material: SecretMaterial) {
      made.push(name);
      const parts = Object.entries(material).map(([part, value]) => `${part}=(${String(value)})`);
      return [`${name}#${made.length}`, ...parts].join(' ');
    },
  };
  const header = { ...toyHeader(toyProgram(recipe, toys)), inputs: { host: 'cloud.lan' } };
  const mention = async (...names: string[]): Promise<readonly JournalEvent[]> => {
    made.length = 0;
    const before = journal.events.length;
    const step = toyStep(
      's',
      'cell',
      deferred(
        {},
        names.map((name) => ({ root: 'secrets', name }) as const),
      ),
    );
    const publisher = createPublisher(journal, toys.vault, [], virtualState(header));
    await makeSecretsOf(step, recipe, outside, publisher, async () => 'make');
    return journal.events.slice(before);
  };
  const stage = (...names: string[]): Promise<void> => {
    made.length = 0;
    return stageNewValues(names, recipe, virtualState(header), outside);
  };
  return { vault: toys.vault, mention, stage, made };
}

describe('secrets that a step mentions', () => {
  it('are made after what they are made of, and nothing else is', async () => {
    const { mention, made, vault } = world();
    await mention('bundle');
    expect(made).toEqual(['key', 'site', 'word', 'bundle']);
    expect(vault.value('site')).toBe('site#2 of=(key#1) subject=(Our cloud) names=(cloud.lan,10.0.0.1)');
    expect(vault.value('bundle')).toBe(`bundle#4 of=(${vault.value('site')}) key=(key#1) password=(${vault.value('word')})`);
    expect(vault.names()).toEqual(['bundle', 'key', 'site', 'word']);
  });

  it('are told of, each once', async () => {
    const { mention } = world();
    const events = await mention('hash');
    expect(events.map((event) => event.type === 'secret.generated' && event.name)).toEqual(['word', 'hash']);
    expect(await mention('hash', 'word')).toEqual([]);
  });

  it('are made of the value that is there', async () => {
    const { mention, made, vault } = world();
    await vault.put('word', 'typed by a person');
    await mention('hash');
    expect(made).toEqual(['hash']);
    expect(vault.value('hash')).toBe('hash#1 of=(typed by a person)');
  });

  it('are made anew with what they are made of', async () => {
    const { mention, made, vault } = world();
    await mention('bundle', 'hash');
    await vault.remove(['key']);
    await mention('bundle', 'hash', 'key');
    expect(made).toEqual(['key', 'site', 'bundle']);
    expect(vault.value('bundle')).toContain(`key=(${vault.value('key')})`);
    expect(vault.value('site')).toContain(`of=(${vault.value('key')})`);
  });

  it('stay as they are while what they were made of is missing and nobody asks for it', async () => {
    const { mention, made, vault } = world();
    await vault.put('site', 'a certificate that a person brought');
    expect(await mention('site')).toEqual([]);
    expect([made, vault.value('site')]).toEqual([[], 'a certificate that a person brought']);
  });

  it('never contradict each other, wherever a crash comes: each is there with what it was made of, or not at all', async () => {
    const { vault, mention } = world();
    await mention('bundle', 'hash');
    const before = new Map(vault.names().map((name) => [name, vault.value(name) as string]));
    for (let survives = 0; ; survives++) {
      for (const name of vault.names()) await vault.remove([name]);
      for (const [name, value] of before) await vault.put(name, value);
      await vault.remove(['key']);
      let left = survives;
      const dying =
        <A extends unknown[]>(act: (...args: A) => Promise<void>) =>
        async (...args: A): Promise<void> => {
          if (left-- === 0) throw new Error('crash');
          await act(...args);
        };
      const whole = { put: vault.put, remove: vault.remove };
      Object.assign(vault, { put: dying(vault.put.bind(vault)), remove: dying(vault.remove.bind(vault)) });
      const crashed = await mention('key', 'bundle').then(
        () => false,
        () => true,
      );
      Object.assign(vault, whole);
      const [key, site] = [vault.value('key'), vault.value('site')];
      if (key !== undefined && site !== undefined) expect(site).toContain(`of=(${key})`);
      if (site !== undefined && vault.value('bundle') !== undefined) expect(vault.value('bundle')).toContain(`of=(${site})`);
      await mention('key', 'bundle');
      expect(vault.value('bundle')).toContain(`key=(${vault.value('key')})`);
      if (!crashed) return;
    }
  });
});

describe('new values for a rotation', () => {
  it('are made of new ones where there are such, and of those in force else', async () => {
    const { mention, stage, made, vault } = world();
    await mention('bundle', 'hash');
    const [key, word] = [vault.value('key'), vault.value('word')];
    // In no order at all.
    await stage('hash', 'bundle', 'word');
    expect(made).toEqual(['word', 'hash', 'bundle']);
    expect(vault.staged('hash')).toBe(`hash#2 of=(${vault.staged('word')})`);
    expect(vault.staged('bundle')).toBe(`bundle#3 of=(${vault.value('site')}) key=(${key}) password=(${vault.staged('word')})`);
    expect([vault.value('word'), vault.staged('key'), vault.staged('site')]).toEqual([word, undefined, undefined]);
  });

  it('stay what a crash left of them', async () => {
    const { mention, stage, made, vault } = world();
    await mention('bundle');
    await stage('key');
    const staged = vault.staged('key');
    await stage('key', 'site', 'bundle');
    expect(made).toEqual(['site', 'bundle']);
    expect(vault.staged('site')).toContain(`of=(${staged})`);
    expect(vault.staged('bundle')).toContain(`of=(${vault.staged('site')}) key=(${staged})`);
  });
});
