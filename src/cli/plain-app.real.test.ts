import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe } from '../testing/pipe.ts';
import { openTerminal, type Terminal } from '../testing/terminal.ts';

let fairlead: Fairlead;
let folder: string;
let config: string;
let opened: Terminal[];

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'plain-app-'));
  config = join(folder, 'config');
  opened = [];
});
afterEach(async () => {
  for (const terminal of opened) await terminal.hangUp();
  // A run that was left goes on without any terminal.
  await vi.waitFor(async () => expect(await running()).toEqual([]), { interval: 200 });
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const at = (args: readonly string[], environment: Readonly<Record<string, string>>): Terminal => {
  const terminal = openTerminal(args, { FAIRLEAD_STATE_DIR: fairlead.stateDir, FAIRLEAD_CONFIG_DIR: config, ...environment });
  opened.push(terminal);
  return terminal;
};
const dumb = (): Terminal => at([], { TERM: 'dumb' });
/** The operator's own recipe. */
const own = async (recipe: string): Promise<void> => {
  await mkdir(join(config, 'recipes'), { recursive: true });
  await cp(fixtureRecipe(recipe), join(config, 'recipes', recipe), { recursive: true });
};
const status = async (): Promise<readonly { readonly deployment: string; readonly state: string }[]> => {
  const { stdout } = await fairlead.run('status', '--json');
  return JSON.parse(stdout) as readonly { deployment: string; state: string }[];
};
const running = async (): Promise<readonly string[]> =>
  (await status()).flatMap(({ deployment, state }) => (state === 'running' ? [deployment] : []));
const made = async (): Promise<readonly string[]> => (await readdir(folder)).filter((name) => name !== 'config').sort();

/** From the list to the question about the plan. */
async function toPlan(terminal: Terminal, recipe: string, where: string): Promise<void> {
  await terminal.see('q to quit: ');
  terminal.type(recipe);
  await terminal.see('or ? for help: ');
  terminal.type('install');
  await terminal.see(`[${recipe}]: `);
  terminal.type('');
  await terminal.see('back, ?: ');
  terminal.type(where);
  await terminal.see('or q to quit: ');
  terminal.type('yes');
  await terminal.see('Do this? ');
  await terminal.see('or ?: ');
}

describe('fairlead without a command', () => {
  it('holds the dialogue at a dumb or unknown terminal, with --plain and where ACCESSIBLE is set', async () => {
    for (const [args, environment] of [
      [[], { TERM: 'dumb' }],
      [[], { TERM: 'nobody-knows-it' }],
      [['--plain'], {}],
      [[], { ACCESSIBLE: '1' }],
      [['--plain', '--state-dir', join(folder, 'elsewhere')], {}],
    ] as const) {
      const terminal = at(args, environment);
      await terminal.see('Nothing is deployed yet');
      await terminal.see('q to quit: ');
      terminal.type('q');
      expect(await terminal.end()).toBe(0);
    }
  });

  it('says that there is no terminal and prints its commands where there is none', async () => {
    const { code, stdout, stderr } = await fairlead.run();
    expect(code).toBe(0);
    expect(stderr).toContain('there is no terminal here');
    expect(stdout).toContain('Usage: fairlead');
  });

  it('ends with Ctrl-C at the list', async () => {
    const terminal = dumb();
    await terminal.see('q to quit: ');
    terminal.pressCtrlC();
    expect(await terminal.end()).toBe(0);
  });
});

describe('a failure', () => {
  it('is shown once more, and the run goes on with another value of the input that was wrong', async () => {
    await own('needs-a-file');
    await mkdir(join(folder, 'right'));
    await writeFile(join(folder, 'right', 'wanted'), 'words');
    const terminal = dumb();
    await toPlan(terminal, 'needs-a-file', join(folder, 'wrong'));
    terminal.type('yes');
    await terminal.see('What now with: Read the file');
    await terminal.see('[retry/skip/stop/change/show/shell] ');
    terminal.type('show');
    await terminal.see('No such file or directory');
    await terminal.see('[retry/skip/stop/change/show/shell] ');
    terminal.type('change');
    await terminal.see(`1. Where it looks: ${join(folder, 'wrong')}`);
    await terminal.see('or q to quit: ');
    terminal.type('1');
    await terminal.see(']: ');
    terminal.type(join(folder, 'right'));
    await terminal.see('yes to go on with the run');
    await terminal.see('or q to quit: ');
    terminal.type('yes');
    await terminal.see('another value of folder');
    await terminal.see('[yes/no] ');
    terminal.type('yes');
    await terminal.see('Done in ');
    await terminal.see('or ? for help: ');
    terminal.type('q');
    expect(await terminal.end()).toBe(0);
    expect((await readdir(join(folder, 'right'))).sort()).toEqual(['copy', 'first', 'last', 'wanted']);
  });

  it('is mended in a shell, from which the dialogue comes back', async () => {
    await own('needs-a-file');
    const terminal = at([], { TERM: 'dumb', SHELL: '/bin/sh', PS1: 'shell> ' });
    await toPlan(terminal, 'needs-a-file', folder);
    terminal.type('yes');
    await terminal.see('[retry/skip/stop/change/show/shell] ');
    terminal.type('shell');
    await terminal.see('type exit to come back');
    terminal.type(`echo words >${join(folder, 'wanted')}; echo writ''ten`);
    await terminal.see('written');
    terminal.type('exit');
    await terminal.see('Back in fairlead.');
    await terminal.see('[retry/skip/stop/change/show/shell] ');
    terminal.type('retry');
    await terminal.see('Done in ');
    await terminal.see('or ? for help: ');
    terminal.type('q');
    expect(await terminal.end()).toBe(0);
    expect(await made()).toEqual(['copy', 'first', 'last', 'wanted']);
  });
});

describe('an installed deployment', () => {
  it('has its tasks done: one that asks for nothing, one that is told what to look for, one that changes an input', async () => {
    const settings = async () => readFile(join(folder, '.env'), 'utf8');
    const begin = ['run', fixtureRecipe('greeting'), '--input', `folder=${folder}`, '--yes'];
    expect((await fairlead.run(...begin)).code).toBe(0);
    const terminal = dumb();
    const toTasks = async (): Promise<void> => {
      await terminal.see('q to quit: ');
      terminal.type('greeting');
      await terminal.see('task: do one of its tasks');
      await terminal.see('or ? for help: ');
      terminal.type('task');
      await terminal.see('The tasks of greeting');
      await terminal.see('or ? for help: ');
    };
    const done = async (): Promise<void> => {
      await terminal.see('Done in ');
      await terminal.see('or ? for help: ');
      terminal.type('');
    };

    await toTasks();
    terminal.type('look');
    await terminal.see('The plan for greeting (task look)');
    await terminal.see('Type yes, no, back, show');
    await terminal.see('or ?: ');
    terminal.type('back');
    await terminal.see('The tasks of greeting');
    await terminal.see('or ? for help: ');
    terminal.type('look');
    await terminal.see('or ?: ');
    terminal.type('yes');
    // What grep counted.
    await terminal.see('Read the settings');
    await terminal.see(/\n +1\r?\n/);
    await done();

    await toTasks();
    terminal.type('count');
    await terminal.see('Input 1 of 2: What they say');
    await terminal.see('back, ?: ');
    terminal.type('GREETING');
    await terminal.see('Enter for [5]: ');
    terminal.type('');
    await terminal.see('What will be used for the task count of greeting');
    await terminal.see('or q to quit: ');
    terminal.type('yes');
    await terminal.see('It only reads, and changes nothing.');
    await terminal.see('or ?: ');
    terminal.type('yes');
    await terminal.see('GREETING stands in 1 lines.');
    await terminal.see('or ? for help: ');
    terminal.type('');

    expect(await settings()).toContain('GREETING=hello\n');
    await toTasks();
    terminal.type('regreet');
    await terminal.see('1. What it says: hello');
    await terminal.see('or q to quit: ');
    terminal.type('yes');
    await terminal.see('needs a new value of at least one of its inputs');
    await terminal.see('or q to quit: ');
    terminal.type('1');
    await terminal.see('Enter for [hello]: ');
    terminal.type('ahoy');
    await terminal.see('1. What it says: ahoy');
    await terminal.see('or q to quit: ');
    terminal.type('yes');
    await terminal.see('Other values than before: greeting.');
    await terminal.see('or ?: ');
    terminal.type('yes');
    await done();
    expect(await settings()).toContain('GREETING=ahoy\n');
    await terminal.see('q to quit: ');
    terminal.type('q');
    expect(await terminal.end()).toBe(0);
  });
});

describe('Ctrl-C in a run', () => {
  it('leaves it running; the next dialogue shows it so, and stops it', async () => {
    await own('by-hand');
    const terminal = dumb();
    await toPlan(terminal, 'by-hand', folder);
    terminal.type('yes');
    await terminal.see('Type done when it is done');
    terminal.pressCtrlC();
    await terminal.see('2. leave');
    await terminal.see('leaves it running): ');
    terminal.type('leave');
    await terminal.see('The run goes on without you.');
    await terminal.see(/1\. by-hand: [\s\S]*waits for\s+your\s+answer/);
    await terminal.see('q to quit: ');
    await terminal.hangUp();
    expect(await running()).toEqual(['by-hand']);

    const later = dumb();
    await later.see('q to quit: ');
    later.type('1');
    await later.see('1. attach');
    await later.see('or ? for help: ');
    later.type('1');
    await later.see('By hand: Open the gate');
    await later.see('Type done when it is done');
    later.pressCtrlC();
    await later.see('leaves it running): ');
    later.type('now');
    await later.see('Stopped: ');
    await later.see('1. resume');
    await later.see('or ? for help: ');
    later.type('give');
    await later.see('Type yes or no: ');
    later.type('yes');
    await later.see('Abandoned');
    await later.see('or ? for help: ');
    later.type('q');
    expect(await later.end()).toBe(0);
    expect((await status()).map(({ state }) => state)).toEqual(['abandoned']);
  });

  it('is not needed: a terminal that goes away takes nothing with it', async () => {
    await own('by-hand');
    const terminal = dumb();
    await toPlan(terminal, 'by-hand', folder);
    terminal.type('yes');
    await terminal.see('Type done when it is done');
    await terminal.hangUp();
    expect(await running()).toEqual(['by-hand']);

    const later = dumb();
    await later.see('q to quit: ');
    later.type('waits for your answer');
    await later.see('or ? for help: ');
    later.type('attach');
    await later.see('Type done when it is done');
    later.type('done');
    await later.see('Type by-hand to go on');
    later.type('by-hand');
    await later.see('Done in ');
    await later.see('or ? for help: ');
    later.type('q');
    expect(await later.end()).toBe(0);
    expect(await made()).toEqual(['wiped']);
  });

  it('in the middle of a step asks too, and stops it after the step', async () => {
    await own('waiting');
    const pipe = await makePipe(join(folder, 'pipe'));
    try {
      const terminal = dumb();
      await toPlan(terminal, 'waiting', folder);
      terminal.type('yes');
      await vi.waitFor(async () => expect(await made()).toContain('ledger'));
      // Who shows the run hears of it later than the run itself begins.
      await terminal.see('Write a line and wait');
      terminal.pressCtrlC();
      await terminal.see('3. stop');
      await terminal.see('leaves it running): ');
      terminal.type('3');
      await terminal.see('Stopping after this step.');
      await pipe.open();
      await terminal.see('Stopped: interrupted.');
      await terminal.see('1. resume');
      await terminal.see('or ? for help: ');
      terminal.type('q');
      expect(await terminal.end()).toBe(130);
      expect(await made()).toEqual(['ledger', 'marks', 'pipe']);
    } finally {
      await pipe.release();
    }
  });
});
