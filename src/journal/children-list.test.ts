import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import type { StepId } from '../model/step-id.ts';
import { type ChildrenList, createChildrenList, type ListedChild, listedChildren, strikeOut } from './children-list.ts';
import { leftProcess, processByEnvironment } from './left-process.ts';
import { bootId, startTimeOf, uptimeTicks } from './process-identity.ts';

const RUN = '20261122T120000Z-0a0a';
let folder: string;
let children: string;
let list: ChildrenList;
const processes: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-children-'));
  children = join(folder, 'run', 'children');
  list = createChildrenList(children, RUN);
});
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const event = (seq: number, body: object): JournalEvent =>
  ({ v: 1, seq, at: new Date(0).toISOString(), prev: '', sum: '', ...body }) as JournalEvent;

/** A program that sleeps, a session leader unless told otherwise, with this environment. */
async function sleeper(environment: Readonly<Record<string, string>>, { leads = true } = {}): Promise<number> {
  const child = spawn('sleep', ['1000'], { env: { PATH: process.env.PATH ?? '', ...environment }, detached: leads });
  processes.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

async function killed(pid: number): Promise<void> {
  const child = processes.find((candidate) => candidate.pid === pid);
  const gone = once(child as ChildProcess, 'exit');
  child?.kill('SIGKILL');
  await gone;
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return failureOf(error).code;
  }
  return undefined;
}

/** What is on the list, as another engine reads it. */
const only = (): ListedChild => {
  const [child, ...more] = listedChildren(children);
  if (child === undefined || more.length > 0) throw new Error(`${more.length + 1} entries`);
  return child;
};

describe('the list of children', () => {
  it('shows a program before it begins, with its number once it is known, and not when it has ended', async () => {
    expect(listedChildren(children)).toEqual([]);
    const entry = list.program(['/usr/bin/apt-get', 'install', 'secret-looking-word']);
    expect(only()).toMatchObject({ name: '0-1', run: RUN, program: 'apt-get', bootId: bootId() });
    expect(only().process).toBeUndefined();
    entry.started(process.pid);
    expect(only().process).toEqual({ pid: process.pid, startTime: startTimeOf(process.pid) });
    expect(await readFile(join(children, '0-1'), 'utf8')).not.toContain('secret-looking-word');
    entry.ended();
    entry.ended();
    expect(listedChildren(children)).toEqual([]);
    list.tidy();
    expect(await readdir(children)).toEqual([]);
  });

  it('gives each program named pipes of its own for its output, for as long as it runs', async () => {
    const entries = Array.from({ length: 40 }, () => list.program(['true']));
    const paths = entries.flatMap(({ pipes }) => (pipes === undefined ? [] : [pipes.stdout, pipes.stderr]));
    expect(new Set(paths).size).toBe(80);
    for (const path of paths) {
      const found = await stat(path);
      expect([found.isFIFO(), found.mode & 0o777]).toEqual([true, 0o600]);
    }
    expect(listedChildren(children)).toHaveLength(40);
    // Who prints all files of the list must not wait for a pipe.
    const beside = await readdir(children, { withFileTypes: true });
    expect(beside.filter((found) => !found.isFile()).map(({ name }) => name)).toEqual(['pipes']);
    const next = createChildrenList(children, RUN).program(['true']);
    expect(paths).not.toContain(next.pipes?.stdout);
    for (const entry of [...entries, next]) entry.ended();
    list.tidy();
    expect(await readdir(children)).toEqual([]);
  });

  it('goes without named pipes where there can be none', async () => {
    await mkdir(children, { recursive: true });
    vi.stubEnv('PATH', folder);
    try {
      const entry = list.program(['true']);
      expect(entry.pipes).toBeUndefined();
      expect(only().program).toBe('true');
      entry.ended();
    } finally {
      vi.unstubAllEnvs();
    }
    expect(await readdir(children)).toEqual([]);
  });

  it('is for nobody else to read', async () => {
    list.program(['true']);
    for (const [path, mode] of [
      [join(folder, 'run'), 0o700],
      [children, 0o700],
      [join(children, 'pipes'), 0o700],
      [join(children, '0-1'), 0o600],
    ] as const) {
      expect((await stat(path)).mode & 0o777).toBe(mode);
    }
  });

  it('names the step that is under way and the last event, to the reader and to the program itself', () => {
    list.note(event(6, { type: 'step.started', step: 'apt' as StepId, attempt: 1 }));
    list.note(event(7, { type: 'step.intended', step: 'apt' as StepId, attempt: 1, changes: [] }));
    const entry = list.program(['true']);
    expect(entry.environment).toEqual({ FAIRLEAD_RUN: RUN, FAIRLEAD_SEQ: '7-1' });
    expect(only()).toMatchObject({ name: '7-1', step: 'apt' });
    entry.ended();
    list.note(event(8, { type: 'step.finished', step: 'apt' as StepId, attempt: 1, outcome: 'ok' }));
    expect(list.program(['true']).environment.FAIRLEAD_SEQ).toBe('8-2');
    expect(only().step).toBeUndefined();
  });

  it('keeps the entries of an engine that died apart from those of the next', () => {
    list.program(['first']);
    const next = createChildrenList(children, RUN);
    expect(next.program(['second']).environment.FAIRLEAD_SEQ).toBe('0-2');
    expect(listedChildren(children).map(({ name, program }) => `${name} ${program}`)).toEqual(['0-1 first', '0-2 second']);
  });

  it('shows a program in a container, with the id by which the engine knows it', () => {
    const entry = list.exec('lighthouse', ['register', '--name', 'x']);
    expect(only()).toMatchObject({ program: 'register', container: 'lighthouse' });
    expect(only().exec).toBeUndefined();
    entry.created('abc');
    expect(only().exec).toBe('abc');
    entry.ended();
    expect(listedChildren(children)).toEqual([]);
  });

  it('tells a program that sits at a terminal', () => {
    list.exec('lighthouse', ['register'], true);
    expect(only()).toMatchObject({ program: 'register', container: 'lighthouse', terminal: true });
  });

  it('fails before a program begins where it can not be written, and never afterwards', async () => {
    await writeFile(join(folder, 'run'), 'a file in the way');
    expect(codeOf(() => list.program(['true']))).toBe('state.not-writable');
    await rm(join(folder, 'run'));
    const [program, exec] = [list.program(['true']), list.exec('box', ['true'])];
    await rm(join(folder, 'run'), { recursive: true });
    program.started(process.pid);
    program.ended();
    expect(codeOf(() => exec.created('abc'))).toBe('state.not-writable');
    exec.ended();
  });

  it('reads past what is no entry: half a line, an empty file, something else', async () => {
    await mkdir(children, { recursive: true });
    await writeFile(join(children, '1-1'), '');
    await writeFile(join(children, '1-2'), '{"run":"2026');
    await writeFile(join(children, '1-3'), 'null\n7\n"x"\n');
    const entry = list.program(['true']);
    await writeFile(join(children, '0-1'), '{"process":{"pid":1', { flag: 'a' });
    expect(only()).toMatchObject({ name: '0-1', program: 'true' });
    expect(only().process).toBeUndefined();
    entry.ended();
  });

  it('costs a program little: far below a millisecond', () => {
    const before = process.cpuUsage();
    for (let i = 0; i < 200; i++) {
      const entry = list.program(['true']);
      entry.started(process.pid);
      entry.ended();
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 200).toBeLessThan(1000);
  });
});

describe('a listed program', () => {
  it('is alive until it has ended', async () => {
    const entry = list.program(['sleep']);
    const pid = await sleeper(entry.environment);
    entry.started(pid);
    expect(leftProcess(only())).toMatchObject({ pid });
    await killed(pid);
    expect(leftProcess(only())).toBeUndefined();
  });

  it('is not another process that got its number, nor one of an earlier boot', async () => {
    const entry = list.program(['sleep']);
    const pid = await sleeper(entry.environment);
    const child: ListedChild = { ...only(), process: { pid, startTime: startTimeOf(pid) ?? '' } };
    expect(leftProcess(child)).toMatchObject({ pid });
    expect(leftProcess({ ...child, process: { pid, startTime: '1' } })).toBeUndefined();
    expect(leftProcess({ ...child, bootId: 'another' })).toBeUndefined();
    expect(processByEnvironment({ ...child, bootId: 'another' })).toBeUndefined();
  });

  it('is found by its environment where the engine died before it had noted the number', async () => {
    const entry = list.program(['sleep']);
    expect(leftProcess(only())).toBeUndefined();
    const pid = await sleeper(entry.environment);
    expect(leftProcess(only())).toEqual({ pid, startTime: startTimeOf(pid) });
    await killed(pid);
    expect(leftProcess(only())).toBeUndefined();
  });

  it('is found by its environment where its number was noted in another namespace', async () => {
    const entry = list.program(['sleep']);
    const pid = await sleeper(entry.environment);
    const elsewhere = { ...only(), pidNamespace: 'pid:[1]', process: { pid: 1, startTime: startTimeOf(pid) ?? '' } };
    expect(leftProcess(elsewhere)).toMatchObject({ pid });
    expect(leftProcess({ ...elsewhere, process: { pid: 1, startTime: '1' } })).toBeUndefined();
  });

  it('is not what it has started: its children, and a daemon that began later', async () => {
    const entry = list.program(['sleep']);
    await sleeper(entry.environment, { leads: false });
    expect(leftProcess(only())).toBeUndefined();
    await sleeper(entry.environment);
    expect(leftProcess(only())).toBeDefined();
    expect(leftProcess({ ...only(), ticks: uptimeTicks() - 10_000 })).toBeUndefined();
  });

  it('is not a program of another run, or of another entry', async () => {
    const entry = list.program(['sleep']);
    await sleeper({ ...entry.environment, FAIRLEAD_RUN: `${RUN}0` });
    await sleeper({ ...entry.environment, FAIRLEAD_SEQ: '0-10' });
    expect(leftProcess(only())).toBeUndefined();
  });

  it('is off the list once it is struck out, however often', () => {
    list.program(['true']);
    const { name } = only();
    strikeOut(children, name);
    strikeOut(children, name);
    expect(listedChildren(children)).toEqual([]);
  });
});
