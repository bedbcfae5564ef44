import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { folderTree } from '../testing/folder-tree.ts';
import { buildProgram } from './command-line.ts';
import { version } from './version.ts';

/** Nothing was ever installed with this one. */
let empty: Fairlead;
/** With this one `greeting` is installed, as the deployment `hello`. */
let fairlead: Fairlead;
let folder: string;
/** The id of the run that installed it. */
let run: string;

beforeAll(async () => {
  empty = await createFairlead();
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'commands-'));
  const { code, stdout, stderr } = await fairlead.run('run', ...greeting(), '--yes', '--json');
  expect(code, stderr).toBe(0);
  run = (JSON.parse(stdout.split('\n')[0] ?? '') as { run: string }).run;
});
afterAll(async () => {
  await empty?.cleanUp();
  await fairlead?.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const greeting = (): readonly string[] => [fixtureRecipe('greeting'), '--name', 'hello', '--input', `folder=${folder}/hello`];

/** The one JSON document on standard output. */
const documentOf = ({ code, stdout, stderr }: FairleadEnd, expected = 0): unknown => {
  expect(code, stderr).toBe(expected);
  return JSON.parse(stdout);
};
/** The failure of a command that was refused: nothing on standard output, and on standard error the failure alone. */
const refused = async (code: number, ...args: readonly string[]) => {
  const end = await fairlead.run(...args, '--json');
  expect(end.code, end.stderr).toBe(code);
  expect(end.stdout).toBe('');
  return failureLine(end.stderr);
};

describe('fairlead', () => {
  it('without a command and without a terminal says so and prints the help', async () => {
    const { code, stdout, stderr } = await empty.run();
    expect(code).toBe(0);
    expect(stderr).toContain('there is no terminal here');
    expect(stdout).toMatch(/^Usage: fairlead/);
    expect(stdout).toContain('run <recipe>');
  });

  it.each(['--version', '-V'])('%s prints the version and nothing else', async (option) => {
    const about = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await empty.run(option)).toMatchObject({ code: 0, stdout: `${about.version}\n` });
    expect(version).toBe(about.version);
  });

  const names = (command: Command): readonly string[] =>
    command.commands.flatMap((child) => [child.name(), ...names(child).map((below) => `${child.name()} ${below}`)]);
  const commands = names(buildProgram([], () => undefined));

  it.each(commands)('%s --help says how it is used, and ends with 0', async (name) => {
    const { code, stdout, stderr } = await empty.run(...name.split(' '), '--help');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: fairlead ${name}\\b`));
    expect(stdout).toContain('-h, --help');
  });

  it('help COMMAND is the same as COMMAND --help', async () => {
    expect((await empty.run('help', 'plan')).stdout).toBe((await empty.run('plan', '--help')).stdout);
  });

  it('looking makes nothing: no state folder, no configuration', async () => {
    const looks = [
      ['list'],
      ['status'],
      ['runs'],
      ['show', 'lighthouse'],
      ['lint', 'lighthouse'],
      ['plan', ...greeting()],
      ['doctor'],
    ];
    for (const args of looks) {
      const { code, stdout, stderr } = await empty.run(...args);
      expect(code, stderr).toBe(0);
      expect(stdout).not.toBe('');
    }
    await expect(readdir(join(empty.stateDir, '..'))).resolves.toEqual([]);
  });
});

describe('recipes', () => {
  it('list shows what is shipped', async () => {
    expect((await fairlead.run('list')).stdout).toMatch(/^lighthouse +\d+\.\d+\.\d+ +Lighthouse/m);
    const listed = documentOf(await fairlead.run('list', '--json'));
    expect(listed).toContainEqual(
      expect.objectContaining({ name: 'lighthouse', folder: expect.stringMatching(/\/lighthouse$/) }),
    );
  });

  it('show is a runbook: what is asked, what is kept secret, and the steps in order', async () => {
    const { stdout } = await fairlead.run('show', fixtureRecipe('greeting'));
    expect(stdout).toContain('folder  Where the file lies (path, required)');
    expect(stdout).toContain('token  hex');
    expect(stdout).toMatch(/1\. Make the folder.*2\. Write the settings.*look {2}Look at the settings/s);
    expect(documentOf(await fairlead.run('show', fixtureRecipe('greeting'), '--json'))).toMatchObject({
      name: 'greeting',
      inputs: [{ name: 'folder' }, { name: 'greeting', default: 'hello' }, { name: 'port', default: 8080 }],
      steps: [{ id: 'folder' }, { id: 'settings', uses: 'file.env' }],
      tasks: [
        { name: 'look', inputs: [], changes: [] },
        { name: 'count', inputs: ['what', 'most'] },
        { name: 'regreet', changes: ['greeting', 'port'] },
      ],
    });
  });

  it('lint says every problem of every recipe with its file, line and column, and ends with 2', async () => {
    const bad = ['syntax-error', 'unknown-step-type', 'wrong-param'].map(fixtureRecipe);
    const { code, stdout } = await fairlead.run('lint', ...bad, fixtureRecipe('greeting'));
    expect(code).toBe(2);
    const places = stdout
      .split('\n')
      .map((line) => /([\w-]+\/recipe\.yaml:\d+:\d+): found .*; expected .* \[recipe\.[\w-]+]$/.exec(line)?.[1]);
    expect(places).toEqual([
      'syntax-error/recipe.yaml:8:1',
      'unknown-step-type/recipe.yaml:7:11',
      'wrong-param/recipe.yaml:8:31',
      undefined,
    ]);
    const json = await fairlead.run('lint', ...bad, '--json');
    expect(documentOf(json, 2)).toMatchObject({
      checked: 3,
      problems: expect.arrayContaining([expect.stringContaining(':8:31:')]),
    });
    expect(failureLine(json.stderr).code).toBe('recipe.invalid');
  });

  it('lint of a sound recipe ends with 0, by folder, by file and by name', async () => {
    for (const path of [fixtureRecipe('greeting'), join(fixtureRecipe('greeting'), 'recipe.yaml'), 'lighthouse']) {
      expect(await fairlead.run('lint', path)).toMatchObject({ code: 0, stdout: 'ok: 1 checked\n' });
    }
    expect((await refused(2, 'lint', './nowhere')).code).toBe('recipe.not-found');
  });
});

describe('plan and drift', () => {
  it('plan --json meets its published schema, with differences and without', async () => {
    const schema = JSON.parse(
      await readFile(new URL('../../snapshots/schemas/plan.schema.json', import.meta.url), 'utf8'),
    ) as object;
    const validate = new Ajv({ allErrors: true }).compile(schema);
    for (const args of [
      greeting(),
      [...greeting(), '--input', 'greeting=hi'],
      [fixtureRecipe('needs-a-file'), '--name', 'another', '--input', `folder=${folder}`],
      [fixtureRecipe('by-hand'), '--name', 'another', '--input', `folder=${folder}`],
    ]) {
      const plan = documentOf(await fairlead.run('plan', ...args, '--json'));
      expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
    }
    expect(validate({ v: 1 })).toBe(false);
  });

  it('plan ends with 0 in any case, with --exit-code with 5 where there are differences; it changes nothing', async () => {
    const before = [await folderTree(folder), await folderTree(fairlead.stateDir)];
    const other = [...greeting(), '--input', 'greeting=good morning'];
    expect((await fairlead.run('plan', ...other)).code).toBe(0);
    expect((await fairlead.run('plan', ...greeting(), '--exit-code')).code).toBe(0);
    const { code, stdout } = await fairlead.run('plan', ...other, '--exit-code');
    expect(code).toBe(5);
    expect(stdout).toContain('hello -> good morning');
    const json = await fairlead.run('plan', ...other, '--exit-code', '--json');
    expect(documentOf(json, 5)).toMatchObject({ counts: { update: 1, nothing: 1 } });
    expect(failureLine(json.stderr).code).toBe('plan.differences');
    expect([await folderTree(folder), await folderTree(fairlead.stateDir)]).toEqual(before);
  });

  it('drift ends with 0 while all is as installed, with 5 and what differs when a hand was at it, and with 0 after a run', async () => {
    expect(await fairlead.run('drift', 'hello')).toMatchObject({ code: 0, stdout: 'hello is as its recipe says.\n' });
    const file = join(folder, 'hello', '.env');
    await writeFile(file, (await readFile(file, 'utf8')).replace('GREETING=hello', 'GREETING=bye'));
    const drifted = await fairlead.run('drift', 'hello');
    expect(drifted.code).toBe(5);
    expect(drifted.stdout).toContain('bye -> hello');
    const json = await fairlead.run('drift', 'hello', '--json');
    expect(documentOf(json, 5)).toMatchObject({ deployment: 'hello', steps: [{ step: 'settings' }] });
    expect(failureLine(json.stderr).code).toBe('plan.differences');
    expect((await fairlead.run('run', ...greeting(), '--yes', '--on-drift', 'overwrite')).code).toBe(0);
    expect((await fairlead.run('drift', 'hello')).code).toBe(0);
    expect((await refused(2, 'drift', 'nowhere')).code).toBe('deployment.unknown');
  });
});

describe('a recipe that only reads', () => {
  let own: Fairlead;
  beforeAll(async () => {
    own = await createFairlead();
  });
  afterAll(() => own?.cleanUp());
  const reads = (): readonly string[] => [fixtureRecipe('only-reads'), '--input', `folder=${folder}`];

  it('is no difference in a plan nor drift, and is run without a yes, each time anew', async () => {
    const { code, stdout } = await own.run('plan', ...reads(), '--exit-code');
    expect(code).toBe(0);
    expect(stdout).toContain(`< ls -d ${folder}\n`);
    expect(stdout).toContain('Plan: 1 to read (<).\n');
    for (const time of ['first', 'second']) {
      const end = await own.run('run', ...reads());
      expect(end.code, `${time}: ${end.stderr}`).toBe(0);
      expect(end.stdout, time).toMatch(/: 1 ok\.$/m);
      expect(end.stdout, time).toContain(`There is ${folder}.`);
    }
    expect(await own.run('drift', 'only-reads')).toMatchObject({
      code: 0,
      stdout: 'only-reads is as its recipe says.\n',
    });
  });

  it('is refused a guard, at its place', async () => {
    const [path, text] = [join(folder, 'recipe.yaml'), await readFile(join(fixtureRecipe('only-reads'), 'recipe.yaml'), 'utf8')];
    await writeFile(path, text.replace('reads_only: true', 'reads_only: true, creates: /srv'));
    const { code, stdout } = await own.run('lint', path);
    expect(code).toBe(2);
    expect(stdout).toContain('recipe.yaml:10:11');
    expect(stdout).toContain('not `reads_only` and `creates` together');
  });
});

describe('the record', () => {
  it('status and runs name the deployment, its recipe and how its runs ended', async () => {
    expect((await fairlead.run('status')).stdout).toMatch(/^hello +greeting 1\.0\.0 +installed/m);
    expect(documentOf(await fairlead.run('status', '--json'))).toContainEqual(
      expect.objectContaining({ deployment: 'hello', recipe: 'greeting', version: '1.0.0', state: 'installed' }),
    );
    expect((await fairlead.run('runs')).stdout).toMatch(new RegExp(`^${run} +hello +greeting 1\\.0\\.0 +ok`, 'm'));
    expect(documentOf(await fairlead.run('runs', '--json'))).toContainEqual(
      expect.objectContaining({ run, deployment: 'hello', kind: 'converge', standing: 'ok' }),
    );
    expect(documentOf(await empty.run('status', '--json'))).toEqual([]);
    expect(documentOf(await empty.run('runs', '--json'))).toEqual([]);
  });

  it('export is the journal, byte for byte', async () => {
    const journal = await readFile(join(fairlead.stateDir, 'deployments', 'hello', 'runs', run, 'journal.ndjson'), 'utf8');
    expect((await fairlead.run('export', run)).stdout).toBe(journal);
    expect((await refused(2, 'export', 'nowhere')).code).toBe('run.unknown');
    const nothing = await empty.run('export', '--json');
    expect(nothing.code).toBe(2);
    expect(failureLine(nothing.stderr)).toMatchObject({ code: 'run.which', message: 'There is no run yet.' });
  });

  it('a journal that was written in is refused with 1, and is left as it is', async () => {
    const other = await createFairlead();
    try {
      expect((await other.run('run', ...greeting(), '--name', 'torn', '--input', `folder=${folder}/torn`, '--yes')).code).toBe(0);
      const [id = ''] = await readdir(join(other.stateDir, 'deployments', 'torn', 'runs'));
      const journal = join(other.stateDir, 'deployments', 'torn', 'runs', id, 'journal.ndjson');
      const forged = (await readFile(journal, 'utf8')).replace('Make the folder', 'Make a folder');
      await writeFile(journal, forged);
      const end = await other.run('export', id, '--json');
      expect(end.code).toBe(1);
      expect(failureLine(end.stderr).code).toMatch(/^journal\./);
      expect(await readFile(journal, 'utf8')).toBe(forged);
    } finally {
      await other.cleanUp();
    }
  });

  it('task does a day-2 operation; an unknown one is refused with the names of those there are', async () => {
    const end = await fairlead.run('task', 'hello', 'look', '--yes');
    expect(end.code, end.stdout).toBe(0);
    const failure = await refused(2, 'task', 'hello', 'lok', '--yes');
    expect(failure).toMatchObject({ code: 'task.unknown', hints: [expect.stringContaining('look')] });
  });
});

describe('a task', () => {
  it('is found in a list of them, where none is named', async () => {
    const { code, stdout, stderr } = await fairlead.run('task', 'hello');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^TASK +WHAT IT DOES +INPUTS\n/);
    expect(stdout).toMatch(/\ncount +\S.* what, most\n/);
    expect(JSON.parse((await fairlead.run('task', 'hello', '--json')).stdout)).toContainEqual(
      expect.objectContaining({ name: 'count', inputs: ['what', 'most'] }),
    );
  });

  it('is asked for its own inputs, which no later run knows of', async () => {
    expect(await refused(2, 'task', 'hello', 'count', '--yes')).toMatchObject({
      code: 'inputs.invalid',
      message: expect.stringContaining('what: needs a value (What they say)'),
    });
    expect(await refused(2, 'task', 'hello', 'look', '--yes', '--input', 'what=PORT')).toMatchObject({
      message: 'The task look has nothing to do with the input what.',
    });
    const { code, stdout, stderr } = await fairlead.run('task', 'hello', 'count', '--yes', '--json', '--input', 'what=PORT');
    expect(code, stderr).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ kind: 'task', inputs: { what: 'PORT', most: 5 } });
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', finish: 'PORT stands in 1 lines.' });
    const drift = await fairlead.run('drift', 'hello');
    expect(drift.code, drift.stderr).toBe(0);
  });

  it('goes on with other values of its own inputs, and with none of the recipe’s', async () => {
    const broken = await fairlead.run('task', 'hello', 'count', '--yes', '--input', 'what=[');
    expect(broken.code, broken.stderr).toBe(1);
    expect(await refused(2, 'resume', 'hello', '--yes', '--input', `folder=${folder}/other`)).toMatchObject({
      message: 'The task count has nothing to do with the input folder.',
    });
    const end = await fairlead.run('resume', 'hello', '--yes', '--json', '--input', 'what=PORT');
    expect(end.code, end.stderr).toBe(0);
    expect(end.stdout).toContain('PORT stands in 1 lines.');
  });

  it('that only reads is done without a yes and without a terminal, changes nothing, and says what it found', async () => {
    const end = await fairlead.run('task', 'hello', 'count', '--input', 'what=PORT');
    expect(end.code, end.stderr).toBe(0);
    expect(end.stdout).toMatch(/^Done in .*: 1 ok\.$/m);
    expect(end.stdout).toContain('PORT stands in 1 lines.');
    // One of which its recipe does not say so is not.
    expect((await fairlead.run('task', 'hello', 'look')).code).toBe(3);
    const broken = await fairlead.run('task', 'hello', 'count', '--input', 'what=[');
    expect(broken.code, broken.stderr).toBe(1);
    expect((await fairlead.run('resume', 'hello', '--input', 'what=PORT')).stdout).toMatch(/: 1 ok\.$/m);
  });

  it('that changes inputs does the recipe with them, and with no others', async () => {
    const env = join(folder, 'hello', '.env');
    expect(await refused(2, 'task', 'hello', 'regreet', '--yes')).toMatchObject({
      code: 'inputs.invalid',
      hints: [expect.stringContaining('greeting, port'), expect.anything()],
    });
    expect(await refused(2, 'task', 'hello', 'regreet', '--yes', '--input', `folder=${folder}/other`)).toMatchObject({
      message: expect.stringContaining('nothing to do with the input folder'),
    });
    const { code, stdout, stderr } = await fairlead.run('task', 'hello', 'regreet', '--yes', '--json', '--input', 'greeting=hi');
    expect(code, stderr).toBe(0);
    const [started] = stdout.split('\n').map((line) => (line === '' ? {} : JSON.parse(line)));
    expect(started).toMatchObject({ kind: 'converge', inputs: { greeting: 'hi', port: 8080 }, changedInputs: ['greeting'] });
    expect(await readFile(env, 'utf8')).toContain('GREETING=hi');
    const back = await fairlead.run('task', 'hello', 'regreet', '--yes', '--input', 'greeting=hello');
    expect(back.code, back.stderr).toBe(0);
    expect(await readFile(env, 'utf8')).toContain('GREETING=hello');
  });
});

describe('resume', () => {
  it('of nothing ends with 2 and says that there is nothing', async () => {
    expect(await refused(2, 'resume')).toMatchObject({ code: 'run.which', message: 'There is no unfinished run.' });
    expect(await refused(2, 'resume', 'hello')).toMatchObject({ code: 'run.unknown' });
    expect(await refused(2, 'resume', '--abandon')).toMatchObject({ code: 'run.which' });
  });

  it('--abandon ends the run for good; what it did stays, and the next run begins anew', async () => {
    const other = await createFairlead();
    const place = await mkdtemp(join(tmpdir(), 'commands-'));
    try {
      const args = ['run', fixtureRecipe('needs-a-file'), '--input', `folder=${place}`, '--yes'];
      expect((await other.run(...args)).code).toBe(1);
      expect(await other.run('resume', '--abandon')).toMatchObject({ code: 0, stdout: expect.stringContaining('Abandoned') });
      expect(await readdir(place)).toEqual(['first']);
      expect((await other.run('resume')).code).toBe(2);
      await writeFile(join(place, 'wanted'), 'words');
      expect((await other.run(...args)).code).toBe(0);
      const standings = (documentOf(await other.run('runs', '--json')) as { standing: string }[]).map(({ standing }) => standing);
      expect(standings).toEqual(['abandoned', 'ok']);
    } finally {
      await other.cleanUp();
      await rm(place, { recursive: true, force: true });
    }
  });
});

describe('secrets', () => {
  it('list shows names, never values', async () => {
    const { stdout } = await fairlead.run('secrets', 'list', 'hello');
    expect(stdout).toMatch(/^token +hex, 16 bytes +settings/m);
    expect(stdout).not.toMatch(/[0-9a-f]{32}/);
    expect(documentOf(await fairlead.run('secrets', 'list', 'hello', '--json'))).toMatchObject({ secrets: [{ name: 'token' }] });
  });

  it('get is refused without a terminal, and with --reveal prints the value that is in use', async () => {
    const failure = await refused(2, 'secrets', 'get', 'hello', 'token');
    expect(failure).toMatchObject({ code: 'secret.not-revealed', hints: [expect.stringContaining('--reveal')] });
    const { code, stdout } = await fairlead.run('secrets', 'get', 'hello', 'token', '--reveal');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[0-9a-f]{32}\n$/);
    expect(await readFile(join(folder, 'hello', '.env'), 'utf8')).toContain(stdout.trim());
  });

  it('of a name or a deployment that is not there ends with 2 and says what there is', async () => {
    expect(await refused(2, 'secrets', 'get', 'hello', 'tokn', '--reveal')).toMatchObject({
      code: 'secret.unknown',
      hints: ['It holds: token.'],
    });
    expect(await refused(2, 'secrets', 'list', 'nowhere')).toMatchObject({ code: 'deployment.unknown' });
  });
});

it('doctor says of each thing whether it is there, and how to mend what is not', async () => {
  const findings = documentOf(await fairlead.run('doctor', '--json')) as { what: string; state: string }[];
  expect(findings.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['Node', 'user', 'system', 'Docker engine', 'state folder']),
  );
  const without = await createFairlead({ DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
  try {
    const { code, stdout } = await without.run('doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^! Docker engine: .*\n {4}→ .+/m);
  } finally {
    await without.cleanUp();
  }
});

describe('completion', () => {
  const bash = (...args: readonly string[]) => promisify(execFile)('bash', args);

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks fairlead for the words', async (shell) => {
    const { code, stdout } = await fairlead.run('completion', shell);
    expect(code).toBe(0);
    expect(stdout).toContain('fairlead complete --');
  });

  it('the script for bash is sound bash', async () => {
    const { stdout } = await fairlead.run('completion', 'bash');
    const file = join(folder, 'completion.bash');
    await writeFile(file, stdout);
    await bash('-n', file);
    await appendFile(file, 'complete -p fairlead\n');
    expect((await bash('--norc', file)).stdout).toMatch(/^complete .* fairlead$/m);
  });

  const candidates = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await fairlead.run('complete', '--', ...words);
    return stdout.split('\n').flatMap((line) => (line === '' || line.startsWith(':') ? [] : [line.split('\t')[0] ?? '']));
  };

  it('offers commands, recipes, deployments and choices', async () => {
    expect(await candidates('ru')).toEqual(['run', 'runs']);
    expect(await candidates('run', 'li')).toEqual(['lighthouse']);
    expect(await candidates('task', '')).toEqual(['hello']);
    expect(await candidates('resume', '')).toEqual(['hello']);
    expect(await candidates('task', 'hello', '')).toEqual(['look', 'count', 'regreet']);
    expect(await candidates('task', 'not-there', '')).toEqual([]);
    expect(await candidates('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await candidates('secrets', 'keep-key', '')).toEqual(['file', 'passphrase', 'keyring']);
    expect(await candidates('run', '--on-failure', '')).toEqual(['stop', 'skip', 'retry']);
    expect(await candidates('plan', 'lighthouse', '--exit')).toEqual(['--exit-code']);
  });

  it('for another shell is refused with the names of those there are', async () => {
    expect(await refused(2, 'completion', 'tcsh')).toMatchObject({
      code: 'completion.unknown-shell',
      hints: [expect.stringContaining('bash, zsh, fish')],
    });
  });
});
