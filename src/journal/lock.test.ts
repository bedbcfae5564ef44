import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../model/failure.ts';
import { acquireLock, type LockHolder, lockHolder, waitForLock } from './lock.ts';
import { bootId, isAlive, pidNamespace, startTimeOf } from './process-identity.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-'));
  file = join(dir, 'lock');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const me = { what: 'fairlead run demo', user: 'anna', sshClient: '192.0.2.7' };
const failureFrom = async (promise: Promise<unknown>): Promise<ReturnType<typeof failureOf>> =>
  failureOf(
    await promise.then(
      () => new Error('it did not fail'),
      (error) => error,
    ),
  );

/** A holder as another process would have written it. */
const holderOf = (changes: Partial<LockHolder>): LockHolder => ({
  pid: process.pid,
  bootId: bootId(),
  startTime: startTimeOf(process.pid) as string,
  pidNamespace: pidNamespace(),
  user: 'bert',
  since: '2026-11-22T19:55:30.000Z',
  what: 'fairlead run other',
  nonce: 'n',
  ...changes,
});
/** A number that no process has: above the kernel's limit of 2^22. */
const NO_PID = 2 ** 22 + 1;

describe('a lock', () => {
  it('that nobody holds is taken, names its holder, and is gone after release', async () => {
    const lock = await acquireLock(file, me);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      pid: process.pid,
      user: 'anna',
      sshClient: '192.0.2.7',
      what: 'fairlead run demo',
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      since: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await lockHolder(file)).toEqual(lock.holder);
    expect(lock.takenOver).toBeUndefined();
    await lock.release();
    expect(await lockHolder(file)).toBeUndefined();
    expect(await readdir(dir)).toEqual([]);
    await (await acquireLock(file, me)).release();
  });

  it('that is held is refused, and the message names who holds it', async () => {
    const lock = await acquireLock(file, me);
    const failure = await failureFrom(acquireLock(file, { what: 'fairlead task demo', user: 'bert' }));
    expect(failure).toMatchObject({ code: 'run.held', fault: 'operator', retryable: true });
    for (const part of [`process ${process.pid}`, 'anna', '192.0.2.7', 'fairlead run demo', lock.holder.since]) {
      expect(failure.message).toContain(part);
    }
    await lock.release();
  });

  it.each([
    ['its process is gone', { pid: NO_PID }],
    ['another process has its number by now', { startTime: '1' }],
    ['the machine was started anew', { bootId: 'another-boot' }],
  ])('is stale when %s, and is taken over', async (_, changes) => {
    const stale = holderOf(changes);
    await writeFile(file, JSON.stringify(stale));
    expect(await lockHolder(file)).toBeUndefined();
    const lock = await acquireLock(file, me);
    expect(lock.takenOver).toEqual(stale);
    expect(await lockHolder(file)).toEqual(lock.holder);
    expect(await readdir(dir)).toEqual(['lock']);
    await lock.release();
  });

  it('is not stale because its process runs in another container', async () => {
    await writeFile(file, JSON.stringify(holderOf({ pid: NO_PID, pidNamespace: 'pid:[1]' })));
    const failure = await failureFrom(acquireLock(file, me));
    expect(failure.code).toBe('run.held');
    expect(failure.hints.join(' ')).toContain(`remove ${file}`);
  });

  it.each(['', '{', 'null', '{"pid":"x"}'])('that names nobody (%j) is taken over', async (text) => {
    await writeFile(file, text);
    const lock = await acquireLock(file, me);
    expect(await lockHolder(file)).toEqual(lock.holder);
    await lock.release();
  });

  it('whose taking over was itself cut short is taken over all the same', async () => {
    await writeFile(file, JSON.stringify(holderOf({ pid: NO_PID })));
    await writeFile(`${file}.takeover`, JSON.stringify(holderOf({ pid: NO_PID, nonce: 'm' })));
    const lock = await acquireLock(file, me);
    expect(await lockHolder(file)).toEqual(lock.holder);
    await lock.release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('that became somebody else’s is not taken from them by release', async () => {
    const lock = await acquireLock(file, me);
    const theirs = JSON.stringify(holderOf({}));
    await writeFile(file, theirs);
    await lock.release();
    expect(await readFile(file, 'utf8')).toBe(theirs);
  });

  it('that can’t be made is said so', async () => {
    await writeFile(file, '');
    expect((await failureFrom(acquireLock(join(file, 'lock'), me))).code).toBe('state.not-writable');
  });
});

describe('waiting for a lock', () => {
  it('that nobody holds takes it at once, and makes its folder', async () => {
    const lock = await waitForLock(join(dir, 'hosts', 'a.lock'), me);
    await lock.release();
    expect(await readdir(join(dir, 'hosts'))).toEqual([]);
  });

  it('that is held says once whom it waits for, and takes it when it is given up', async () => {
    const first = await acquireLock(file, me);
    const seen: LockHolder[] = [];
    const waiting = waitForLock(file, { ...me, what: 'apply', onHeld: (holder) => seen.push(holder) });
    await expect.poll(() => seen.length).toBe(1);
    await first.release();
    const second = await waiting;
    expect(seen).toEqual([first.holder]);
    expect(await lockHolder(file)).toEqual(second.holder);
    await second.release();
  });

  it('ends with the reason of its signal, and then never takes it', async () => {
    const lock = await acquireLock(file, me);
    const stop = new AbortController();
    const waiting = failureFromReason(waitForLock(file, { ...me, signal: stop.signal, onHeld: () => stop.abort('enough') }));
    expect(await waiting).toBe('enough');
    await lock.release();
    expect(await lockHolder(file)).toBeUndefined();
    expect(await failureFromReason(waitForLock(file, { ...me, signal: stop.signal }))).toBe('enough');
    expect(await readdir(dir)).toEqual([]);
  });

  it('takes over the lock of a dead process without waiting', async () => {
    await writeFile(file, JSON.stringify(holderOf({ pid: NO_PID })));
    const lock = await waitForLock(file, { ...me, onHeld: () => expect.fail('nobody holds it') });
    expect(lock.takenOver?.pid).toBe(NO_PID);
    await lock.release();
  });

  it('many at once have it one after the other, and all get it', async () => {
    let inside = 0;
    let turns = 0;
    const turn = async (): Promise<void> => {
      const lock = await waitForLock(file, me);
      expect(++inside).toBe(1);
      await readFile(file);
      inside--;
      turns++;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 12 }, turn));
    expect(turns).toBe(12);
  });

  const failureFromReason = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => expect.fail('it did not end'),
      (reason: unknown) => reason,
    );
});

describe('a process', () => {
  it('is told from a later one with its number', () => {
    const start = startTimeOf(process.pid) as string;
    expect(start).toMatch(/^\d+$/);
    expect(isAlive(process.pid, start)).toBe(true);
    expect(isAlive(process.pid, `${Number(start) - 1}`)).toBe(false);
    expect(isAlive(NO_PID, start)).toBe(false);
  });
});

describe('several processes at once', () => {
  /** Takes the lock that a line names and says how it went; gives it up at the line `release`. */
  const contender = `
    const { acquireLock } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)});
    let lock;
    process.stdin.on('data', async (chunk) => {
      const line = chunk.toString().trim();
      if (line === 'release') {
        await lock.release();
        console.log('released');
      } else {
        lock = await acquireLock(line, { what: 'race', user: 'x' }).catch((error) => error);
        console.log(lock.release ? 'won' : lock.failure.code);
      }
    });
    console.log('ready');`;
  const start = () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', contender], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')));
    return {
      child,
      lines,
      says: (count: number) => expect.poll(() => lines.length).toBeGreaterThanOrEqual(count),
    };
  };

  it('exactly one takes a free or a stale lock, in each of 20 rounds', { timeout: 300_000 }, async () => {
    const racers = [start(), start(), start()];
    try {
      for (const racer of racers) await racer.says(1);
      for (let round = 0; round < 20; round++) {
        const path = join(dir, `lock-${round}`);
        if (round % 4 > 0) await writeFile(path, JSON.stringify(holderOf({ pid: NO_PID })));
        if (round % 4 === 3) await writeFile(`${path}.takeover`, JSON.stringify(holderOf({ pid: NO_PID, nonce: 'm' })));
        for (const racer of racers) racer.lines.length = 0;
        for (const racer of racers) racer.child.stdin.write(`${path}\n`);
        for (const racer of racers) await racer.says(1);
        const results = racers.map((racer) => racer.lines[0]);
        expect(results.toSorted()).toEqual(['run.held', 'run.held', 'won']);
        const winner = racers[results.indexOf('won')];
        expect(await lockHolder(path)).toMatchObject({ pid: winner?.child.pid });
        winner?.child.stdin.write('release\n');
        await winner?.says(2);
      }
      expect(await readdir(dir)).toEqual([]);
    } finally {
      await Promise.all(racers.map(stop));
    }
  });

  it('the lock of a killed process is free, and that of a stopped one is not', { timeout: 300_000 }, async () => {
    const racer = start();
    try {
      await racer.says(1);
      racer.child.stdin.write(`${file}\n`);
      await racer.says(2);
      racer.child.kill('SIGSTOP');
      expect((await failureFrom(acquireLock(file, me))).code).toBe('run.held');
    } finally {
      await stop(racer);
    }
    const lock = await acquireLock(file, me);
    expect(lock.takenOver?.pid).toBe(racer.child.pid);
    await lock.release();
  });

  async function stop({ child }: ReturnType<typeof start>): Promise<void> {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
});
