import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLeftExecs } from '../adapters/docker/left-execs.ts';
import { createChildrenList, type ListedChild, listedChildren } from '../journal/children-list.ts';
import { startTimeOf, statOf } from '../journal/process-identity.ts';
import { createStateFolder, type RunPaths } from '../journal/state-folder.ts';
import type { JournalEvent } from '../model/events.ts';
import { importBusyboxImage, removeBusyboxImage } from '../testing/busybox-image.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';
import { findSurvivors } from './survivors.ts';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));
const suffix = Math.random().toString(36).slice(2, 8);

let fairlead: Fairlead;
let folder: string;

beforeEach(async () => {
  // Each fairlead leads a process group of its own, so that the group can be killed.
  fairlead = await createFairlead({}, ['setsid', launcher]);
  folder = await mkdtemp(join(tmpdir(), 'survivors-'));
});
afterEach(async () => {
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

/** Where the only run of a deployment is recorded. */
async function pathsOf(deployment: string): Promise<RunPaths> {
  const [only] = await createStateFolder(fairlead.stateDir).listRuns(deployment);
  if (only === undefined) throw new Error('there is no run');
  return only.paths;
}

async function eventsOf({ journal }: RunPaths): Promise<readonly JournalEvent[]> {
  const text = await readFile(journal, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalEvent);
}

/** Starts a run and kills it in the middle of a step that acts once. */
async function killedRun(args: readonly string[], begun: () => Promise<void>, whom: 'engine' | 'group'): Promise<void> {
  const intended = Promise.withResolvers<ChildProcess>();
  const end = fairlead.start(['run', ...args, '--yes', '--json'], (line, child) => {
    const event = JSON.parse(line) as JournalEvent;
    if (event.type === 'step.intended') intended.resolve(child);
  });
  const early = end.then(({ stderr }) => Promise.reject(new Error(`it ended before its step began: ${stderr}`)));
  const { pid = 0 } = await Promise.race([intended.promise, early]);
  early.catch(() => undefined);
  await begun();
  process.kill(whom === 'group' ? -pid : pid, 'SIGKILL');
  expect((await end).code).toBeNull();
}

/** A resume that has been seen to wait, and what it said until then, in one line. */
async function waitingResume(
  ...args: readonly string[]
): Promise<{ said: string; child: ChildProcess; end: Promise<FairleadEnd> }> {
  const waits = Promise.withResolvers<ChildProcess>();
  let said = '';
  const end = fairlead.start(['resume', ...args], (line, child) => {
    said = `${said} ${line.trim()}`;
    if (/Waiting for what the run left at work: .*of step/.test(said)) waits.resolve(child);
  });
  const early = end.then(({ stdout, stderr }) => Promise.reject(new Error(`it did not wait: ${stdout}${stderr}`)));
  const child = await Promise.race([waits.promise, early]);
  early.catch(() => undefined);
  return { said, child, end };
}

/** A dead process that its parent has not collected yet is gone. */
const isThere = (pid: number): boolean => !['Z', 'X', undefined].includes(statOf(pid)?.state);

/** The only entry on a list. */
const only = (paths: RunPaths): ListedChild => {
  const children = listedChildren(paths.children);
  expect(children).toHaveLength(1);
  return children[0] as ListedChild;
};

describe('a program of this machine', () => {
  let pipe: Pipe;
  let paths: RunPaths;

  const ledger = async (): Promise<string> => readFile(join(folder, 'ledger'), 'utf8').catch(() => '');
  const start = async (whom: 'engine' | 'group', recipe = fixtureRecipe('waiting')): Promise<void> => {
    const begun = async (): Promise<void> => {
      await expect.poll(ledger, { timeout: 60_000 }).toBe('begun\n');
      // Its number is noted right after it was started.
      const noted = async (): Promise<boolean> => {
        paths = await pathsOf('waiting');
        return listedChildren(paths.children).some((child) => child.process !== undefined);
      };
      await expect.poll(noted).toBe(true);
    };
    await killedRun([recipe, '--input', `folder=${folder}`], begun, whom);
  };

  beforeEach(async () => {
    pipe = await makePipe(join(folder, 'pipe'));
  });
  afterEach(() => pipe.release());

  it.each(['engine', 'group'] as const)('outlives a kill -9 of the %s: resume waits for it, and then goes on', async (whom) => {
    await start(whom);
    const { name, process: noted, step, program, at } = only(paths);
    const { pid = 0, startTime } = noted ?? {};
    expect({ step, program }).toEqual({ step: 'wait', program: 'sh' });
    expect(startTimeOf(pid)).toBe(startTime);
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(environment).toContain(`FAIRLEAD_SEQ=${name}`);
    const header = (await eventsOf(paths))[0];
    expect(environment).toContain(`FAIRLEAD_RUN=${header?.type === 'run.started' ? header.run : ''}`);
    const intended = (await eventsOf(paths)).find((event) => event.type === 'step.intended' && event.step === 'wait');
    expect(name).toMatch(new RegExp(`^${intended?.seq}-\\d+$`));
    expect(Date.parse(at)).toBeGreaterThanOrEqual(Date.parse(intended?.at ?? ''));

    const { said, end } = await waitingResume('--answer', 'wait=done');
    expect(said).toContain(`sh (process ${pid}) of step wait`);
    expect((await eventsOf(paths)).at(-1)?.type).toBe('run.resumed');
    expect(existsSync(join(folder, 'last'))).toBe(false);
    await pipe.open();
    const { code, stdout } = await end;
    expect(code, stdout).toBe(0);
    expect(await ledger()).toBe('begun\nended\n');
    expect(existsSync(join(folder, 'last'))).toBe(true);
    expect(listedChildren(paths.children)).toEqual([]);
  });

  it('is ended where that is asked for, and its step is in doubt', async () => {
    await start('engine');
    const { pid = 0 } = only(paths).process ?? {};
    const { code, stdout } = await fairlead.run('resume', '--on-survivors', 'end', '--answer', 'wait=done');
    expect(code, stdout).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`Ending what the run left at work: sh (process ${pid}) of step wait`);
    expect(isThere(pid)).toBe(false);
    expect(await ledger()).toBe('begun\n');
    expect(listedChildren(paths.children)).toEqual([]);
  });

  it('is waited for by a resume that can be interrupted, and is left alone by that', async () => {
    await start('engine');
    const { pid = 0 } = only(paths).process ?? {};
    const { child, end } = await waitingResume('--answer', 'wait=done');
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect(code, stdout).toBe(130);
    expect(isThere(pid)).toBe(true);
    expect(only(paths).process?.pid).toBe(pid);
    expect((await eventsOf(paths)).at(-1)).toMatchObject({ type: 'run.stopped', reason: 'interrupted' });
    await pipe.open();
    expect((await fairlead.run('resume', '--answer', 'wait=done')).code).toBe(0);
    expect(await ledger()).toBe('begun\nended\n');
  });

  it('is not killed by what it prints after its engine has died, however much that is', async () => {
    const chatty = join(folder, 'chatty');
    await cp(fixtureRecipe('waiting'), chatty, { recursive: true });
    const file = join(chatty, 'recipe.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('cat "$FOLDER/pipe";', 'cat "$FOLDER/pipe"; seq 1 100000; seq 1 100000 >&2;'));
    await start('group', chatty);
    const { pid = 0 } = only(paths).process ?? {};
    await pipe.open();
    expect(await ledger()).toBe('begun\n');
    const { code, stdout } = await fairlead.run('resume', '--answer', 'wait=done');
    expect(code, stdout).toBe(0);
    expect(await ledger()).toBe('begun\nended\n');
    expect(isThere(pid)).toBe(false);
    expect(readdirSync(paths.children)).toEqual([]);
  });

  it('is found where the engine died before it had noted its number', async () => {
    await start('engine');
    const { name, process: noted } = only(paths);
    const file = join(paths.children, name);
    const [opening] = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, `${opening}\n`);
    const { said, end } = await waitingResume('--answer', 'wait=done');
    expect(said).toContain(`sh (process ${noted?.pid}) of step wait`);
    await pipe.open();
    expect((await end).code).toBe(0);
    expect(await ledger()).toBe('begun\nended\n');
  });

  it('is no survivor where another process got its number', async () => {
    await start('engine');
    const { name, process: noted } = only(paths);
    await pipe.open();
    await expect.poll(ledger).toBe('begun\nended\n');
    // It is found by its environment as long as it is there at all.
    await expect.poll(() => isThere(noted?.pid ?? 0)).toBe(false);
    const file = join(paths.children, name);
    const [opening] = (await readFile(file, 'utf8')).split('\n');
    // This very process, as if it had begun at another moment: nobody may wait for it, or end it.
    await writeFile(file, `${opening}\n${JSON.stringify({ process: { pid: process.pid, startTime: '1' } })}\n`);
    const { code, stdout } = await fairlead.run('resume', '--on-survivors', 'end', '--answer', 'wait=done');
    expect(code, stdout).toBe(0);
    expect(stdout).not.toContain('left at work');
    expect(listedChildren(paths.children)).toEqual([]);
  });
});

describe('the end of a survivor', () => {
  const list = () => createChildrenList(join(folder, 'children'), '20261122T120000Z-0b0b');
  const survivors = () => findSurvivors(join(folder, 'children'), createLeftExecs());
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  /** A listed program that is another process's child by now, as a dead engine's are. */
  async function orphan(script: string): Promise<number> {
    const entry = list().program(['sh']);
    const pidFile = join(folder, 'pid');
    const env = { ...process.env, ...entry.environment };
    const starter = spawn('sh', ['-c', 'setsid sh -c "$1" & :', 'sh', `echo $$ >${pidFile}; ${script}`], {
      env,
      stdio: 'ignore',
    });
    started.push(starter);
    await once(starter, 'exit');
    await expect.poll(() => readFile(pidFile, 'utf8').catch(() => '')).toMatch(/\n$/);
    const pid = Number(await readFile(pidFile, 'utf8'));
    entry.started(pid);
    return pid;
  }

  it('is SIGTERM, and comes to what it has started as well', async () => {
    const pid = await orphan(`trap "echo heard >${folder}/heard; exit" TERM; sleep 1000 & echo $! >${folder}/child; wait`);
    await expect.poll(() => readFile(join(folder, 'child'), 'utf8').catch(() => '')).toMatch(/\n$/);
    const child = Number(await readFile(join(folder, 'child'), 'utf8'));
    const [survivor, ...more] = await survivors();
    expect(more).toEqual([]);
    expect(survivor).toMatchObject({ what: `sh (process ${pid})`, since: expect.stringMatching(/Z$/) });
    await survivor?.end();
    expect(await readFile(join(folder, 'heard'), 'utf8')).toBe('heard\n');
    expect(await survivor?.isAlive()).toBe(false);
    await survivor?.end();
    await expect.poll(() => [isThere(pid), isThere(child)]).toEqual([false, false]);
    expect(await survivors()).toEqual([]);
  });

  it('is SIGKILL for one that does not listen, after 10 seconds', async () => {
    const ready = join(folder, 'ready');
    const pid = await orphan(`trap "" TERM; echo >${ready}; while :; do sleep 0.1; done`);
    await expect.poll(() => existsSync(ready)).toBe(true);
    const [survivor] = await survivors();
    const before = performance.now();
    await survivor?.end();
    expect(performance.now() - before).toBeGreaterThan(9500);
    await expect.poll(() => isThere(pid)).toBe(false);
  });

  it('never comes to a process that only has the number of one that is gone', async () => {
    const pid = await orphan('exec sleep 1000');
    const [survivor] = await survivors();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isThere(pid)).toBe(false);
    expect(await survivor?.isAlive()).toBe(false);
    await survivor?.end();
    expect(listedChildren(join(folder, 'children'))).toEqual([]);
  });
});

describe('a program in a container', () => {
  const image = `fairlead-survivors-${suffix}:1`;
  const box = `fairlead-survivors-${suffix}`;
  let paths: RunPaths;

  const inBox = async (...argv: readonly string[]): Promise<string> => (await run('docker', ['exec', box, ...argv])).stdout;
  const ledger = (): Promise<string> => inBox('cat', '/tmp/ledger').catch(() => '');
  const recipe = (): string => join(folder, 'inside');

  beforeAll(() => importBusyboxImage(image));
  afterAll(() => removeBusyboxImage(image));
  beforeEach(async () => {
    await run('docker', ['run', '--detach', '--name', box, image]);
    await run('mkdir', [recipe()]);
    await writeFile(
      join(recipe(), 'recipe.yaml'),
      [
        'recipe: inside',
        'version: 1.0.0',
        'title: A program in a container that acts once, and waits until a file is made',
        'steps:',
        '  - id: register',
        '    title: Write a line and wait',
        '    uses: container.exec',
        '    with:',
        `      container: ${box}`,
        "      argv: [sh, -c, 'echo begun >>/tmp/ledger; until test -e /tmp/go; do sleep 0.05; done; seq 1 50000; echo ended >>/tmp/ledger']",
        '  - id: last',
        '    title: Make the last folder',
        '    uses: host.directory',
        `    with: { path: '${folder}/last' }`,
        '',
      ].join('\n'),
    );
    await killedRun([recipe()], () => expect.poll(ledger, { timeout: 60_000 }).toBe('begun\n'), 'group');
    paths = await pathsOf('inside');
  });
  afterEach(async () => {
    await run('docker', ['rm', '--force', box]);
  });

  it('outlives a kill -9 of the engine: resume waits for it, and then goes on', async () => {
    expect(only(paths)).toMatchObject({
      program: 'sh',
      container: box,
      exec: expect.stringMatching(/^[0-9a-f]{64}$/),
      step: 'register',
    });
    const { said, end } = await waitingResume('--answer', 'register=done');
    expect(said).toContain(`sh (in the container ${box}) of step register`);
    expect(existsSync(join(folder, 'last'))).toBe(false);
    await inBox('touch', '/tmp/go');
    const { code, stdout } = await end;
    expect(code, stdout).toBe(0);
    expect(await ledger()).toBe('begun\nended\n');
    expect(existsSync(join(folder, 'last'))).toBe(true);
    expect(listedChildren(paths.children)).toEqual([]);
  });

  it('is ended where that is asked for, in the container as well', async () => {
    const { code, stdout } = await fairlead.run('resume', '--on-survivors', 'end', '--answer', 'register=done');
    expect(code, stdout).toBe(0);
    expect(await inBox('ps')).not.toContain('begun');
    expect(await ledger()).toBe('begun\n');
  });

  it('is found by its environment where the Docker Engine has forgotten it, and is dead where its container is', async () => {
    const { name } = only(paths);
    const file = join(paths.children, name);
    const [opening] = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, `${opening}\n${JSON.stringify({ exec: '0'.repeat(64) })}\n`);
    const [survivor] = await findSurvivors(paths.children, createLeftExecs());
    expect(survivor).toMatchObject({ what: `sh (in the container ${box})`, step: 'register' });
    expect(await survivor?.isAlive()).toBe(true);
    const unreachable = createLeftExecs({ socket: join(folder, 'no.sock') });
    expect(await findSurvivors(paths.children, unreachable)).toHaveLength(1);
    await run('docker', ['restart', '--time', '0', box]);
    expect(await survivor?.isAlive()).toBe(false);
    expect(listedChildren(paths.children)).toEqual([]);
  });

  it('is nothing where the engine died before it had made it', async () => {
    createChildrenList(paths.children, '20261122T120000Z-0b0b').exec(box, ['another']);
    const left = await findSurvivors(paths.children, createLeftExecs());
    expect(left.map(({ what }) => what)).toEqual([`sh (in the container ${box})`]);
    expect(listedChildren(paths.children)).toHaveLength(1);
  });
});

it('a dialog whose engine was killed has nobody to answer it: resume ends it, asks about the doubt, and does it again where that is said', async () => {
  const image = `fairlead-dialogs-${suffix}:1`;
  const box = `fairlead-dialogs-${suffix}`;
  const inBox = async (...argv: readonly string[]): Promise<string> => (await run('docker', ['exec', box, ...argv])).stdout;
  const ledger = (): Promise<string> => inBox('cat', '/tmp/ledger').catch(() => '');
  const script =
    'echo begun >>/tmp/ledger; test -e /tmp/known || read -p "Unknown: " -r x; read -p "Name: " -r name; echo "$name" >>/tmp/ledger';
  const recipe = [
    'recipe: talking',
    'version: 1.0.0',
    'title: A program that asks in a container',
    'steps:',
    '  - id: sign_in',
    '    title: Sign in',
    '    uses: container.dialog',
    '    with:',
    `      container: ${box}`,
    `      argv: [sh, -c, '${script.replace('test -e', 'busybox test -e')}']`,
    '      script: [{ expect: "Name:", answer: bob }]',
    '',
  ];
  await importBusyboxImage(image);
  try {
    await run('docker', ['run', '--detach', '--name', box, image]);
    await run('mkdir', [join(folder, 'talking')]);
    await writeFile(join(folder, 'talking', 'recipe.yaml'), recipe.join('\n'));
    await killedRun([join(folder, 'talking')], () => expect.poll(ledger, { timeout: 60_000 }).toBe('begun\n'), 'group');
    expect(only(await pathsOf('talking'))).toMatchObject({ program: 'sh', container: box, terminal: true });
    expect(await inBox('ps')).toContain('Unknown');

    const asked = await fairlead.run('resume');
    expect(asked.code, asked.stdout).toBe(3);
    expect(asked.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `Ending what waits for answers that nobody can give any more: sh (in the container ${box})`,
    );
    expect(asked.stdout).toContain('In doubt: Sign in');
    expect(await inBox('ps')).not.toContain('Unknown');
    expect(await ledger()).toBe('begun\n');

    await inBox('touch', '/tmp/known');
    const again = await fairlead.run('resume', '--answer', 'sign_in=again');
    expect(again.code, again.stdout).toBe(0);
    expect(await ledger()).toBe('begun\nbegun\nbob\n');
    expect(listedChildren((await pathsOf('talking')).children)).toEqual([]);
  } finally {
    await run('docker', ['rm', '--force', box]).catch(() => undefined);
    await removeBusyboxImage(image);
  }
});
