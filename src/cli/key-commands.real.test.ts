import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { startSecretService } from '../testing/secret-service.ts';
import { openTerminal, type Terminal } from '../testing/terminal.ts';

const PASSPHRASE = 'correct horse battery';
const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));

/** A machine with one deployment, whose vault has a token, and another that has none yet. */
let here: Fairlead;
let there: Fairlead;
let place: string;
let token: string;
let opened: Terminal[];

const run = (): string[] => ['run', fixtureRecipe('greeting'), '--input', `folder=${join(place, 'greeting')}`, '--yes'];
const reveal = ['secrets', 'get', 'greeting', 'token', '--reveal'];
const stateFiles = async ({ stateDir }: Fairlead): Promise<readonly string[]> => (await readdir(stateDir)).sort();

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'keys-'));
  here = await createFairlead();
  there = await createFairlead();
  opened = [];
  expect((await here.run(...run())).code).toBe(0);
  token = (await here.run(...reveal)).stdout.trim();
  expect(token).toMatch(/^[0-9a-f]{32}$/);
});
afterEach(async () => {
  for (const terminal of opened) await terminal.hangUp();
  for (const fairlead of [here, there]) await fairlead.cleanUp();
  await rm(place, { recursive: true, force: true });
});

async function succeeds(fairlead: Fairlead, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await fairlead.run(...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

const withPassphrase = async (act: (fairlead: Fairlead) => Promise<void>, passphrase = PASSPHRASE): Promise<void> => {
  const fairlead = await createFairlead({ FAIRLEAD_STATE_DIR: here.stateDir, FAIRLEAD_PASSPHRASE: passphrase });
  try {
    await act(fairlead);
  } finally {
    await fairlead.cleanUp();
  }
};

const publicKeyOf = async (fairlead: Fairlead): Promise<string> =>
  (JSON.parse(await succeeds(fairlead, 'secrets', 'key', '--json')) as { publicKey: string }).publicKey;

describe('at a terminal', () => {
  const at = (...args: readonly string[]): Terminal => {
    const terminal = openTerminal(args, { FAIRLEAD_STATE_DIR: here.stateDir });
    opened.push(terminal);
    return terminal;
  };
  const type = async (terminal: Terminal, prompt: string, line: string): Promise<void> => {
    await terminal.see(prompt);
    terminal.type(line);
  };

  it('the key is moved by one at a time: two would each clear what the other has just written', async () => {
    const keep = at('secrets', 'keep-key', 'passphrase');
    await keep.see('New passphrase');
    const { code, stderr } = await here.run('secrets', 'keep-key', 'file');
    expect(code).toBe(4);
    expect(stderr).toContain('fairlead secrets keep-key passphrase');
    keep.type(PASSPHRASE);
    await type(keep, 'The same once more', PASSPHRASE);
    expect(await keep.end(), keep.written).toBe(0);
    expect(await stateFiles(here)).toContain('identity.age');
    expect(await stateFiles(here)).not.toContain('identity.lock');
  });

  it('a new passphrase is typed twice, and asked for from then on; it is never shown', async () => {
    const keep = at('secrets', 'keep-key', 'passphrase');
    await type(keep, 'New passphrase', '');
    await keep.see('must not be empty');
    await type(keep, 'New passphrase', PASSPHRASE);
    await type(keep, 'The same once more', 'something else');
    await keep.see('two different ones');
    await type(keep, 'New passphrase', PASSPHRASE);
    await type(keep, 'The same once more', PASSPHRASE);
    expect(await keep.end(), keep.written).toBe(0);
    expect(await stateFiles(here)).toContain('identity.age');
    expect(await stateFiles(here)).not.toContain('identity.txt');

    const get = at('secrets', 'get', 'greeting', 'token');
    await type(get, 'identity.age (not shown): ', PASSPHRASE);
    expect(await get.end()).toBe(0);
    expect(get.written).toContain(token);
    const wrong = at('secrets', 'get', 'greeting', 'token');
    await type(wrong, 'identity.age (not shown): ', 'wrong horse');
    for (const other of ['wrong cow', 'wrong hen']) await type(wrong, 'That was not it. Passphrase for', other);
    expect(await wrong.end()).toBe(1);
    expect(wrong.written).toContain('(vault.wrong-passphrase)');
    for (const { written } of [keep, get, wrong]) {
      for (const shown of [PASSPHRASE, 'something else', 'wrong horse']) expect(written).not.toContain(shown);
    }
  });

  it('Ctrl-C, and Ctrl-D on an empty line, leave the key where it was', async () => {
    for (const press of ['pressCtrlC', 'pressCtrlD'] as const) {
      const keep = at('secrets', 'keep-key', 'passphrase');
      await keep.see('New passphrase');
      keep[press]();
      expect(await keep.end()).toBe(3);
    }
    expect(await succeeds(here, ...reveal)).toBe(`${token}\n`);
    expect(await stateFiles(here)).toEqual(['deployments', 'hosts', 'identity.txt']);
  });

  it('a run asks once, however often it looks into the vault', async () => {
    await withPassphrase(async (fairlead) => void (await succeeds(fairlead, 'secrets', 'keep-key', 'passphrase')));
    const again = at(...run(), '--input', 'greeting=hi');
    await type(again, 'identity.age (not shown): ', PASSPHRASE);
    expect(await again.end(), again.written).toBe(0);
    expect(again.written.split('Passphrase for')).toHaveLength(2);
    expect(await readFile(join(place, 'greeting', '.env'), 'utf8')).toContain('GREETING=hi');
  });
});

describe('the key', () => {
  it('goes round all its homes, and opens the vault from each', async () => {
    const service = await startSecretService();
    const fairlead = await createFairlead({
      ...service.environment,
      FAIRLEAD_PASSPHRASE: PASSPHRASE,
      FAIRLEAD_STATE_DIR: here.stateDir,
    });
    try {
      const key = await publicKeyOf(here);
      for (const [home, file] of [
        ['passphrase', 'identity.age'],
        ['keyring', 'identity.keyring.json'],
        ['passphrase', 'identity.age'],
        ['file', 'identity.txt'],
        ['keyring', 'identity.keyring.json'],
        ['file', 'identity.txt'],
      ] as const) {
        await succeeds(fairlead, 'secrets', 'keep-key', home);
        expect(await stateFiles(here)).toEqual(['deployments', 'hosts', file]);
        expect(await publicKeyOf(fairlead)).toBe(key);
        expect(await succeeds(fairlead, ...reveal)).toBe(`${token}\n`);
      }
    } finally {
      await fairlead.cleanUp();
      await service.end();
    }
  });

  it('survives a kill at any moment of a move', async () => {
    const key = await publicKeyOf(here);
    await withPassphrase(async (fairlead) => {
      const begin = performance.now();
      await succeeds(fairlead, 'secrets', 'keep-key', 'passphrase');
      const whole = performance.now() - begin;
      for (let round = 0; round < 8; round++) {
        const home = round % 2 === 0 ? 'file' : 'passphrase';
        const child = spawn(launcher, ['secrets', 'keep-key', home], {
          env: { ...process.env, FAIRLEAD_STATE_DIR: here.stateDir, FAIRLEAD_PASSPHRASE: PASSPHRASE },
          stdio: 'ignore',
        });
        const end = new Promise((resolve) => child.on('close', resolve));
        await pause(randomInt(100, Math.ceil(whole)));
        child.kill('SIGKILL');
        await end;
        expect(await publicKeyOf(fairlead)).toBe(key);
        expect(await succeeds(fairlead, ...reveal)).toBe(`${token}\n`);
      }
      await succeeds(fairlead, 'secrets', 'keep-key', 'passphrase');
      expect(await stateFiles(here)).toEqual(['deployments', 'hosts', 'identity.age']);
    });
  });

  it('that is in two places opens the vault, and each command says how to end that', async () => {
    const plain = join(here.stateDir, 'identity.txt');
    const text = await readFile(plain);
    await withPassphrase(async (fairlead) => {
      await succeeds(fairlead, 'secrets', 'keep-key', 'passphrase');
      await writeFile(plain, text, { mode: 0o600 });
      const { code, stdout, stderr } = await here.run(...reveal);
      expect([code, stdout]).toEqual([0, `${token}\n`]);
      expect(stderr).toContain('lies in 2 places');
      expect(stderr).toContain('`fairlead secrets keep-key file|passphrase` ends it');
      expect(await succeeds(fairlead, 'secrets', 'keep-key', 'passphrase')).toContain(`no longer in ${plain}`);
      const after = await fairlead.run(...reveal);
      expect([after.code, after.stdout, after.stderr]).toEqual([0, `${token}\n`, '']);
    });
  });

  it('can be kept under a passphrase from the beginning: it is never in a plain file', async () => {
    const first = await createFairlead({ FAIRLEAD_PASSPHRASE: PASSPHRASE });
    try {
      await succeeds(first, 'secrets', 'keep-key', 'passphrase');
      await succeeds(first, 'run', fixtureRecipe('greeting'), '--input', `folder=${join(place, 'first')}`, '--yes');
      expect(await stateFiles(first)).toEqual(['deployments', 'hosts', 'identity.age']);
      expect(await succeeds(first, ...reveal)).toMatch(/^[0-9a-f]{32}\n$/);
    } finally {
      await first.cleanUp();
    }
  });

  it('is exported at a terminal, on demand, or to a new file that nobody else may read', async () => {
    const hidden = await here.run('secrets', 'export-key', '--json');
    expect([hidden.code, failureLine(hidden.stderr).code, hidden.stdout]).toEqual([2, 'secret.not-revealed', '']);
    const text = await succeeds(here, 'secrets', 'export-key', '--reveal');
    expect(text).toBe(await readFile(join(here.stateDir, 'identity.txt'), 'utf8'));
    const copy = join(place, 'copy.txt');
    expect(await succeeds(here, 'secrets', 'export-key', '--to', copy)).not.toContain('AGE-SECRET-KEY');
    expect(await readFile(copy, 'utf8')).toBe(text);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    await writeFile(copy, 'something else');
    const again = await here.run('secrets', 'export-key', '--to', copy, '--json');
    expect([again.code, failureLine(again.stderr).code]).toEqual([1, 'vault.export-there']);
    expect(await readFile(copy, 'utf8')).toBe('something else');
  });

  it('has a passphrase that nothing which a step starts inherits', async () => {
    const recipe = join(place, 'environment');
    await mkdir(recipe);
    const lines = [
      'recipe: environment',
      'version: 1.0.0',
      'title: What a step sees',
      'secrets: { token: { generate: hex, bytes: 16 } }',
      'steps:',
      '  - id: look',
      '    title: Look',
      '    uses: host.command',
      `    with: { argv: [sh, -c, 'env >"$TO"'], env: { TO: '${join(place, 'env.txt')}', TOKEN: '\${{ secrets.token }}' } }`,
    ];
    await writeFile(join(recipe, 'recipe.yaml'), `${lines.join('\n')}\n`);
    const fairlead = await createFairlead({ FAIRLEAD_PASSPHRASE: PASSPHRASE, FAIRLEAD_KEY_PASSPHRASE: PASSPHRASE, SEEN: 'yes' });
    try {
      await succeeds(fairlead, 'secrets', 'keep-key', 'passphrase');
      await succeeds(fairlead, 'run', recipe, '--yes');
      const seen = await readFile(join(place, 'env.txt'), 'utf8');
      expect(seen).toContain('SEEN=yes');
      expect(seen).not.toMatch(/PASSPHRASE|horse/);
    } finally {
      await fairlead.cleanUp();
    }
  });
});

describe('a vault that is restored on another machine', () => {
  let saved: string;
  let copy: string;
  beforeEach(async () => {
    saved = join(here.stateDir, 'deployments', 'greeting', 'vault.age');
    copy = join(place, 'copy.txt');
    await succeeds(here, 'secrets', 'export-key', '--to', copy);
  });
  const restore = (key = copy, vault = saved): Promise<FairleadEnd> =>
    there.run('secrets', 'restore', 'greeting', vault, '--key', key, '--json');
  const isRefused = async (end: Promise<FairleadEnd>, code: string): Promise<void> => {
    const { stdout, stderr } = await end;
    expect(failureLine(stderr).code).toBe(code);
    expect(stdout + stderr).not.toContain('AGE-SECRET-KEY');
    expect(stdout + stderr).not.toContain(token);
  };

  it('has the same secrets, is sealed to the key of that machine, and its recipe uses them', async () => {
    const { code, stdout } = await restore();
    expect(code).toBe(0);
    const own = await publicKeyOf(there);
    expect(JSON.parse(stdout)).toMatchObject({ deployment: 'greeting', publicKey: own, names: ['token'] });
    expect(own).not.toBe(await publicKeyOf(here));
    expect(await succeeds(there, ...reveal)).toBe(`${token}\n`);
    await succeeds(there, ...run());
    expect(await readFile(join(place, 'greeting', '.env'), 'utf8')).toContain(token);
    expect(await succeeds(there, ...reveal)).toBe(`${token}\n`);
  });

  it('may come with a key under a passphrase, and goes under one', async () => {
    await withPassphrase(async (fairlead) => void (await succeeds(fairlead, 'secrets', 'keep-key', 'passphrase')));
    const key = join(here.stateDir, 'identity.age');
    const environment = { FAIRLEAD_STATE_DIR: there.stateDir, FAIRLEAD_PASSPHRASE: 'the passphrase of that machine' };
    const other = await createFairlead({ ...environment, FAIRLEAD_KEY_PASSPHRASE: PASSPHRASE });
    const wrong = await createFairlead({ ...environment, FAIRLEAD_KEY_PASSPHRASE: 'wrong' });
    try {
      await succeeds(other, 'secrets', 'keep-key', 'passphrase');
      await isRefused(restore(key), 'vault.passphrase-needed');
      await isRefused(wrong.run('secrets', 'restore', 'greeting', saved, '--key', key, '--json'), 'vault.wrong-passphrase');
      await succeeds(other, 'secrets', 'restore', 'greeting', saved, '--key', key);
      expect(await succeeds(other, ...reveal)).toBe(`${token}\n`);
    } finally {
      await other.cleanUp();
      await wrong.cleanUp();
    }
  });

  it('is not restored over another, nor with a key that others may read, that is another, or none; then nothing is made', async () => {
    await chmod(copy, 0o644);
    await isRefused(restore(), 'vault.identity-exposed');
    await chmod(copy, 0o600);
    await isRefused(restore(join(place, 'nowhere')), 'vault.identity-missing');
    await isRefused(restore(copy, join(place, 'nowhere')), 'vault.missing');
    const cut = join(place, 'cut.age');
    await writeFile(cut, (await readFile(saved)).subarray(0, 300));
    await isRefused(restore(copy, cut), 'vault.damaged');
    await succeeds(there, 'secrets', 'keep-key', 'file');
    const own = join(there.stateDir, 'identity.txt');
    await isRefused(restore(own), 'vault.wrong-identity');
    expect(await stateFiles(there)).toEqual(['identity.txt']);
    await isRefused(there.run('secrets', 'restore', '../x', saved, '--key', copy, '--json'), 'state.bad-name');

    expect((await restore()).code).toBe(0);
    const vault = join(there.stateDir, 'deployments', 'greeting', 'vault.age');
    const before = await readFile(vault);
    await isRefused(restore(), 'vault.there');
    expect(await readFile(vault)).toEqual(before);
  });
});
