import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createNodeHost } from '../host/node-host.ts';
import { createTemporaryNames, temporaryPrefix } from './temporary-name.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-temporary-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The number of a process that has ended. */
const dead = (): number => spawnSync('true').pid;

it('what a killed process left of a file is taken away by who writes that file next', async () => {
  const path = join(folder, '.env');
  await writeFile(join(folder, `${temporaryPrefix(path)}${dead()}-0123456789ab`), 'SECRET=half');
  await mkdir(join(folder, `${temporaryPrefix(path)}${dead()}-ba9876543210`));
  await writeFile(join(folder, `${temporaryPrefix(path)}${process.pid}-000000000000`), 'of a process that had our number');
  await createTemporaryNames().create(path, async (temporary) => {
    expect(temporary.startsWith(join(folder, `${temporaryPrefix(path)}${process.pid}-`))).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });
});

it('what a living process is writing, and what only looks alike, is left alone', async () => {
  const path = join(folder, 'app.conf');
  const kept = [
    `.app.conf.fairlead-${process.ppid}-0123456789ab`,
    `.app.conf.fairlead-notes`,
    `.other.conf.fairlead-${dead()}-0123456789ab`,
    'app.conf',
  ].sort();
  for (const name of kept) await writeFile(join(folder, name), name);
  await createTemporaryNames().create(path, async () => undefined);
  expect((await readdir(folder)).sort()).toEqual(kept);
});

it('two that are written at one time by one process do not take each other away', async () => {
  const path = join(folder, 'a');
  const names = createTemporaryNames();
  await names.create(path, async (one) => {
    await writeFile(one, 'one');
    await names.create(path, (two) => writeFile(two, 'two'));
    expect(await readFile(one, 'utf8')).toBe('one');
  });
});

it('the real host leaves nothing beside what it makes, also where it fails', async () => {
  const host = await createNodeHost({ reveal: async (text) => String(text) });
  const ids = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  await writeFile(join(folder, `${temporaryPrefix('/one')}${dead()}-0123456789ab`), 'left of a parent');
  await host.files([
    { op: 'mkdir', path: join(folder, 'one/two/three'), mode: 0o750, ...ids },
    { op: 'write', path: join(folder, 'one/file'), data: 'text', mode: 0o600, ...ids },
  ]);
  await expect(host.files([{ op: 'write', path: join(folder, 'one/two'), data: 'text', mode: 0o600, ...ids }])).rejects.toThrow();
  await expect(host.files([{ op: 'mkdir', path: join(folder, 'one/file/more') }])).rejects.toThrow();
  const all = await readdir(folder, { recursive: true });
  expect(all.sort()).toEqual(['one', 'one/file', 'one/two', 'one/two/three']);
});
