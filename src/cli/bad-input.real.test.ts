import { chown, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { folderTree } from '../testing/folder-tree.ts';
import { copyForNobody, type Unprivileged } from '../testing/unprivileged.ts';

const recipes = fixtureRecipe('.');

/** What a recipe would make; no case may bring it into being. */
let target: string;
let fresh: Fairlead;
let used: Fairlead;
let listener: Server;
let port: number;

beforeAll(async () => {
  target = await mkdtemp(join(tmpdir(), 'bad-input-'));
  await writeFile(join(target, 'list.yaml'), '- folder\n');
  await writeFile(join(target, 'broken.yaml'), 'folder: [/srv\n');
  await writeFile(join(target, 'relative.yaml'), 'folder: srv/greeting\n');
  await mkdir(join(target, 'a-folder'));
  await writeFile(join(target, 'a-file'), '');
  listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  port = (listener.address() as AddressInfo).port;
  const environment = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
  fresh = await createFairlead(environment);
  used = await createFairlead(environment);
  const { code, stdout } = await used.run('run', join(recipes, 'greeting'), '--input', `folder=${join(target, 'used')}`, '--yes');
  expect(code, stdout).toBe(0);
});

afterAll(async () => {
  listener?.close();
  await fresh?.cleanUp();
  await used?.cleanUp();
  await rm(target, { recursive: true, force: true });
});

/** A case: what is typed, the failure's code, and words that tell what, why or what next. */
type Case = readonly [law: string, args: () => readonly string[], code: string, ...says: (string | RegExp)[]];

const run = (recipe: string, ...args: readonly string[]) => ['run', join(recipes, recipe), '--yes', ...args];
const folder = (): readonly string[] => ['--input', `folder=${join(target, 'made')}`];

const table: readonly Case[] = [
  ['a recipe with a syntax error', () => run('syntax-error'), 'recipe.invalid', 'syntax-error/recipe.yaml:8:1: found'],
  [
    'an unknown step type',
    () => run('unknown-step-type'),
    'recipe.invalid',
    'unknown-step-type/recipe.yaml:7:11: found `host.directry`',
    'did you mean `host.directory`?',
  ],
  [
    'an unknown param',
    () => run('wrong-param'),
    'recipe.invalid',
    'wrong-param/recipe.yaml:8:31: found `mod`',
    'did you mean `mode`?',
  ],
  ['an unknown recipe', () => ['run', 'lighthous', '--yes'], 'recipe.not-found', '`lighthous`', 'Did you mean `lighthouse`?'],
  ['a path without a recipe', () => ['run', `${target}/nothing`, '--yes'], 'recipe.not-found', 'no recipe.yaml at that path'],
  [
    'an input that fails validation',
    () => run('greeting', '--input', 'folder=srv/greeting'),
    'inputs.invalid',
    'folder: must be an absolute path',
    '"srv/greeting"',
    '--input NAME=VALUE',
  ],
  [
    'several bad inputs, all of them said at once',
    () => run('greeting', ...folder(), '--input', 'port=70000', '--input', 'greeting=much longer than it may be'),
    'inputs.invalid',
    'port: must be 65535 or less',
    'greeting: must be',
  ],
  [
    'an unknown input',
    () => run('greeting', ...folder(), '--input', 'greting=hi'),
    'inputs.invalid',
    'greting: is no input of this recipe',
    'did you mean `greeting`?',
  ],
  [
    'a missing input',
    () => run('greeting', '--name', 'other'),
    'inputs.invalid',
    'folder: needs a value (Where the file lies)',
    '--input NAME=VALUE',
  ],
  ['an input without a value', () => run('greeting', '--input', 'folder'), 'usage.bad-input', 'name=value', '"folder"'],
  [
    'an answer without a value',
    () => run('greeting', ...folder(), '--answer', 'settings'),
    'usage.bad-answer',
    'step=value',
    '"settings"',
  ],
  [
    'a file of inputs that is not there',
    () => run('greeting', '--inputs', join(target, 'missing.yaml')),
    'usage.no-inputs-file',
    'missing.yaml',
    'Check its path',
  ],
  [
    'a file of inputs that is no YAML',
    () => run('greeting', '--inputs', join(target, 'broken.yaml')),
    'usage.bad-inputs-file',
    'broken.yaml',
    'broken.yaml:2:1',
    'a line for each input',
  ],
  [
    'a file of inputs that is a list',
    () => run('greeting', '--inputs', join(target, 'list.yaml')),
    'usage.bad-inputs-file',
    'list.yaml',
    'must be a map',
    'a line for each input',
  ],
  [
    'a file of inputs with a bad one',
    () => run('greeting', '--inputs', join(target, 'relative.yaml')),
    'inputs.invalid',
    'folder: must be an absolute path',
  ],
  [
    'a bad name of a deployment',
    () => run('greeting', ...folder(), '--name', 'No/Name'),
    'state.bad-name',
    '"No/Name"',
    'lower case',
  ],
  ['an unknown step', () => run('greeting', ...folder(), '--only', 'nope'), 'step.unknown', 'nope', 'folder, settings'],
  [
    'a deployment that is not there',
    () => ['task', 'nowhere', 'look', '--yes'],
    'deployment.unknown',
    'There is no deployment nowhere',
  ],
  [
    'a port that something else listens on',
    () => run('ports', ...folder(), '--input', `port=${port}`),
    'requires.port-in-use',
    /wants port \d+, and something else listens there/,
    'choose another port with --input',
  ],
  [
    'a folder where a file should be',
    () => run('paths', ...folder(), '--input', `file=${join(target, 'a-folder')}`),
    'host.is-a-directory',
    'Step file (Write the file): There should be a file at',
    'a folder is there',
  ],
  [
    'a file where a folder should be',
    () => run('paths', '--input', `folder=${join(target, 'a-file')}`, '--input', `file=${join(target, 'made')}`),
    'host.not-a-directory',
    'There should be a folder at',
    'out of the way',
  ],
  [
    'no Docker, and no step that brings it',
    () => run('network', '--input', 'subnet=172.31.250.0/24'),
    'docker.unreachable',
    'unix:///nonexistent/docker.sock',
    'docker.engine',
  ],
  ['an unknown command', () => ['rnu', 'lighthouse'], 'usage.unknown-command', '"rnu"', 'Did you mean `run`?'],
  ['an unknown command of secrets', () => ['secrets', 'lst', 'x'], 'usage.unknown-command', "'lst'", /Did you mean list\?/],
  ['an unknown option', () => ['plan', 'lighthouse', '--nam', 'x'], 'usage.unknown-option', "'--nam'", '--name?'],
  ['a missing argument', () => ['plan'], 'usage.missing-argument', "'recipe'", 'Every command has --help.'],
  ['an argument too many', () => ['status', 'x'], 'usage.excess-arguments', 'Expected 0 arguments but got 1'],
  [
    'an option with a value that it does not take',
    () => ['run', 'lighthouse', '--on-failure', 'shrug'],
    'usage.invalid-argument',
    "'shrug'",
    'stop, skip, retry',
  ],
];

const cases = table.map(([law, args, code, ...says]) => ({ law, args, code, says }));

const expectAll = (text: string, says: readonly (string | RegExp)[]): void => {
  for (const words of says) {
    if (typeof words === 'string') expect(text).toContain(words);
    else expect(text).toMatch(words);
  }
};

describe('on a host that was never installed on', () => {
  it.each(cases)('$law ends with 2, says so as one JSON line, and nothing is made', async ({ args, code, says }) => {
    const before = await folderTree(target);
    const end = await fresh.run(...args(), '--json');
    expect(end.code, end.stderr).toBe(2);
    expect(end.stdout).toBe('');
    const failure = failureLine(end.stderr);
    expect(failure.code).toBe(code);
    expectAll([failure.message, ...failure.hints].join('\n'), says);
    await expect(readdir(dirname(fresh.stateDir))).resolves.toEqual([]);
    expect(await folderTree(target)).toEqual(before);
  });
});

describe('where something is deployed already', () => {
  it.each(cases)('$law ends with 2, says so to people, and the records stay as they are', async ({ args, code, says }) => {
    const before = [await folderTree(used.stateDir), await folderTree(target)];
    const end = await used.run(...args());
    expect(end.code, end.stderr).toBe(2);
    expect(end.stdout).toBe('');
    expectAll(end.stderr, says);
    if (!code.startsWith('usage.')) expect(end.stderr).toContain(`(${code})`);
    expect(end.stderr).not.toMatch(/^\s+at .*\.[jt]s:/m);
    expect([await folderTree(used.stateDir), await folderTree(target)]).toEqual(before);
  });
});

it('a recipe that needs another one ends with 2 while that is not deployed, and runs when it is', async () => {
  const end = await fresh.run(...run('needs-another', ...folder()), '--json');
  expect(end.code).toBe(2);
  expect(failureLine(end.stderr)).toMatchObject({
    code: 'needs.missing',
    hints: ['Run it first: fairlead run greeting', expect.any(String)],
  });
  await expect(readdir(dirname(fresh.stateDir))).resolves.toEqual([]);
  const { code, stdout } = await used.run(...run('needs-another', '--input', `folder=${join(target, 'after')}`));
  expect(code, stdout).toBe(0);
});

describe('an unprivileged user', () => {
  let copy: Unprivileged;
  let nobody: Fairlead;

  beforeAll(async () => {
    copy = await copyForNobody();
    await cp(recipes, join(copy.folder, 'recipes'), { recursive: true });
    nobody = await createFairlead({}, copy.command);
    // He could write his records here: it is fairlead that must not.
    await chown(dirname(nobody.stateDir), 65534, 65534);
  });
  afterAll(async () => {
    await nobody?.cleanUp();
    await copy?.cleanUp();
  });

  it('is told before anything is written that a step needs root, and which', async () => {
    const file = join(dirname(nobody.stateDir), 'rooted');
    const end = await nobody.run('run', join(copy.folder, 'recipes', 'root-step'), '--input', `file=${file}`, '--yes', '--json');
    expect(end.code, end.stderr).toBe(2);
    expect(end.stdout).toBe('');
    const failure = failureLine(end.stderr);
    expect(failure.code).toBe('host.root-needed');
    expect(failure.message).toContain('Leave a mark');
    expect(failure.hints.join('\n')).toContain('sudo');
    await expect(readdir(dirname(nobody.stateDir))).resolves.toEqual([]);
  });

  it('runs what needs no root', async () => {
    const made = join(dirname(nobody.stateDir), 'greeting');
    const end = await nobody.run('run', join(copy.folder, 'recipes', 'greeting'), '--input', `folder=${made}`, '--yes');
    expect(end.code, end.stdout + end.stderr).toBe(0);
    expect(await readdir(made)).toEqual(['.env']);
  });
});
