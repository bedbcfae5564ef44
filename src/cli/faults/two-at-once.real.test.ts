import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootId, pidNamespace, startTimeOf } from '../../journal/process-identity.ts';
import { createStateFolder } from '../../journal/state-folder.ts';
import type { JournalEvent } from '../../model/events.ts';
import { failureLine } from '../../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../../testing/fairlead-process.ts';
import { fixtureRecipe } from '../../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe, type Pipe } from '../../testing/pipe.ts';

const ROUNDS = 10;

let fairlead: Fairlead;
let folder: string;
let pipe: Pipe;

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'two-at-once-'));
  pipe = await makePipe(join(folder, 'pipe'));
});
afterEach(async () => {
  await pipe.release();
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const run = (name: string): readonly string[] => [
  'run',
  fixtureRecipe('waiting'),
  '--name',
  name,
  '--input',
  `folder=${folder}`,
  '--yes',
  '--json',
];
const lockOf = (name: string): string => createStateFolder(fairlead.stateDir).deployment(name).lock;
const ledger = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'ledger'), 'utf8').catch(() => '')).split('\n').slice(0, -1);

interface Started {
  readonly end: Promise<FairleadEnd>;
  readonly process: () => ChildProcess | undefined;
}

/** Starts a process; `onWaiting` is called where it is the one that runs the step that waits. */
function start(args: readonly string[], onWaiting: () => void): Started {
  let process: ChildProcess | undefined;
  const end = fairlead.start(args, (line, child) => {
    process = child;
    const event = JSON.parse(line) as JournalEvent;
    if (event.type === 'step.intended' && event.step === 'wait') onWaiting();
  });
  return { end, process: () => process };
}

/** Two of the same at once: one runs, the other ends with 4 and names it. Answers how the one that ran ended. */
async function race(args: readonly string[]): Promise<void> {
  const before = await ledger();
  const waiting = Promise.withResolvers<void>();
  const racers = [start(args, waiting.resolve), start(args, waiting.resolve)];
  // Who is refused ends while the other waits; it goes on only then.
  const loser = await Promise.race(racers.map(async ({ end }, index) => ({ index, end: await end })));
  expect(loser.end.code, loser.end.stderr).toBe(4);
  expect(loser.end.stdout).toBe('');
  await waiting.promise;
  const winner = racers[1 - loser.index] as Started;
  const failure = failureLine(loser.end.stderr);
  expect(failure).toMatchObject({ code: 'run.held', retryable: true });
  expect(failure.message).toContain(`process ${winner.process()?.pid} of `);
  await pipe.open();
  const won = await winner.end;
  expect(won.code, won.stderr).toBe(0);
  expect(await ledger()).toEqual([...before, 'begun', 'ended']);
}

describe('two processes that begin in the same instant', () => {
  it(`one runs and the other names it, in each of ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `race-${round}`;
      await race(run(name));
      const runs = createStateFolder(fairlead.stateDir).deployment(name).runs;
      expect(await readdir(runs)).toHaveLength(1);
      expect((await readdir(dirname(runs))).sort()).toEqual(['deployment.json', 'runs', 'vault.age']);
      await rm(join(folder, 'last'), { recursive: true });
    }
    expect((await readdir(join(fairlead.stateDir, 'hosts'))).filter((entry) => entry.includes('lock'))).toEqual([]);
  });
});

describe('a lock whose holder was killed', () => {
  it('is taken over by one of two that resume at once, and the other names it', async () => {
    const waiting = Promise.withResolvers<void>();
    const first = start(run('stale'), waiting.resolve);
    await waiting.promise;
    await expect.poll(ledger).toEqual(['begun']);
    first.process()?.kill('SIGKILL');
    await first.end;
    expect(JSON.parse(await readFile(lockOf('stale'), 'utf8')).pid).toBe(first.process()?.pid);
    // What the dead one left behind ends before anybody resumes.
    await pipe.open();
    await expect.poll(ledger).toEqual(['begun', 'ended']);
    await race(['resume', 'stale', '--answer', 'wait=again', '--json']);
    expect(await readdir(dirname(lockOf('stale')))).not.toContain('lock');
  });

  it('is no obstacle to a single resume either', async () => {
    const holder = spawn('sleep', ['1000']);
    await once(holder, 'spawn');
    const lock = holderOf({ pid: holder.pid as number, startTime: startTimeOf(holder.pid as number) as string });
    await leave('killed', lock);
    const held = await fairlead.run(...run('killed'));
    expect(held.code, held.stderr).toBe(4);
    expect(failureLine(held.stderr).message).toContain(`process ${holder.pid} of bert from 192.0.2.7`);
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    await goesOn('killed');
  });
});

describe('a lock that nobody holds', () => {
  it.each<[string, () => string]>([
    ['left by an earlier boot, though a process has that number now', () => holderOf({ bootId: 'an-earlier-boot' })],
    ['that is empty', () => ''],
    ['that is full of NULs', () => '\0'.repeat(300)],
    ['that holds garbage', () => '{"pid": "no number"'],
    ['that names a number which another process has by now', () => holderOf({ startTime: '1' })],
  ])('%s is taken over and given up again', async (_, text) => {
    await leave('left', text());
    await goesOn('left');
  });
});

/** As a process that is alive would have written it. */
function holderOf(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    pid: process.pid,
    bootId: bootId(),
    startTime: startTimeOf(process.pid),
    pidNamespace: pidNamespace(),
    user: 'bert',
    sshClient: '192.0.2.7',
    since: '2026-11-22T19:55:30.000Z',
    what: 'fairlead run left',
    nonce: 'n',
    ...changes,
  });
}

async function leave(name: string, lock: string): Promise<void> {
  await mkdir(dirname(lockOf(name)), { recursive: true });
  await writeFile(lockOf(name), lock);
}

async function goesOn(name: string): Promise<void> {
  const { end } = start(run(name), () => void pipe.open());
  const { code, stderr } = await end;
  expect(code, stderr).toBe(0);
  expect(await readdir(dirname(lockOf(name)))).not.toContain('lock');
}
