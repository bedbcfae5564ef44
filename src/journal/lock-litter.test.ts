import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireLock } from './lock.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-litter-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A number that no process has: above the kernel's limit of 2^22. */
const NO_PID = 2 ** 22 + 1;
const NONCE = '0123456789abcdef';

it('what a process left beside a lock that was killed while it made it goes with the next taking; all else stays', async () => {
  const mine = [`lock.${NO_PID}.${NONCE}.new`, `lock.${NO_PID}.${NONCE}.stale`];
  const others = [`lock.${process.pid}.${NONCE}.new`, 'lock.txt', `other.${NO_PID}.${NONCE}.new`];
  for (const name of [...mine, ...others]) await writeFile(join(dir, name), '');
  const lock = await acquireLock(join(dir, 'lock'), { what: 'a test' });
  expect((await readdir(dir)).sort()).toEqual(['lock', ...others].sort());
  await lock.release();
});
