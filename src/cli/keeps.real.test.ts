import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importBusyboxImage, removeBusyboxImage } from '../testing/busybox-image.ts';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { openTerminal, type Terminal } from '../testing/terminal.ts';

const run = promisify(execFile);
/** Found by nobody by chance; with what shells and `.env` files would take for their own. */
const OLD = `the old one: $HOME "${randomBytes(8).toString('hex')}"`;

let fairlead: Fairlead;
let folder: string;
let opened: Terminal[];

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'keeps-'));
  opened = [];
});
afterEach(async () => {
  for (const terminal of opened) await terminal.hangUp();
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const at = (...args: readonly string[]): Terminal => {
  const terminal = openTerminal(args, { FAIRLEAD_STATE_DIR: fairlead.stateDir });
  opened.push(terminal);
  return terminal;
};
const recipe = (name: string, ...more: readonly string[]): readonly string[] => [
  fixtureRecipe(name),
  '--input',
  `folder=${folder}`,
  ...more,
];
/** The same program with the old value in its environment. */
const withOldValue = async (...args: readonly string[]) => {
  const other = await createFairlead({ FAIRLEAD_STATE_DIR: fairlead.stateDir, FAIRLEAD_SECRET_DB_PASSWORD: OLD });
  try {
    return await other.run(...args);
  } finally {
    await other.cleanUp();
  }
};
const plantData = async (): Promise<void> => {
  await mkdir(join(folder, 'db/base'), { recursive: true });
  await writeFile(join(folder, 'db/base/rows'), 'rows');
};
const secret = async (deployment = 'keeps-folder'): Promise<string> =>
  (await fairlead.run('secrets', 'get', deployment, 'db_password', '--reveal')).stdout.trimEnd();
const env = (): Promise<string> => readFile(join(folder, '.env'), 'utf8');

/** Every file below the state folder that holds the text, in plain or as JSON and base64 write it. */
async function filesWith(text: string): Promise<readonly string[]> {
  const base64 = Buffer.from(text).toString('base64').slice(0, -4);
  const forms = [text, JSON.stringify(text).slice(1, -1), base64];
  const entries = await readdir(fairlead.stateDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.some((file) => file.endsWith('journal.ndjson'))).toBe(true);
  const found = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file);
      return forms.some((form) => bytes.includes(form)) ? [file] : [];
    }),
  );
  return found.flat();
}

describe('a plan', () => {
  it('says which data is there whose secret nobody knows, changes nothing, and ends as ever', async () => {
    await plantData();
    const plain = await fairlead.run('plan', ...recipe('keeps-folder'));
    expect(plain.code).toBe(0);
    expect(plain.stdout).toContain(
      `! ${folder}/db holds data that opens only with the db_password it was made with, and the vault does not have that: you will be asked (adopt, wipe)`,
    );
    expect((await fairlead.run('plan', ...recipe('keeps-folder', '--exit-code'))).code).toBe(5);
    const { steps } = JSON.parse((await fairlead.run('plan', ...recipe('keeps-folder', '--json'))).stdout);
    expect(steps.map(({ adopts }: { readonly adopts?: unknown }) => adopts)).toEqual([
      undefined,
      [{ secret: 'db_password', path: `${folder}/db` }],
      undefined,
    ]);
    expect(existsSync(fairlead.stateDir)).toBe(false);
  });

  it('says nothing of it where nothing is there, and the secret is made', async () => {
    expect((await fairlead.run('plan', ...recipe('keeps-folder'))).stdout).not.toContain('holds data');
    const { code } = await fairlead.run('run', ...recipe('keeps-folder', '--yes'));
    expect(code).toBe(0);
    expect(await secret()).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('without a terminal', () => {
  it('the run stops, says how to answer, and adopts the value of the environment', { timeout: 300_000 }, async () => {
    await plantData();
    const first = await fairlead.run('run', ...recipe('keeps-folder', '--yes', '--ack', 'all'));
    expect(first.code).toBe(3);
    expect(first.stdout).toContain('--answer secrets.db_password=adopt|wipe|stop');
    expect(existsSync(join(folder, '.env'))).toBe(false);
    const valueless = await fairlead.run('resume', '--answer', 'secrets.db_password=adopt', '--json');
    expect(valueless.code).toBe(3);
    expect(failureLine(valueless.stderr)).toMatchObject({
      code: 'run.operator-needed',
      hints: [
        expect.stringMatching(/--answer secrets\.db_password=adopt$/),
        expect.stringContaining('FAIRLEAD_SECRET_DB_PASSWORD'),
      ],
    });
    const end = await withOldValue('resume', '--answer', 'secrets.db_password=adopt', '--json');
    expect(end.code, end.stderr).toBe(0);
    expect(await secret()).toBe(OLD);
    expect(await readFile(join(folder, 'db/base/rows'), 'utf8')).toBe('rows');
    expect(await env()).toContain('the old one: ');
    expect(await filesWith(OLD)).toEqual([]);
    for (const { stdout, stderr } of [first, valueless, end]) expect(stdout + stderr).not.toContain(OLD.slice(-12));
    expect(await readFile(join(folder, 'inherited'), 'utf8')).not.toMatch(/FAIRLEAD_SECRET|the old one/);
    const again = await fairlead.run('run', ...recipe('keeps-folder', '--yes'));
    expect(again.code, again.stdout).toBe(0);
    expect(again.stdout).not.toContain('holds data');
  });

  it('the data is wiped where the word is given too, and only its folder stays', { timeout: 300_000 }, async () => {
    await plantData();
    const wipe = ['--answer', 'secrets.db_password=wipe'];
    const first = await fairlead.run('run', ...recipe('keeps-folder', '--yes', ...wipe));
    expect(first.code).toBe(3);
    expect(first.stdout).toContain(`--answer secrets.db_password=wipe --answer secrets.db_password.wipe=${folder}/db`);
    const wrong = await fairlead.run('resume', ...wipe, '--answer', 'secrets.db_password.wipe=yes');
    expect(wrong.code).toBe(3);
    expect(await readdir(join(folder, 'db'))).toEqual(['base']);
    const end = await fairlead.run('resume', ...wipe, '--answer', `secrets.db_password.wipe=${folder}/db`);
    expect(end.code, end.stdout).toBe(0);
    expect(await readdir(join(folder, 'db'))).toEqual([]);
    expect(await env()).toContain(await secret());
  });

  it('a new value is made and told to the system where the recipe says how; the data stays', { timeout: 300_000 }, async () => {
    await plantData();
    const rotate = ['--answer', 'secrets.db_password=rotate'];
    const first = await fairlead.run('run', ...recipe('keeps-told', '--yes', ...rotate));
    expect(first.code, first.stdout).toBe(0);
    expect(first.stdout.replaceAll(/\s+/g, ' ')).toContain('you will be asked (adopt, rotate, wipe)');
    expect(first.stdout).toContain('the system that has the data is told of it: Tell the database');
    const value = await secret('keeps-told');
    expect(await readFile(join(folder, 'told'), 'utf8')).toBe(value);
    expect(await env()).toContain(value);
    expect(await readdir(join(folder, 'db'))).toEqual(['base']);
    const again = await fairlead.run('run', ...recipe('keeps-told', '--yes'));
    expect(again.stdout).toContain('1 ok');
    expect(again.stdout).not.toContain('Tell the database');
    expect((await fairlead.run('drift', 'keeps-told')).code).toBe(0);
    expect((await fairlead.run('run', ...recipe('keeps-folder', '--yes', ...rotate))).code, 'it knows no way').toBe(3);
  });

  it('an answer for a secret that keeps nothing is refused', async () => {
    const { code, stderr } = await fairlead.run(
      'run',
      ...recipe('keeps-folder', '--yes', '--answer', 'secrets.db_pasword=adopt'),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean `secrets.db_password`?');
    expect((await fairlead.run('run', ...recipe('greeting', '--yes', '--answer', 'secrets.token=adopt'))).code).toBe(2);
  });
});

describe('at a terminal', () => {
  it('the old value is typed unseen, and is what the file gets', async () => {
    await plantData();
    const terminal = at('run', ...recipe('keeps-folder'));
    await terminal.see('holds data that opens only with the db_password');
    await terminal.see('[yes/no] ');
    terminal.type('y');
    await terminal.see(`Data is there: ${folder}/db`);
    await terminal.see('[adopt/wipe/stop] ');
    terminal.type('adopt');
    await terminal.see('The old db_password (not shown; Ctrl-D: not now): ');
    terminal.type('');
    await terminal.see('It can not be empty.');
    await terminal.see('The old db_password (not shown; Ctrl-D: not now): ');
    terminal.type(OLD);
    expect(await terminal.end()).toBe(0);
    expect(await secret()).toBe(OLD);
    expect(terminal.written).not.toContain(OLD.slice(-12));
    expect(await filesWith(OLD)).toEqual([]);
  });

  it('Ctrl-C at the old value leaves all as it was, resumable; stop does too; wipe wants the word', {
    timeout: 300_000,
  }, async () => {
    await plantData();
    const first = at('run', ...recipe('keeps-folder', '--yes'));
    await first.see('[adopt/wipe/stop] ');
    first.type('a');
    await first.see('not now): ');
    first.pressCtrlC();
    expect(await first.end()).toBe(130);
    const second = at('resume');
    await second.see('[adopt/wipe/stop] ');
    second.type('stop');
    expect(await second.end()).toBe(3);
    expect(existsSync(join(folder, '.env'))).toBe(false);
    const third = at('resume');
    await third.see('[adopt/wipe/stop] ');
    third.type('wipe');
    await third.see('Danger: wipe the data that was made with the old db_password');
    await third.see('to go on');
    third.type('wipe');
    await third.see('That is not the word.');
    expect(await readdir(join(folder, 'db'))).toEqual(['base']);
    await third.see('to go on');
    third.type(join(folder, 'db'));
    expect(await third.end()).toBe(0);
    expect(await readdir(join(folder, 'db'))).toEqual([]);
  });
});

describe('a Docker volume', () => {
  const suffix = randomBytes(4).toString('hex');
  const name = `keeps-${suffix}`;
  const volume = `${name}_db`;
  const image = `fairlead-keeps-${suffix}:1`;
  beforeAll(() => importBusyboxImage(image));
  afterEach(async () => {
    await run('docker', ['rm', '--force', name]).catch(() => undefined);
    await run('docker', ['volume', 'rm', '--force', volume]).catch(() => undefined);
  });
  afterAll(() => removeBusyboxImage(image));
  const write = async (): Promise<void> => {
    await run('docker', ['run', '--rm', '--network', 'none', '--volume', `${volume}:/data`, image, 'touch', '/data/rows']);
  };
  const volumes = async (): Promise<string> => (await run('docker', ['volume', 'ls', '--quiet'])).stdout;

  it('is kept with the value that it was made with', async () => {
    await write();
    const answer = ['--answer', 'secrets.db_password=adopt'];
    const end = await withOldValue('run', ...recipe('keeps-volume', '--name', name, '--yes', ...answer));
    expect(end.code, end.stdout).toBe(0);
    expect(end.stdout).toContain(`! The volume ${volume} holds data`);
    expect(await secret(name)).toBe(OLD);
    expect(await volumes()).toContain(volume);
  });

  it('is wiped where no container has it; one that has it is named', { timeout: 300_000 }, async () => {
    await write();
    await run('docker', ['run', '--detach', '--network', 'none', '--name', name, '--volume', `${volume}:/data`, image]);
    const wipe = ['--answer', 'secrets.db_password=wipe', '--answer', `secrets.db_password.wipe=${volume}`];
    const used = await fairlead.run('run', ...recipe('keeps-volume', '--name', name, '--yes', ...wipe));
    expect(used.code).toBe(1);
    expect(used.stdout).toContain(`The volume ${volume} is in use by ${name}.`);
    expect(await volumes()).toContain(volume);
    expect(existsSync(join(folder, '.env'))).toBe(false);
    await run('docker', ['rm', '--force', name]);
    const end = await fairlead.run('resume', ...wipe);
    expect(end.code, end.stdout).toBe(0);
    expect(await volumes()).not.toContain(volume);
    expect(await secret(name)).toMatch(/^[0-9a-f]{32}$/);
  });
});
