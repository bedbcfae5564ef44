import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLingeringLock, type LingeringLock } from './lingering-lock.ts';
import { type LockHolder, lockHolder, waitForLock } from './lock.ts';

const me = { what: 'run one', user: 'anna' };
let dir: string;
let file: string;
let lock: LingeringLock;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lingering-'));
  file = join(dir, 'lock');
  lock = createLingeringLock(file);
});
afterEach(async () => {
  await expect.poll(() => readdir(dir)).toEqual([]);
  await rm(dir, { recursive: true, force: true });
});

it('taken again at once it is the same lock; nobody asking for it, it is gone soon', async () => {
  const first = await lock.take(me);
  const holder = await lockHolder(file);
  expect(holder?.what).toBe('run one');
  await first.release();
  const again = await lock.take(me);
  await first.release();
  expect(await lockHolder(file)).toEqual(holder);
  await again.release();
  await expect.poll(() => readdir(dir)).toEqual([]);
  await (await lock.take(me)).release();
});

it('another who waits gets it at the next release, however fast it would be taken again, and so does who waits behind', async () => {
  const had: string[] = [];
  const other = async (what: string): Promise<void> => {
    const theirs = await waitForLock(file, { ...me, what });
    had.push((await lockHolder(file))?.what ?? 'nobody');
    await theirs.release();
  };
  let mine = await lock.take(me);
  const seen: LockHolder[] = [];
  const second = waitForLock(file, { ...me, what: 'run two', onHeld: (holder) => seen.push(holder) });
  await expect.poll(() => seen.length).toBe(1);
  const third = other('run three');
  await expect.poll(() => readdir(dir)).toContain('lock.wanted');
  await mine.release();
  const theirs = await second;
  expect(await lockHolder(file)).toEqual(theirs.holder);
  await theirs.release();
  mine = await lock.take(me);
  await mine.release();
  await third;
  expect(had).toEqual(['run three']);
});

it('passed on for long it is let go of all the same', async () => {
  const nonces = new Set<string>();
  const began = performance.now();
  while (nonces.size < 2 && performance.now() - began < 60_000) {
    const mine = await lock.take(me);
    nonces.add((await lockHolder(file))?.nonce ?? '');
    await mine.release();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(nonces.size).toBe(2);
});

it('a mark of one who died waiting costs one turn', async () => {
  await writeFile(`${file}.wanted`, '');
  await (await lock.take(me)).release();
  expect(await readdir(dir)).toEqual([]);
});

it('an aborted signal takes nothing, also where the lock still lingers', async () => {
  await (await lock.take(me)).release();
  await expect(lock.take({ ...me, signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
});

it('a process that ends leaves nothing behind', async () => {
  const script = `
    const { createLingeringLock } = await import(${JSON.stringify(new URL('./lingering-lock.ts', import.meta.url).href)});
    const { readFileSync } = await import('node:fs');
    await (await createLingeringLock(${JSON.stringify(file)}).take({ what: 'short', user: 'x' })).release();
    process.stdout.write(JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8')).what);
    process.exit(0);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect([stdout, status], stderr).toEqual(['short', 0]);
  await expect(readFile(file)).rejects.toThrow('ENOENT');
  expect(await readdir(dir)).toEqual([]);
});
