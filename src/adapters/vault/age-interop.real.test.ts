import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAgeVault } from './age-vault.ts';

const run = promisify(execFile);
let dir: string;
let paths: { file: string; identityFile: string };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'age-interop-'));
  paths = { file: join(dir, 'vault.age'), identityFile: join(dir, 'identity.txt') };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('the age program opens our vault and our backups with our key file', async () => {
  const vault = await openAgeVault({ ...paths, create: true });
  await vault.put('token', 'pa$$ "wörd"\n2');
  const { stdout } = await run('age', ['-d', '-i', paths.identityFile, paths.file]);
  expect(JSON.parse(stdout)).toMatchObject({ version: 2, secrets: { token: 'pa$$ "wörd"\n2' } });

  const backup = join(dir, 'backup.age');
  await writeFile(backup, await vault.encrypt(new TextEncoder().encode('the old file\n')));
  expect((await run('age', ['-d', '-i', paths.identityFile, backup])).stdout).toBe('the old file\n');
});

it('we open a vault that the age program encrypted, with a key that age-keygen made', async () => {
  await run('age-keygen', ['-o', paths.identityFile]);
  await chmod(paths.identityFile, 0o600);
  const vault = await openAgeVault({ ...paths, create: true });
  await vault.put('token', 'first');

  const { stdout: recipient } = await run('age-keygen', ['-y', paths.identityFile]);
  const { stdout: content } = await run('age', ['-d', '-i', paths.identityFile, paths.file]);
  const edited = join(dir, 'content.json');
  await writeFile(edited, content.replace('first', 'second'));
  await run('age', ['-r', recipient.trim(), '-o', paths.file, edited]);
  expect((await openAgeVault({ ...paths, create: false })).value('token')).toBe('second');
  expect(await readFile(paths.file, 'latin1')).toMatch(/^age-encryption\.org\/v1\n/);
});
