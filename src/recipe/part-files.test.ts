import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadedRecipe, loadRecipe } from './load-recipe.ts';
import { toyTypes } from './toy-step-types.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const STEPS = `steps:
  - { id: one, title: One, uses: toy.file, with: { path: /a, content: '\${{ inputs.port }}' } }
`;

const recipe = (tasks: string): string => `recipe: toy
version: 1.0.0
title: A toy
inputs: { port: { type: port, title: The port, default: 80 } }
${STEPS}tasks:
${tasks}`;

const LOOK = `title: Look
inputs:
  whom: { type: string, title: Whom }
steps:
  - id: again
    title: Again
    uses: toy.file
    with: { path: /b, content: '\${{ inputs.whom }}' }
`;

async function load(files: Readonly<Record<string, string>>): Promise<LoadedRecipe> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return loadRecipe(folder, toyTypes);
}

/** The problems as `file:line:column code found`, with files as the recipe names them. */
async function problems(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const loaded = await load(files);
  if (loaded.ok) return [];
  return loaded.problems.map(
    ({ at, code, found }) => `${at.file.slice(folder.length + 1)}:${at.line}:${at.column} ${code} ${found}`,
  );
}

describe('a task in a file of its own', () => {
  it('is the task that stood in the recipe, at its place among the others', async () => {
    const tasks = '  last:\n    title: Last\n    changes: [port]\n  look: tasks/look.yaml\n';
    const apart = await load({ 'recipe.yaml': recipe(tasks), 'tasks/look.yaml': LOOK });
    if (!apart.ok) throw new Error(JSON.stringify(apart.problems));
    const [last, look] = apart.recipe.tasks;
    expect(apart.recipe.tasks.map(({ name }) => name)).toEqual(['last', 'look']);
    expect(last?.changes).toEqual(['port']);
    expect(look).toMatchObject({ title: 'Look', inputs: [{ name: 'whom' }], steps: [{ id: 'again' }] });
  });

  it('has its faults told where they stand: in that file, by its lines', async () => {
    const wrong = LOOK.replace('inputs.whom', 'inputs.who').replace('title: Again', 'titel: Again');
    expect(await problems({ 'recipe.yaml': recipe('  look: tasks/look.yaml\n'), 'tasks/look.yaml': wrong })).toEqual([
      'tasks/look.yaml:5:5 recipe.missing-key no `title`',
      'tasks/look.yaml:6:5 recipe.unknown-key `titel`',
      'tasks/look.yaml:8:37 recipe.unknown-name `inputs.who`',
    ]);
  });

  it.each([
    ['tasks/absent.yaml', 'recipe.yaml:8:9 recipe.missing-file `tasks/absent.yaml`'],
    ['../outside.yaml', 'recipe.yaml:8:9 recipe.missing-file `../outside.yaml`'],
    ['/etc/passwd', 'recipe.yaml:8:9 recipe.missing-file `/etc/passwd`'],
  ])('is a file of the recipe: not %s', async (path, told) => {
    expect(await problems({ 'recipe.yaml': recipe(`  look: ${path}\n`) })).toEqual([told]);
  });

  it('is YAML like a recipe: broken, empty or a list, it is said so', async () => {
    const of = (text: string): Promise<readonly string[]> =>
      problems({ 'recipe.yaml': recipe('  look: tasks/look.yaml\n'), 'tasks/look.yaml': text });
    expect((await of('title: [')).map((line) => line.split(' ')[1])).toEqual(['recipe.yaml-syntax']);
    expect(await of('')).toEqual([expect.stringContaining('recipe.wrong-type')]);
    expect(await of('- a\n')).toEqual(['tasks/look.yaml:1:1 recipe.wrong-type a list']);
  });

  it('belongs to the digest of the recipe', async () => {
    const digests = [];
    for (const text of [LOOK, LOOK.replace('/b', '/c')]) {
      const loaded = await load({ 'recipe.yaml': recipe('  look: tasks/look.yaml\n'), 'tasks/look.yaml': text });
      digests.push(loaded.ok && loaded.recipe.digest);
    }
    expect(new Set(digests).size).toBe(2);
  });
});

describe('a step in a file of its own', () => {
  const STEP = `id: again
title: Again
uses: toy.file
with: { path: /b, content: '\${{ inputs.port }}' }
`;
  const sharing = `  look:
    title: Look
    steps:
      - steps/again.yaml
      - { id: then, title: Then, uses: toy.file, after: again, with: { path: /c, content: text } }
  other: tasks/other.yaml
`;
  const OTHER = 'title: Other\nsteps:\n  - steps/again.yaml\n';

  it('is the step that stood there, in each task that has it, and in the recipe', async () => {
    const loaded = await load({ 'recipe.yaml': recipe(sharing), 'tasks/other.yaml': OTHER, 'steps/again.yaml': STEP });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.recipe.tasks.map(({ steps }) => steps.map(({ id }) => id))).toEqual([['again', 'then'], ['again']]);
    const own = recipe('')
      .replace(/ {2}- \{ id: one.*\n/, '  - steps/again.yaml\n')
      .replace('tasks:\n', '');
    const inRecipe = await load({ 'recipe.yaml': own, 'steps/again.yaml': STEP });
    expect(inRecipe.ok && inRecipe.recipe.steps.map(({ id }) => id)).toEqual(['again']);
  });

  it('has its faults told once, where they stand', async () => {
    const wrong = { 'recipe.yaml': recipe(sharing), 'tasks/other.yaml': OTHER, 'steps/again.yaml': STEP.replace('port', 'prot') };
    expect(await problems(wrong)).toEqual(['steps/again.yaml:4:33 recipe.unknown-name `inputs.prot`']);
  });

  it('that is not there is told of in each place that names it', async () => {
    expect(await problems({ 'recipe.yaml': recipe(sharing), 'tasks/other.yaml': OTHER })).toEqual([
      'recipe.yaml:11:9 recipe.missing-file `steps/again.yaml`',
      'tasks/other.yaml:3:5 recipe.missing-file `steps/again.yaml`',
    ]);
  });
});
