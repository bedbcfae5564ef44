import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureLine } from '../../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../../testing/fairlead-process.ts';
import { fixtureRecipe } from '../../testing/fixtures/recipes/fixture-recipe.ts';
import { folderTree } from '../../testing/folder-tree.ts';

/** Two deployments with a vault each; what is made of `second` has still to be resumed. */
let sound: Fairlead;
let place: string;
let token: string;
let state: string;
let vault: string;
let identity: string;

const run = (name: string, recipe = 'greeting'): string[] => [
  'run',
  fixtureRecipe(recipe),
  '--name',
  name,
  '--input',
  `folder=${join(place, name)}`,
];
const fairlead = (...args: readonly string[]): Promise<FairleadEnd> => sound.run(...args, '--state-dir', state);

beforeAll(async () => {
  sound = await createFairlead();
  place = await mkdtemp(join(tmpdir(), 'vault-'));
  for (const name of ['first', 'second']) expect((await sound.run(...run(name), '--yes')).code).toBe(0);
  expect((await sound.run(...run('open', 'needs-a-file'), '--yes')).code).toBe(1);
  token = (await sound.run('secrets', 'get', 'first', 'token', '--reveal')).stdout.trim();
  expect(token).toMatch(/^[0-9a-f]{32}$/);
});
afterAll(async () => {
  await sound.cleanUp();
  await rm(place, { recursive: true, force: true });
});

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'vault-state-'));
  await cp(sound.stateDir, state, { recursive: true });
  vault = join(state, 'deployments', 'first', 'vault.age');
  identity = join(state, 'identity.txt');
});
afterEach(() => rm(state, { recursive: true, force: true }));

/** All that needs the vault of a deployment. */
const needing = (name: string): readonly (readonly string[])[] => [
  ['secrets', 'list', name],
  [...run(name), '--input', 'greeting=hi', '--yes'],
  ['plan', ...run(name).slice(1)],
  ['drift', name],
  ['task', name, 'look', '--yes'],
  ['secrets', 'get', name, 'token', '--reveal'],
];

/** Each command that needs it says so, and none hangs; nothing is written, and no secret is told. */
async function refusedEverywhere(code: RegExp, ...parts: readonly string[]): Promise<void> {
  const before = [await folderTree(state), await folderTree(place)];
  const [listing = [], ...others] = needing('first');
  const listed = await fairlead(...listing, '--json');
  for (const end of [listed, ...(await Promise.all(others.map((args) => fairlead(...args, '--json'))))]) {
    expect(end.code, end.stderr).toBe(1);
    expect(end.stdout + end.stderr).not.toContain(token);
    expect(end.stdout + end.stderr).not.toContain('AGE-SECRET-KEY');
    expect(end.stdout).toBe('');
    const failure = failureLine(end.stderr);
    expect(failure.code).toMatch(code);
    const text = [failure.message, ...failure.hints].join('\n');
    for (const part of parts) expect(text).toContain(part);
  }
  expect([await folderTree(state), await folderTree(place)]).toEqual(before);
  // Looking at what needs no secret goes on.
  expect((await fairlead('status')).code).toBe(0);
}

describe('a vault that was damaged', () => {
  it.each<[string, (sealed: Buffer) => Buffer]>([
    ['cut short', (sealed) => sealed.subarray(0, randomInt(1, sealed.length))],
    ['cut within its header', (sealed) => sealed.subarray(0, 60)],
    ['empty', () => Buffer.alloc(0)],
    ['turned into NULs by a power cut', (sealed) => Buffer.alloc(sealed.length)],
    ['with a flipped bit in its content', (sealed) => flipped(sealed, sealed.length - randomInt(1, 64))],
    ['with a flipped bit in its first line', (sealed) => flipped(sealed, randomInt(0, 20))],
  ])('(%s) is refused by name, left as it is, and put back it opens again', async (_, damage) => {
    const sealed = await readFile(vault);
    await writeFile(vault, damage(sealed));
    await refusedEverywhere(/^vault\.(damaged|wrong-identity)$/, vault, 'from a backup', 'Nothing was changed');
    await writeFile(vault, sealed);
    expect((await fairlead('secrets', 'get', 'first', 'token', '--reveal')).stdout.trim()).toBe(token);
  });

  it('is no matter of other deployments, and put back it is as ever', async () => {
    const sealed = await readFile(vault);
    await writeFile(vault, sealed.subarray(0, 100));
    for (const args of needing('second')) expect((await fairlead(...args)).code, args.join(' ')).toBe(0);
    await writeFile(vault, sealed);
    const again = await fairlead(...run('first'), '--yes', '--json');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).not.toContain('"outcome":"changed"');
  });

  it('and has no backup is moved away, as the message says: the next run makes new secrets, and asks before it writes them', async () => {
    await writeFile(vault, flipped(await readFile(vault), 300));
    expect(failureLine((await fairlead(...run('first'), '--yes', '--json')).stderr).hints.join('\n')).toContain(
      `mv ${vault} ${vault}.damaged`,
    );
    await rename(vault, `${vault}.damaged`);
    const asked = await fairlead(...run('first'), '--yes', '--json');
    expect(asked.code, asked.stderr).toBe(3);
    expect(failureLine(asked.stderr).message).toContain('step settings asks (drift)');
    expect(await readFile(join(place, 'first', '.env'), 'utf8')).toContain(token);
    const end = await fairlead('resume', 'first', '--on-drift', 'overwrite');
    expect(end.code, end.stdout + end.stderr).toBe(0);
    const fresh = (await fairlead('secrets', 'get', 'first', 'token', '--reveal')).stdout.trim();
    expect(fresh).toMatch(/^[0-9a-f]{32}$/);
    expect(fresh).not.toBe(token);
    expect(await readFile(join(place, 'first', '.env'), 'utf8')).toContain(fresh);
    expect(await readdir(join(vault, '..'))).toContain('vault.age.damaged');
    // The others of this file find what was made before.
    expect((await sound.run(...run('first'), '--yes', '--on-drift', 'overwrite')).code).toBe(0);
    expect(await readFile(join(place, 'first', '.env'), 'utf8')).toContain(token);
  });
});

describe('a key file', () => {
  const keygen = async (): Promise<string> => (await promisify(execFile)('age-keygen', [])).stdout;

  it('that is another’s opens nothing: it is said, and nothing is overwritten', async () => {
    const own = await readFile(identity);
    await writeFile(identity, await keygen(), { mode: 0o600 });
    await refusedEverywhere(/^vault\.wrong-identity$/, vault, 'Put back the key file');
    await writeFile(identity, own);
    expect((await fairlead('secrets', 'get', 'first', 'token', '--reveal')).stdout.trim()).toBe(token);
  });

  it.each([
    ['empty', (own: Buffer) => own.subarray(0, 0)],
    ['cut short', (own: Buffer) => own.subarray(0, own.length - 20)],
    ['with a changed letter', (own: Buffer) => flipped(own, own.length - 10)],
  ])('(%s) is refused, and never quoted', async (_, damage) => {
    await writeFile(identity, damage(await readFile(identity)), { mode: 0o600 });
    await refusedEverywhere(/^vault\.identity-damaged$/, identity, 'from a backup');
  });

  it('that is gone is not made anew while a vault needs it, whichever deployment runs', async () => {
    await rm(identity);
    await refusedEverywhere(/^vault\.identity-missing$/, identity, 'back from a backup');
    const other = await fairlead(...run('third'), '--yes', '--json');
    expect(other.code, other.stderr).toBe(1);
    expect(failureLine(other.stderr).code).toBe('vault.identity-missing');
    expect(await readdir(state)).not.toContain('identity.txt');
  });

  it('that others may read is refused with the command that mends it', async () => {
    await promisify(execFile)('chmod', ['644', identity]);
    await refusedEverywhere(/^vault\.identity-exposed$/, `chmod 600 ${identity}`);
  });
});

it('an unfinished run whose vault is damaged waits for it, and goes on when it is back', async () => {
  const open = join(state, 'deployments', 'open', 'vault.age');
  const sealed = await readFile(open);
  await writeFile(open, sealed.subarray(0, 100));
  await writeFile(join(place, 'open', 'wanted'), 'words');
  for (const args of [['resume', 'open'], ['resume', 'open', '--abandon'], run('open', 'needs-a-file')]) {
    const end = await fairlead(...args, '--yes', '--json');
    expect(end.code, end.stderr).toBe(1);
    expect(end.stdout).toBe('');
    expect(failureLine(end.stderr).code).toMatch(/^vault\.(damaged|wrong-identity)$/);
  }
  await writeFile(open, sealed);
  const resumed = await fairlead('resume', 'open', '--yes');
  expect(resumed.code, resumed.stderr).toBe(0);
});

function flipped(bytes: Buffer, offset: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[offset] = (changed[offset] as number) ^ 1;
  return changed;
}
