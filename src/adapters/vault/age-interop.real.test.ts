import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAgeVault } from './age-vault.ts';
import { makeIdentity } from './identity.ts';
import { createKeyFile } from './key-file.ts';
import { createPassphraseFile } from './passphrase-file.ts';

const run = promisify(execFile);
let dir: string;
let paths: { file: string; identityFile: string };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'age-interop-'));
  paths = { file: join(dir, 'vault.age'), identityFile: join(dir, 'identity.txt') };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('the age program opens our vault and our backups with our key file', async () => {
  const vault = await openAgeVault({ file: paths.file, key: createKeyFile(paths.identityFile), create: true });
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
  const vault = await openAgeVault({ file: paths.file, key: createKeyFile(paths.identityFile), create: true });
  await vault.put('token', 'first');

  const { stdout: recipient } = await run('age-keygen', ['-y', paths.identityFile]);
  const { stdout: content } = await run('age', ['-d', '-i', paths.identityFile, paths.file]);
  const edited = join(dir, 'content.json');
  await writeFile(edited, content.replace('first', 'second'));
  await run('age', ['-r', recipient.trim(), '-o', paths.file, edited]);
  expect((await openAgeVault({ file: paths.file, key: createKeyFile(paths.identityFile), create: false })).value('token')).toBe(
    'second',
  );
  expect(await readFile(paths.file, 'latin1')).toMatch(/^age-encryption\.org\/v1\n/);
});

/** Runs a command at a pseudo-terminal, and types a line whenever it asks for a passphrase; what it printed. */
function answering(passphrase: string, ...command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command.join(' '), '/dev/null']);
    let written = '';
    let answered = 0;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      written += chunk;
      const asked = written.split(/passphrase[^\n]*:/i).length - 1;
      for (; answered < asked; answered++) child.stdin.write(`${passphrase}\r`);
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(written) : reject(new Error(`exit code ${code}: ${written}`))));
  });
}

it('the age program opens our vault with our key under a passphrase, once it is told that', async () => {
  const key = createPassphraseFile(join(dir, 'identity.age'), async () => 'pass phrase');
  const identity = await makeIdentity();
  await key.write(identity);
  const source = { place: key.file, read: () => key.read(), create: makeIdentity };
  await (await openAgeVault({ file: paths.file, key: source, create: true })).put('token', 'value');
  expect(await answering('pass phrase', 'age', '-d', '-i', key.file, paths.file)).toContain('"token": "value"');
  expect(await answering('pass phrase', 'age', '-d', key.file)).toContain(identity.secret);
  await expect(answering('wrong', 'age', '-d', '-i', key.file, paths.file)).rejects.toThrow(/exit code 1/);
});

it('we open a key that the age program put under a passphrase', async () => {
  await run('age-keygen', ['-o', paths.identityFile]);
  const sealed = join(dir, 'identity.age');
  await answering('pass phrase', 'age', '-p', '-a', '-o', sealed, paths.identityFile);
  await chmod(sealed, 0o600);
  const identity = await createPassphraseFile(sealed, async () => 'pass phrase').read();
  expect(await readFile(paths.identityFile, 'utf8')).toContain(identity?.secret);
});
