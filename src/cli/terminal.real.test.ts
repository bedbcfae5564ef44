import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe } from '../testing/pipe.ts';
import { openTerminal, type Terminal } from '../testing/terminal.ts';

let fairlead: Fairlead;
let folder: string;
let opened: Terminal[];

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'terminal-'));
  opened = [];
});
afterEach(async () => {
  for (const terminal of opened) await terminal.hangUp();
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const at = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Terminal => {
  const terminal = openTerminal(args, { FAIRLEAD_STATE_DIR: fairlead.stateDir, ...environment });
  opened.push(terminal);
  return terminal;
};
const run = (recipe: string, ...more: readonly string[]): readonly string[] => [
  'run',
  fixtureRecipe(recipe),
  '--input',
  `folder=${folder}`,
  ...more,
];
const made = async (): Promise<readonly string[]> => (await readdir(folder)).sort();
const runs = async (): Promise<readonly string[]> => {
  const { stdout } = await fairlead.run('runs', '--json');
  return (JSON.parse(stdout) as readonly { standing: string }[]).map(({ standing }) => standing);
};

const PLAN = '[yes/no] ';
const MANUAL = 'Type done when it is done';
const FAILURE = '[retry/skip/stop] ';
const UNFINISHED = '[resume/abandon] ';

describe('the plan', () => {
  it('is shown and asked about; n leaves nothing done, and the run is over', async () => {
    const terminal = at(run('greeting'));
    await terminal.see('Plan: 1 to create');
    await terminal.see(PLAN);
    terminal.type('n');
    expect(await terminal.end()).toBe(0);
    expect(terminal.written).toContain('Abandoned: nothing further was done.');
    expect(await made()).toEqual([]);
    expect(await runs()).toEqual(['abandoned']);
  });

  it('is asked about again after a wrong answer and after none, and y does it', async () => {
    const terminal = at(run('greeting'));
    for (const wrong of ['perhaps', '', 'yesterday']) {
      await terminal.see(PLAN);
      terminal.type(wrong);
      await terminal.see('Please type yes or no');
    }
    await terminal.see(PLAN);
    expect(await made()).toEqual([]);
    terminal.type('y');
    expect(await terminal.end()).toBe(0);
    expect(terminal.written).toContain('The greeting is in');
    expect(await made()).toEqual(['.env']);
  });

  it('is not asked about with --yes, nor where nothing is to be done', async () => {
    const first = at(run('greeting', '--yes'));
    expect(await first.end()).toBe(0);
    const second = at(run('greeting'));
    expect(await second.end()).toBe(0);
    expect(first.written + second.written).not.toContain(PLAN);
    expect(second.written).toContain('2 ok');
  });
});

describe('questions of steps', () => {
  it('a manual step shows its Markdown and done goes on; a danger names what is lost and wants its exact word', async () => {
    const terminal = at(run('by-hand', '--yes'));
    await terminal.see('By hand: Open the gate');
    await terminal.see('Open **port 443** in the router:');
    await terminal.see('2. Forward the port');
    await terminal.see(MANUAL);
    terminal.type('not yet');
    await terminal.see(MANUAL);
    terminal.type('done');
    await terminal.see('Danger: Wipe the old data');
    await terminal.see(`touch ${folder}/wiped`);
    for (const wrong of ['yes', 'by-han', 'BY-HAND']) {
      await terminal.see('Type by-hand to go on');
      terminal.type(wrong);
      await terminal.see('That is not the word.');
    }
    await terminal.see('Type by-hand to go on');
    expect(await made()).toEqual([]);
    terminal.type('by-hand');
    expect(await terminal.end()).toBe(0);
    expect(await made()).toEqual(['wiped']);
  });

  it('a failure shows the end of the output; retry works when the cause was mended', async () => {
    const terminal = at(run('needs-a-file', '--yes'));
    await terminal.see('No such file or directory');
    await terminal.see('What now with: Read the file');
    await terminal.see(FAILURE);
    terminal.type('retry');
    await terminal.see('attempt 2');
    await terminal.see(FAILURE);
    await writeFile(join(folder, 'wanted'), 'words');
    terminal.type('r');
    expect(await terminal.end()).toBe(0);
    expect(await made()).toEqual(['copy', 'first', 'last', 'wanted']);
  });

  it('a failure that is stopped at ends with 1 and is asked about again after a resume', async () => {
    const terminal = at(run('needs-a-file', '--yes'));
    await terminal.see(FAILURE);
    terminal.type('stop');
    expect(await terminal.end()).toBe(1);
    expect(terminal.written).toMatch(/Go on with:\s+fairlead resume \S+/);
    const resumed = at(['resume']);
    await resumed.see(FAILURE);
    resumed.type('skip');
    expect(await resumed.end()).toBe(1);
    expect(await made()).toEqual(['first', 'last']);
  });
});

describe('Ctrl-C', () => {
  it.each([
    { question: 'the plan', recipe: 'greeting', options: [], prompt: PLAN, stays: [] },
    { question: 'a manual step', recipe: 'by-hand', options: ['--yes'], prompt: MANUAL, stays: [] },
    { question: 'a failure', recipe: 'needs-a-file', options: ['--yes'], prompt: FAILURE, stays: ['first'] },
  ])('at the question about $question stops resumably, and resume asks again', async ({ recipe, options, prompt, stays }) => {
    const terminal = at(run(recipe, ...options));
    await terminal.see(prompt);
    terminal.pressCtrlC();
    expect(await terminal.end()).toBe(130);
    expect(terminal.written).toContain('Stopped: interrupted.');
    expect(await made()).toEqual(stays);
    expect(await runs()).toEqual(['unfinished']);
    const resumed = at(['resume']);
    await resumed.see(prompt);
    resumed.pressCtrlD();
    expect(await resumed.end()).toBe(130);
    expect(await runs()).toEqual(['unfinished']);
  });

  it('on a dumb terminal does the same', async () => {
    const terminal = at(run('by-hand', '--yes'), { TERM: 'dumb' });
    await terminal.see(MANUAL);
    terminal.pressCtrlC();
    expect(await terminal.end()).toBe(130);
    expect(terminal.written).toContain('Stopped: interrupted.');
    expect(await runs()).toEqual(['unfinished']);
  });

  it('during a step does not reach what the step started: the step ends, then the run stops', async () => {
    const pipe = await makePipe(join(folder, 'pipe'));
    const ledger = (): Promise<string> => readFile(join(folder, 'ledger'), 'utf8').catch(() => '');
    try {
      const terminal = at(run('waiting', '--yes'));
      await expect.poll(ledger).toBe('begun\n');
      // Who shows the run hears of it later than the run itself begins.
      await terminal.see('Write a line and wait');
      terminal.pressCtrlC();
      await terminal.see('Stopping after this step');
      await pipe.open();
      expect(await terminal.end()).toBe(130);
      expect(await ledger()).toBe('begun\nended\n');
      expect(await made()).toEqual(['ledger', 'marks', 'pipe']);
    } finally {
      await pipe.release();
    }
  });
});

describe('an unfinished run', () => {
  beforeEach(async () => {
    expect((await fairlead.run(...run('needs-a-file', '--yes'))).code).toBe(1);
  });

  it('is offered again; a wrong answer and none are asked again, resume goes on with it', async () => {
    const terminal = at(run('needs-a-file'));
    for (const wrong of ['perhaps', '', '  ']) {
      await terminal.see(UNFINISHED);
      terminal.type(wrong);
    }
    await terminal.see(UNFINISHED);
    await writeFile(join(folder, 'wanted'), 'words');
    terminal.type('resume');
    expect(await terminal.end()).toBe(0);
    expect(await runs()).toEqual(['ok']);
  });

  it('abandoned, a new run begins with its plan', async () => {
    const terminal = at(run('needs-a-file'));
    await terminal.see(UNFINISHED);
    terminal.type('abandon');
    await terminal.see(PLAN);
    terminal.type('no');
    expect(await terminal.end()).toBe(0);
    expect(await runs()).toEqual(['abandoned', 'abandoned']);
  });

  it.each(['pressCtrlC', 'pressCtrlD'] as const)('stays as it is when the choice is left by %s', async (leave) => {
    const terminal = at(run('needs-a-file'));
    await terminal.see(UNFINISHED);
    terminal[leave]();
    expect(await terminal.end()).toBe(130);
    expect(terminal.written).toContain('(run.interrupted)');
    expect(await runs()).toEqual(['unfinished']);
  });
});

describe('a terminal that goes away', () => {
  const standing = async (): Promise<string> => {
    const { stdout } = await fairlead.run('status', '--json');
    return (JSON.parse(stdout) as readonly { state: string }[])[0]?.state ?? '';
  };
  const WAIT_THEN_ASK = `recipe: wait-then-ask
version: 1.0.0
title: A step that waits for a pipe, then one that a person does
inputs:
  folder: { type: path, title: Where the pipe lies }
steps:
  - id: wait
    title: Wait
    uses: host.command
    with: { argv: [sh, -c, 'echo begun >"$FOLDER/begun"; cat "$FOLDER/pipe"; echo said; echo said'], env: { FOLDER: '\${{ inputs.folder }}' } }
  - id: after
    title: Make a folder
    uses: host.directory
    with: { path: '\${{ inputs.folder }}/after' }
  - id: hand
    title: Do it by hand
    uses: manual
    with: { markdown: Do it. }
`;

  it('at a question leaves a run that waits, and is answered from another one', async () => {
    const terminal = at(run('greeting'));
    await terminal.see(PLAN);
    await terminal.hangUp();
    expect(await standing()).toBe('running');
    const other = at(['attach', 'greeting']);
    await other.see(PLAN);
    other.type('yes');
    expect(await other.end()).toBe(0);
    expect(await made()).toEqual(['.env']);
  });

  it('in the middle of a step takes nothing with it: the run goes on until something needs an answer, and waits for it', async () => {
    const recipe = join(folder, 'recipe');
    await mkdir(recipe);
    await writeFile(join(recipe, 'recipe.yaml'), WAIT_THEN_ASK);
    const pipe = await makePipe(join(folder, 'pipe'));
    const terminal = at(['run', recipe, '--input', `folder=${folder}`]);
    await terminal.see(PLAN);
    terminal.type('yes');
    await expect.poll(made, { timeout: 60_000 }).toContain('begun');
    await terminal.hangUp();
    expect(await standing()).toBe('running');
    await pipe.open();
    await expect.poll(made, { timeout: 60_000 }).toContain('after');
    const other = at(['attach']);
    await other.see(MANUAL);
    expect(await standing()).toBe('running');
    other.type('done');
    expect(await other.end()).toBe(0);
  });
});

describe('what is drawn', () => {
  const ESCAPE = '\u001b';
  /** Codes that set colours and weight: `ESC [ … m`. */
  const PAINT = new RegExp(`${ESCAPE}\\[[0-9;]*m`);

  /** Both a question and a step with live output are in it. */
  const story = async (options: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> => {
    await writeFile(join(folder, 'wanted'), 'words');
    const terminal = at(run('needs-a-file', ...options), environment);
    await terminal.see(PLAN);
    terminal.type('yes');
    expect(await terminal.end()).toBe(0);
    expect(terminal.written).toContain('Make the last folder');
    expect(terminal.written).not.toMatch(/^\s+at .*\.[jt]s:\d/m);
    return terminal.written;
  };

  it('has colours by default', async () => {
    expect(await story([], {})).toMatch(PAINT);
  });

  it.each([
    { how: 'NO_COLOR', options: [], environment: { NO_COLOR: '1' } },
    { how: '--no-color', options: ['--no-color'], environment: {} },
  ])('has none with $how', async ({ options, environment }) => {
    expect(await story(options, environment)).not.toMatch(PAINT);
  });

  it.each([
    { how: 'an unknown TERM', options: [], environment: { TERM: 'bogus' } },
    { how: 'TERM=dumb', options: [], environment: { TERM: 'dumb' } },
    { how: 'an empty TERM', options: [], environment: { TERM: '' } },
    { how: '--plain', options: ['--plain'], environment: {} },
  ])('is plain lines with $how, and answers are read all the same', async ({ options, environment }) => {
    expect(await story(options, environment)).not.toContain(ESCAPE);
  });

  it('is ASCII where the locale is not UTF-8', async () => {
    const written = await story([], { LC_ALL: 'C' });
    expect(written).toContain('+- changed');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what else a terminal was sent
    expect(written).toMatch(/^[\u0000-\u007f]*$/);
  });
});

it('a secret is printed at a terminal without --reveal', async () => {
  expect((await fairlead.run(...run('greeting', '--yes'))).code).toBe(0);
  const terminal = at(['secrets', 'get', 'greeting', 'token']);
  expect(await terminal.end()).toBe(0);
  expect(terminal.written).toMatch(/^[0-9a-f]{32}\s*$/);
});
