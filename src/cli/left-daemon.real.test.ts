import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../adapters/host/node-host.ts';
import { createChildrenList, listedChildren } from '../journal/children-list.ts';
import { statOf } from '../journal/process-identity.ts';
import { createStateFolder, type RunPaths } from '../journal/state-folder.ts';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';

const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));
const DEPLOYMENT = 'daemon';

let fairlead: Fairlead;
let folder: string;
/** The program waits for the first before it ends, the daemon for the second before it writes. */
let programGoes: Pipe;
let daemonGoes: Pipe;

beforeEach(async () => {
  // Each fairlead leads a process group of its own, so that the group can be killed.
  fairlead = await createFairlead({}, ['setsid', launcher]);
  folder = await mkdtemp(join(tmpdir(), 'left-daemon-'));
  programGoes = await makePipe(join(folder, 'program-goes'));
  daemonGoes = await makePipe(join(folder, 'daemon-goes'));
});
afterEach(async () => {
  await programGoes.release();
  await daemonGoes.release();
  // After a failure a daemon may stand still.
  for (const pid of startedHere()) endAtOnce(pid);
  await expect.poll(() => readersIn(fairlead.stateDir)).toEqual([]);
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

/** Processes whose standard input is a file or a pipe in this folder, also one whose name is gone. */
function readersIn(place: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && linkOf(name).startsWith(`${place}/`))
    .map(Number);
}

function endAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}

/** What the recipe's programs have left. */
function startedHere(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`F=${folder}`))
    .map(Number);
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function linkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/0`);
  } catch {
    // It has ended.
    return '';
  }
}

/**
 * A recipe with a step that leaves a daemon behind, which writes 1 MiB to standard output and as much to standard error
 * when it is told to; and with one that leaves nothing.
 */
async function recipe(program: string): Promise<string> {
  const path = join(folder, DEPLOYMENT);
  await mkdir(path);
  const daemon =
    'echo begun >>"$F/ledger"; cat "$F/daemon-goes"; head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2; echo ended >>"$F/ledger"';
  await writeFile(
    join(path, 'recipe.yaml'),
    [
      `recipe: ${DEPLOYMENT}`,
      'version: 1.0.0',
      'title: A step that leaves a daemon behind',
      'steps:',
      '  - id: start',
      '    title: Start a daemon',
      '    uses: host.command',
      '    with:',
      `      argv: [sh, -c, '( trap "" HUP; ${daemon} ) & ${program}']`,
      `      env: { F: '${folder}' }`,
      '  - id: ordinary',
      '    title: Run a program that leaves nothing',
      '    uses: host.command',
      '    with: { argv: [seq, "10"] }',
      '',
    ].join('\n'),
  );
  return path;
}

const ledger = (): Promise<string> => readFile(join(folder, 'ledger'), 'utf8').catch(() => '');

async function pathsOfRun(): Promise<RunPaths> {
  const [only] = await createStateFolder(fairlead.stateDir).listRuns(DEPLOYMENT);
  if (only === undefined) throw new Error('there is no run');
  return only.paths;
}

/** Starts a run and kills it, and all of its process group, while the step's program waits. */
async function killedRun(): Promise<RunPaths> {
  const began = Promise.withResolvers<number>();
  const end = fairlead.start(['run', await recipe('cat "$F/program-goes"'), '--yes', '--json'], (line, { pid = 0 }) => {
    if (line.includes('"step.intended"')) began.resolve(pid);
  });
  const early = end.then(({ stderr }) => Promise.reject(new Error(`it ended before its step began: ${stderr}`)));
  const pid = await Promise.race([began.promise, early]);
  early.catch(() => undefined);
  await expect.poll(ledger).toBe('begun\n');
  const paths = await pathsOfRun();
  await expect.poll(() => listedChildren(paths.children).map((child) => typeof child.process?.pid)).toEqual(['number']);
  process.kill(-pid, 'SIGKILL');
  expect((await end).code).toBeNull();
  return paths;
}

/** Two processes read on, fit to outlive us; then the daemon writes, goes on to its end, and they end with it. */
async function goesOnToItsEnd(): Promise<void> {
  await expect.poll(() => readersIn(fairlead.stateDir)).toHaveLength(2);
  for (const pid of readersIn(fairlead.stateDir)) {
    expect(statOf(pid)?.session).toBe(pid);
    expect(environmentOf(`${pid}`).map((variable) => variable.split('=')[0])).toEqual(['PATH', '']);
  }
  expect(await ledger()).toBe('begun\n');
  await daemonGoes.open();
  await expect.poll(ledger).toBe('begun\nended\n');
  await expect.poll(() => readersIn(fairlead.stateDir)).toEqual([]);
}

describe('a daemon that a step leaves behind with its output open', () => {
  it('goes on to its end after fairlead has ended, and the step says that it is there', async () => {
    const { code, stdout } = await fairlead.run('run', await recipe('exit 0'), '--yes');
    expect(code, stdout).toBe(0);
    const { output, children } = await pathsOfRun();
    const said = readdirSync(output).map((name) => readFileSync(join(output, name), 'utf8'));
    const notes = said.flatMap((text) => text.split('\n').filter((line) => line.includes('left something running')));
    expect(notes).toEqual([expect.stringContaining('[it left something running that still writes here; give it a log file]')]);
    expect(readdirSync(children)).toEqual([]);
    await goesOnToItsEnd();
  });

  it('goes on to its end after a kill -9 of the engine and the end of its program, from the resume on', async () => {
    const { children } = await killedRun();
    const [{ process: noted } = {}] = listedChildren(children);
    await programGoes.open();
    await expect.poll(() => statOf(noted?.pid ?? 0)?.state ?? 'Z').toBe('Z');
    const { code, stdout } = await fairlead.run('resume', '--answer', 'start=done');
    expect(code, stdout).toBe(0);
    expect(stdout).not.toContain('left at work');
    expect(readdirSync(children)).toEqual([]);
    await goesOnToItsEnd();
  });

  it('goes on to its end after a resume that has waited for its program', async () => {
    const { children } = await killedRun();
    let said = '';
    const waits = Promise.withResolvers<void>();
    const end = fairlead.start(['resume', '--answer', 'start=done'], (line) => {
      said = `${said} ${line.trim()}`;
      if (/Waiting for what the run left at work: .*of step/.test(said)) waits.resolve();
    });
    await Promise.race([waits.promise, end]);
    await programGoes.open();
    const { code, stdout } = await end;
    expect(code, stdout).toBe(0);
    expect(said).toContain('of step start');
    expect(readdirSync(children)).toEqual([]);
    await goesOnToItsEnd();
  });
});

describe('a thousand ordinary programs', () => {
  it('leave no descriptor open, no process that reads on, and nothing on the list', async () => {
    const list = createChildrenList(join(folder, 'children'), '20261122T120000Z-0c0c');
    const host = await createNodeHost({ reveal: async (text) => String(text), children: list });
    const { signal } = new AbortController();
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    await host.exec({ argv: ['true'] }, { signal });
    const before = descriptors();
    for (let i = 0; i < 100; i++) {
      const ended = await Promise.all(Array.from({ length: 10 }, () => host.exec({ argv: ['echo', 'x'] }, { signal })));
      expect(ended.map(({ code, stdout }) => `${code} ${stdout}`)).toEqual(Array.from({ length: 10 }, () => '0 x\n'));
    }
    // What the first one had open may still have been so before.
    await expect.poll(descriptors).toBeLessThanOrEqual(before);
    expect(readersIn(folder)).toEqual([]);
    expect(readdirSync(join(folder, 'children'))).toEqual(['pipes']);
    list.tidy();
    expect(readdirSync(join(folder, 'children'))).toEqual([]);
  });
});
