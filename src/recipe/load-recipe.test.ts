import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deferred, Recipe, Scope } from '../model/recipe.ts';
import { SecretText, secretText } from '../model/secrets.ts';
import { withTaskInputs } from '../model/task-inputs.ts';
import { loadRecipe } from './load-recipe.ts';
import { toyTypes } from './toy-step-types.ts';
import { parseYaml } from './yaml-source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function load(yaml: string, files: Readonly<Record<string, string>> = {}): Promise<Recipe> {
  await write({ 'recipe.yaml': yaml, ...files });
  const loaded = await loadRecipe(folder, toyTypes);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, undefined, 2));
  return loaded.recipe;
}

const scope: Scope = {
  inputs: { port: 8080, host: 'cloud.lan', tls: true },
  secrets: { key: secretText('key') },
  previous: {},
  steps: { token: { code: new SecretText([{ $secret: 'token.code' }]) } },
  deployment: { name: 'home' },
  recipe: { name: 'toy', version: '1.0.0' },
  needs: { 'reverse-proxy': { address: '10.0.0.1' } },
};

const GOOD = `# yaml-language-server: $schema=../recipe.schema.json
recipe: toy
version: 1.2.3-rc.1
title: A toy
summary: For the tests
source: Nowhere
requires:
  arch: x86_64
  memory: 2 GiB
  disk: 512
  ports: [80, '\${{ inputs.port }}']
needs: [reverse-proxy]
inputs:
  port: { type: port, title: The port, default: 8080, min: 1024 }
  host: { type: hostname, title: The host }
  tls: { type: boolean, title: TLS, default: false }
secrets:
  key: { generate: base64, bytes: 32, keeps: { path: '/srv/\${{ deployment.name }}/\${{ inputs.host }}' } }
steps:
  - id: token
    title: Capture
    uses: toy.capture
    with: { pattern: 'ott (?<code>\\d+)' }
    sensitive: true
    timeout: 1h30m
    retry: { times: 3, delay: 2s }
    tags: [slow]
  - id: file
    title: Write
    uses: toy.file
    when: inputs.tls && inputs.port > 80
    after: token
    danger: true
    was: old_file
    explain: Why.
    with:
      path: /srv/\${{ deployment.name }}
      content: |
        key=\${{ url(secrets.key) }}
        not an expression: $\${{ x }}
      template: conf/app.conf
      copy: files/conf
      port: \${{ inputs.port }}
      env: { PORT: '\${{ inputs.port }}', TOKEN: '\${{ steps.token.code }}' }
      anything: { list: ['\${{ [1, 2, inputs.port] }}', null, 1.5] }
tasks:
  look:
    title: Look
    inputs:
      user: { type: email, title: Whom }
    steps:
      - id: again
        title: Again
        uses: toy.file
        danger: \${{ recipe.name }}
        with: { path: '/\${{ needs.reverse_proxy.address }}', content: '\${{ steps.token.code }} \${{ inputs.user }}' }
    finish: Size \${{ steps.again.size }}
  move: { title: Move, changes: [port] }
finish: See http://\${{ inputs.host }}:\${{ inputs.port }}/
`;

const FILES = {
  'files/conf/app.conf': 'host = ${{ inputs.host }}\nkey = ${{ json(secrets.key) }}\n',
  'test/x.test.ts': 'x',
  '.swp': 'x',
};

describe('a good recipe', () => {
  it('may say of an input where it is asked for, bare or in braces; what may be null then is compared as such', async () => {
    const recipe = await load(`recipe: toy
version: 1.0.0
title: A toy
inputs:
  tls: { type: choice, choices: [make, import], title: TLS, default: make }
  key: { type: path, title: Key, when: inputs.tls == 'import' }
  word: { type: secret, title: Word, when: "\${{ inputs.key != null }}" }
  more: { type: string, title: More, when: inputs.word != null, default: x }
steps:
  - id: one
    title: One
    uses: toy.file
    when: inputs.key != null
    with: { path: '/\${{ inputs.more }}', content: '\${{ inputs.key }}\${{ inputs.word }}' }
tasks:
  look:
    title: Look
    inputs:
      user: { type: string, title: User, when: inputs.tls == 'make' }
      group: { type: string, title: Group, optional: true, when: inputs.user != null }
    steps: [{ id: two, title: Two, uses: toy.file, with: { path: '/\${{ inputs.user }}\${{ inputs.group }}' } }]
`);
    const [tls, key, word, more] = recipe.inputs;
    expect(tls?.when).toBeUndefined();
    const asked = { ...scope, inputs: { tls: 'import', key: '/k', word: null } };
    const unasked = { ...scope, inputs: { tls: 'make', key: null, word: null } };
    expect([key, word, more].map((input) => input?.when?.evaluate(asked))).toEqual([true, true, false]);
    expect([key, word, more].map((input) => input?.when?.evaluate(unasked))).toEqual([false, false, false]);
    expect([key, word].map((input) => input?.when?.source)).toEqual(["inputs.tls == 'import'", 'inputs.key != null']);
    expect(recipe.tasks[0]?.inputs.map(({ when }) => when?.references)).toEqual([
      [{ root: 'inputs', name: 'tls' }],
      [{ root: 'inputs', name: 'user' }],
    ]);
  });

  it('is read with all that it says', async () => {
    const recipe = await load(GOOD, FILES);
    expect(recipe).toMatchObject({
      name: 'toy',
      version: '1.2.3-rc.1',
      title: 'A toy',
      summary: 'For the tests',
      source: 'Nowhere',
      folder,
      needs: ['reverse-proxy'],
      requires: { arch: ['x86_64'], memory: 2048, disk: 512 },
    });
    expect(recipe.inputs.map(({ name, type, at }) => [name, type, at.line])).toEqual([
      ['port', 'port', 14],
      ['host', 'hostname', 15],
      ['tls', 'boolean', 16],
    ]);
    expect(recipe.secrets).toMatchObject([{ name: 'key', generate: 'base64', bytes: 32 }]);
    const keeps = recipe.secrets[0]?.keeps as { readonly path: Deferred };
    expect(keeps.path.evaluate(scope)).toBe('/srv/home/cloud.lan');
    expect(keeps.path.references.map(({ root }) => root)).toEqual(['deployment', 'inputs']);
    expect(recipe.steps[0]).toMatchObject({
      id: 'token',
      sensitive: true,
      timeoutMs: 5_400_000,
      retry: { times: 3, delayMs: 2000 },
      tags: ['slow'],
      host: 'local',
      after: [],
      at: { file: join(folder, 'recipe.yaml'), line: 20, column: 5 },
    });
    expect(recipe.steps[1]).toMatchObject({ after: ['token'], was: 'old_file', explain: 'Why.', sensitive: false });
    expect(recipe.tasks).toMatchObject([
      { name: 'look', title: 'Look', inputs: [{ name: 'user', type: 'email' }], steps: [{ id: 'again' }] },
      { name: 'move', title: 'Move', inputs: [], changes: ['port'], steps: [] },
    ]);
    expect(withTaskInputs(recipe, 'look').inputs.map(({ name }) => name)).toEqual(['port', 'host', 'tls', 'user']);
    expect(withTaskInputs(recipe, undefined)).toBe(recipe);
  });

  it('fills in its params, keeping types where an expression stands alone', async () => {
    const recipe = await load(GOOD, FILES);
    const [token, step] = recipe.steps;
    expect(token?.params.evaluate(scope)).toEqual({ pattern: 'ott (?<code>\\d+)' });
    const params = step?.params.evaluate(scope) as Record<string, unknown>;
    expect(params).toMatchObject({ path: '/srv/home', port: 8080, anything: { list: [[1, 2, 8080], null, 1.5] } });
    expect(params.env).toEqual({ PORT: '8080', TOKEN: scope.steps.token?.code });
    expect((params.content as SecretText).parts).toEqual([
      'key=',
      { as: 'url', of: [{ $secret: 'key' }] },
      '\nnot an expression: ${{ x }}\n',
    ]);
    expect((params.template as SecretText).parts).toEqual([
      'host = ',
      'cloud.lan',
      '\nkey = ',
      { as: 'json', of: [{ $secret: 'key' }] },
      '\n',
    ]);
    expect(params.copy).toMatchObject({ recipeFile: 'files/conf', path: join(folder, 'files/conf') });
    expect((params.copy as { digest: string }).digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('evaluates its conditions, words, ports and its finish', async () => {
    const recipe = await load(GOOD, FILES);
    const step = recipe.steps[1];
    expect(step?.when?.evaluate(scope)).toBe(true);
    expect(step?.when?.evaluate({ ...scope, inputs: { ...scope.inputs, tls: false } })).toBe(false);
    expect(step?.danger?.evaluate(scope)).toBe('home');
    expect(recipe.requires.ports.map((port) => port.evaluate(scope))).toEqual([80, 8080]);
    expect(recipe.finish?.evaluate(scope)).toBe('See http://cloud.lan:8080/\n'.trim());
    expect(recipe.tasks[0]?.steps[0]?.danger?.evaluate(scope)).toBe('toy');
    expect(
      recipe.tasks[0]?.steps[0]?.params.evaluate({ ...scope, inputs: { ...scope.inputs, user: 'me@home.lan' } }),
    ).toMatchObject({ path: '/10.0.0.1' });
  });

  it('names what its params refer to, templates included', async () => {
    const recipe = await load(GOOD, FILES);
    expect(recipe.steps[1]?.params.references).toEqual(
      expect.arrayContaining([
        { root: 'deployment', name: 'name' },
        { root: 'inputs', name: 'host' },
        { root: 'secrets', name: 'key' },
        { root: 'steps', name: 'token', field: 'code' },
      ]),
    );
    expect(recipe.finish?.references).toEqual([
      { root: 'inputs', name: 'host' },
      { root: 'inputs', name: 'port' },
    ]);
  });

  it('has a digest that follows its files, but not its tests and dot files', async () => {
    const { digest } = await load(GOOD, FILES);
    expect((await load(GOOD, { 'test/other.ts': 'y', '.other': 'y' })).digest).toBe(digest);
    expect((await load(GOOD, { 'files/conf/app.conf': 'changed' })).digest).not.toBe(digest);
    expect((await load(GOOD, { ...FILES, 'files/more': '' })).digest).not.toBe(digest);
  });

  it('says which step was skipped when its output is wanted', async () => {
    const recipe = await load(GOOD, FILES);
    const evaluate = () => recipe.steps[1]?.params.evaluate({ ...scope, steps: {} });
    expect(evaluate).toThrow(/`steps\.token\.code` at .*recipe\.yaml:44:\d+ can't be evaluated: the step `token` was skipped/);
    expect(evaluate).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'recipe.expression-failed' }) }));
  });
});

describe('the speed of loading', () => {
  it('is the speed of reading YAML: checking a thousand steps takes no longer than parsing them twice', async () => {
    const steps = Array.from(
      { length: 1000 },
      (_, index) => `  - id: s${index}
    title: Step number ${index}
    uses: toy.file
${index === 0 ? '' : `    after: s${index - 1}\n`}    with:
      path: /srv/\${{ inputs.host }}/${index}
      content: "\${{ inputs.host }} has ${index === 0 ? '' : `\${{ steps.s${index - 1}.size }}`}"
`,
    );
    const yaml = `recipe: toy\nversion: 1.0.0\ntitle: A toy\ninputs:\n  host: { type: hostname, title: Host }\nsteps:\n${steps.join('')}`;
    expect((await load(yaml)).steps).toHaveLength(1000);
    // Each measured by its best round, side by side, and by the work it takes: other tests run on the same cores.
    const work = (): number => process.cpuUsage().user;
    let [parsing, loading] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 3; round++) {
      const start = work();
      // Another text each time: the one that was parsed last is not parsed again.
      parseYaml('recipe.yaml', `${yaml}# ${round}\n`);
      const parsed = work();
      await loadRecipe(folder, toyTypes);
      parsing = Math.min(parsing, parsed - start);
      loading = Math.min(loading, work() - parsed);
    }
    expect(loading).toBeLessThan(3 * parsing);
  }, 300_000);
});

it('a secret’s rotation has steps of its own, which see the new value, the previous one, and what the recipe’s steps leave', async () => {
  const recipe = await load(`recipe: toy
version: 1.0.0
title: A toy
secrets:
  key:
    generate: hex
    rotate:
      - id: tell
        title: Tell
        uses: toy.file
        with: { path: /b, content: '\${{ previous.key }} \${{ secrets.key }}' }
steps:
  - id: one
    title: One
    uses: toy.file
    with: { path: /a, content: '\${{ secrets.key }}' }
`);
  const [tell] = recipe.secrets[0]?.rotate ?? [];
  const params = tell?.params.evaluate({
    ...scope,
    secrets: { key: secretText('key', true) },
    previous: { key: secretText('key') },
  });
  expect(tell?.id).toBe('tell');
  expect((params?.content as SecretText | undefined)?.parts).toEqual([{ $secret: 'key' }, ' ', { $secret: 'key', staged: true }]);
});
