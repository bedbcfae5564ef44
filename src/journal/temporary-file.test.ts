import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireLock } from './lock.ts';
import { replaceFile } from './replace-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'temporary-file-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A number that no process has: above the kernel's limit of 2^22. */
const NO_PID = 2 ** 22 + 1;

/** Puts there what killed processes left, and what is none of theirs; the names of the latter. */
async function litter(): Promise<readonly string[]> {
  const others = [`lock.${process.pid}-0123abcd.tmp`, 'lock.txt', 'notes.tmp'];
  for (const name of [...others, `lock.${NO_PID}-0123abcd.tmp`, `deployment.json.${NO_PID}-0123abcd.tmp`]) {
    await writeFile(join(dir, name), 'half of it');
  }
  return others;
}

it('what processes left that were killed in mid-write goes with the next lock that is made there; all else stays', async () => {
  const others = await litter();
  const lock = await acquireLock(join(dir, 'lock'), { what: 'a test' });
  expect((await readdir(dir)).sort()).toEqual(['lock', ...others].sort());
  await lock.release();
});

it('it goes with the next file that is written there, too', async () => {
  const others = await litter();
  await replaceFile(join(dir, 'deployment.json'), '{}');
  expect((await readdir(dir)).sort()).toEqual(['deployment.json', ...others].sort());
});
