import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureLine } from '../testing/failure-line.ts';
import type { FairleadEnd } from '../testing/fairlead-process.ts';
import { openTerminal, type Terminal } from '../testing/terminal.ts';

const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));

const RECIPE = `recipe: shop
version: 1.0.0
title: A shop with a safe
inputs:
  folder: { type: path, title: Where it lies }
  sign: { type: string, title: What the sign says, default: open }
  pin: { type: secret, title: The number of the safe, min: 8 }
  key: { type: text, title: The key of the back door, default: none }
steps:
  - id: folder
    title: Make the folder
    uses: host.directory
    with: { path: '\${{ inputs.folder }}' }
  - id: safe
    title: Lock the safe
    uses: file.env
    with:
      path: \${{ inputs.folder }}/safe
      values: { PIN: '\${{ inputs.pin }}', KEY: '\${{ inputs.key }}', SIGN: '\${{ inputs.sign }}' }
`;
const LOOK_AROUND = `  - id: look
    title: Look at what a program inherits
    uses: host.command
    with:
      argv: [sh, -c, 'env >"$FOLDER/environment"; ls -l /proc/self/fd >"$FOLDER/descriptors"']
      env: { FOLDER: '\${{ inputs.folder }}' }
`;

let place: string;
let recipe: string;
let target: string;
let opened: Terminal[];

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'secret-inputs-'));
  recipe = join(place, 'shop');
  target = join(place, 'made');
  opened = [];
  await ship();
});
afterEach(async () => {
  for (const terminal of opened) await terminal.hangUp();
  await rm(place, { recursive: true, force: true });
});

async function ship(...steps: readonly string[]): Promise<void> {
  await mkdir(recipe, { recursive: true });
  await writeFile(join(recipe, 'recipe.yaml'), RECIPE + steps.join(''));
}

const around = (): Record<string, string> => ({
  FAIRLEAD_STATE_DIR: join(place, 'state'),
  FAIRLEAD_CONFIG_DIR: join(place, 'config'),
});
/** A line of shell in which `fairlead` is ours; nobody is there. */
const shell = (line: string, environment: Readonly<Record<string, string>> = {}): Promise<FairleadEnd> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `fairlead() { exec "$LAUNCHER" "$@"; }; ${line}`], {
      cwd: place,
      env: {
        ...process.env,
        ...around(),
        LC_ALL: 'C.UTF-8',
        NO_COLOR: '1',
        LAUNCHER: launcher,
        RECIPE: recipe,
        TARGET: target,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
const at = (...args: readonly string[]): Terminal => {
  const terminal = openTerminal(args, around());
  opened.push(terminal);
  return terminal;
};
const atRun = (...more: readonly string[]): Terminal => at('run', recipe, '--input', `folder=${target}`, ...more);
const RUN = 'fairlead run "$RECIPE" --input folder="$TARGET" --yes --json';
const succeeds = async (end: Promise<FairleadEnd>): Promise<FairleadEnd> => {
  const ended = await end;
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  return ended;
};
/** Refused before anything was written: no state folder, nothing made, and no word of the secret. */
const refused = async (end: Promise<FairleadEnd>, secret: string) => {
  const { code, stdout, stderr } = await end;
  expect(code, stdout + stderr).toBe(2);
  expect(stdout + stderr).not.toContain(secret);
  expect(await readdir(place)).not.toContain('made');
  expect(await readdir(place)).not.toContain('state');
  return failureLine(stderr);
};
const safe = (): Promise<string> => readFile(join(target, 'safe'), 'utf8');
const journals = async (): Promise<string> => {
  const runs = join(place, 'state', 'deployments', 'shop', 'runs');
  const texts = (await readdir(runs)).map((run) => readFile(join(runs, run, 'journal.ndjson'), 'utf8'));
  return (await Promise.all(texts)).join('');
};

describe('a secret input on the command line', () => {
  it.each(['run', 'plan'])('is refused by %s, with the other ways to give it', async (command) => {
    const failure = await refused(
      shell(`fairlead ${command} "$RECIPE" --input folder="$TARGET" --input pin=1234-5678-argv --json`),
      '1234-5678',
    );
    expect(failure.code).toBe('usage.secret-in-argv');
    for (const way of ['FAIRLEAD_INPUT_PIN', '--input-fd', '--inputs']) expect(failure.hints.join('\n')).toContain(way);
  });

  it('is refused by resume, and the run stays as it is', async () => {
    await ship("  - { id: gate, title: Wait, uses: host.command, with: { argv: [test, -e, '${{ inputs.folder }}/mended'] } }\n");
    const stopped = await shell(RUN, { FAIRLEAD_INPUT_PIN: '1234-5678-first' });
    expect(stopped.code, stopped.stderr).toBe(1);
    const before = await journals();
    const end = await shell('fairlead resume --input pin=1234-5678-argv --yes --json');
    expect(end.code).toBe(2);
    expect(failureLine(end.stderr).code).toBe('usage.secret-in-argv');
    expect(await journals()).toBe(before);
    await writeFile(join(target, 'mended'), '');
    await succeeds(shell('fairlead resume --input-fd pin=3 --yes --json 3<<<1234-5678-resumed'));
    expect(await safe()).toContain('PIN=1234-5678-resumed\n');
  });
});

describe('a secret input that is also what another input shows', () => {
  it('is refused before it reaches the vault: no run could begin any more', async () => {
    const line = `fairlead run "$RECIPE" --input folder="$TARGET" --input sign=1234-5678-sign --yes --json`;
    const { code, stdout, stderr } = await shell(line, { FAIRLEAD_INPUT_PIN: '1234-5678-sign' });
    expect(code, stdout + stderr).toBe(2);
    expect(failureLine(stderr).code).toBe('inputs.not-apart');
    expect(await readdir(place)).not.toContain('state');
    await succeeds(shell(line, { FAIRLEAD_INPUT_PIN: '1234-5678-other' }));
  });
});

describe('a secret that a task changes', () => {
  const TASK = 'tasks:\n  new-pin: { title: Take another number, changes: [pin] }\n';
  beforeEach(async () => {
    await ship(TASK);
    await succeeds(shell(RUN, { FAIRLEAD_INPUT_PIN: '1234-5678-first' }));
  });

  it('is asked for at a terminal, unseen', async () => {
    const terminal = at('task', 'shop', 'new-pin', '--yes');
    for (const prompt of ['The number of the safe, pin (not shown): ', 'once more: ']) {
      await terminal.see(prompt);
      terminal.type('1234-5678-typed');
    }
    expect(await terminal.end()).toBe(0);
    expect(await safe()).toContain('PIN=1234-5678-typed\n');
    expect(terminal.written).not.toContain('1234-5678');
  });

  it('is asked for where what the deployment has makes it needed, and else not', async () => {
    const file = join(recipe, 'recipe.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('min: 8 }', "min: 8, when: inputs.sign == 'closed' }"));
    await succeeds(shell('fairlead run "$RECIPE" --yes --json'));
    const open = at('task', 'shop', 'new-pin', '--yes');
    await open.see('needs a new value of at least one');
    expect(await open.end()).toBe(2);
    await succeeds(shell('fairlead run "$RECIPE" --input sign=closed --yes --json'));
    const closed = at('task', 'shop', 'new-pin', '--yes');
    for (const prompt of ['The number of the safe, pin (not shown): ', 'once more: ']) {
      await closed.see(prompt);
      closed.type('1234-5678-typed');
    }
    expect(await closed.end()).toBe(0);
    expect(await safe()).toContain('PIN=1234-5678-typed\n');
  });

  it('is named with the ways to give it where nobody can be asked', async () => {
    const { code, stderr } = await shell('fairlead task shop new-pin --yes --json');
    expect(code).toBe(2);
    const { hints } = failureLine(stderr);
    expect(hints.join('\n')).toContain('FAIRLEAD_INPUT_PIN');
    expect(hints[0]).toBe('It takes: pin.');
  });
});

describe('a secret input in a file', () => {
  const INPUTS = 'folder: TARGET\npin: 1234-5678-file\n';
  const file = (): string => join(place, 'inputs.yaml');
  beforeEach(() => writeFile(file(), INPUTS.replace('TARGET', target)));

  it('is taken from one that nobody else can read', async () => {
    await chmod(file(), 0o600);
    await succeeds(shell('fairlead run "$RECIPE" --inputs inputs.yaml --yes --json'));
    expect(await safe()).toContain('PIN=1234-5678-file\n');
    expect(await journals()).not.toContain('1234-5678');
  });

  it.each([0o644, 0o640, 0o602])('is refused from one of mode %o', async (mode) => {
    await chmod(file(), mode);
    const failure = await refused(shell('fairlead run "$RECIPE" --inputs inputs.yaml --yes --json'), '1234-5678');
    expect(failure.code).toBe('inputs.file-exposed');
    expect(failure.message).toContain('inputs.yaml');
    expect(failure.message).toContain(mode.toString(8).padStart(4, '0'));
    expect(failure.hints[0]).toContain('chmod 600 inputs.yaml');
  });

  it('is no reason to refuse a file without one', async () => {
    await writeFile(file(), `folder: ${target}\nsign: closed\n`);
    await chmod(file(), 0o644);
    await succeeds(shell('fairlead run "$RECIPE" --inputs inputs.yaml --yes --json', { FAIRLEAD_INPUT_PIN: '1234-5678-env' }));
    expect(await safe()).toContain('SIGN=closed\n');
  });
});

describe('inputs of the environment', () => {
  it('are taken, of any type, behind the file and the command line; those of other recipes are nobody’s', async () => {
    await writeFile(join(place, 'inputs.yaml'), 'sign: from the file\n');
    const environment = { FAIRLEAD_INPUT_PIN: '1234-5678-env', FAIRLEAD_INPUT_SIGN: 'from outside', FAIRLEAD_INPUT_ADMIN: 'me' };
    await succeeds(shell(RUN, environment));
    expect(await safe()).toBe('PIN=1234-5678-env\nKEY=none\nSIGN=from outside\n'.replace('from outside', "'from outside'"));
    await succeeds(shell(`${RUN} --inputs inputs.yaml`, environment));
    expect(await safe()).toContain('from the file');
    await succeeds(shell(`${RUN} --inputs inputs.yaml --input sign=typed`, environment));
    expect(await safe()).toContain('SIGN=typed\n');
    // What was kept is behind the environment, and stays without it.
    await succeeds(shell(RUN));
    expect(await safe()).toContain('SIGN=typed\n');
    await succeeds(shell(RUN, { FAIRLEAD_INPUT_SIGN: 'again' }));
    expect(await safe()).toBe('PIN=1234-5678-env\nKEY=none\nSIGN=again\n');
    expect(await journals()).not.toContain('1234-5678');
  });

  it('are not inherited by what a step starts, nor is the passphrase or a descriptor', async () => {
    await ship(LOOK_AROUND);
    await succeeds(
      shell(`${RUN} --input-fd key=33 33<<<"the-key-of-the-door"`, {
        FAIRLEAD_INPUT_PIN: '1234-5678-env',
        FAIRLEAD_INPUT_OTHER: '1234-5678-other',
        FAIRLEAD_PASSPHRASE: '1234-5678-passphrase',
        FAIRLEAD_SECRET_DB: '1234-5678-adopted',
        INHERITED: 'yes',
      }),
    );
    const inherited = await readFile(join(target, 'environment'), 'utf8');
    expect(inherited).toContain('INHERITED=yes');
    expect(inherited).not.toMatch(/1234-5678|FAIRLEAD_(INPUT|SECRET|PASSPHRASE)/);
    expect(await readFile(join(target, 'descriptors'), 'utf8')).not.toMatch(/ 33 -> /);
  });
});

describe('an input from a file descriptor', () => {
  it('is all that comes to the end, without one newline: from a file, a pipe, and standard input', async () => {
    await writeFile(join(place, 'key'), 'a key\n\n');
    await succeeds(shell(`${RUN} --input-fd key=0 --input-fd pin=7 <key 7< <(printf 'in parts, '; printf 'and more')`));
    expect(await safe()).toMatch(/^PIN='in parts, and more'$/m);
    expect(await safe()).toMatch(/^KEY=(["'])a key(\n|\\n)\1$/m);
    await succeeds(shell(`${RUN} --input-fd pin=3 3<<<1234-5678-here`));
    expect(await safe()).toContain('PIN=1234-5678-here\n');
  });

  it.each([
    { what: 'is not open', line: '--input-fd pin=55' },
    { what: 'is one of Node’s own', line: '--input-fd pin=5' },
    { what: 'is for writing', line: '--input-fd pin=4 4>/dev/null' },
    { what: 'gives no text', line: "--input-fd pin=3 3< <(printf '\\377\\376 1234-5678')" },
    { what: 'gives a NUL', line: "--input-fd pin=3 3< <(printf '1234-5678\\000more')" },
    { what: 'never ends', line: '--input-fd pin=3 3</dev/zero' },
    { what: 'leads to a folder', line: '--input-fd pin=3 3</' },
  ])('that $what is refused', async ({ line }) => {
    const failure = await refused(shell(`${RUN} ${line}`), '1234-5678');
    expect(failure.code).toBe('usage.bad-descriptor');
  });

  it('that gives too little is refused as any other value is', async () => {
    expect((await refused(shell(`${RUN} --input-fd pin=3 3<<<1234`), '1234')).code).toBe('inputs.invalid');
  });
});

describe('a secret input that is missing', () => {
  it('without a terminal is a failure that names the ways', async () => {
    const failure = await refused(shell(RUN), 'nothing');
    expect(failure).toMatchObject({ code: 'inputs.invalid', message: expect.stringContaining('pin: needs a value') });
    expect(failure.hints.join('\n')).toContain('FAIRLEAD_INPUT_PIN');
  });

  it('is asked for at a terminal, twice and unseen; then the plan is shown and done', async () => {
    const terminal = atRun();
    await terminal.see('The number of the safe, pin (not shown): ');
    terminal.type('short');
    await terminal.see('It must be');
    await terminal.see('(not shown): ');
    terminal.type('1234-5678-typed');
    await terminal.see('The same once more: ');
    terminal.type('1234-5678-tpyed');
    await terminal.see('Please type it anew');
    await terminal.see('(not shown): ');
    terminal.type('1234-5678-typed');
    await terminal.see('The same once more: ');
    terminal.type('1234-5678-typed');
    await terminal.see('[yes/no] ');
    terminal.type('yes');
    expect(await terminal.end()).toBe(0);
    expect(terminal.written).not.toMatch(/1234|5678|typed|tpyed|short/);
    expect(await safe()).toContain('PIN=1234-5678-typed\n');
    expect(await journals()).not.toContain('1234-5678');
    // Once it is kept, nobody is asked again.
    const again = atRun();
    expect(await again.end()).toBe(0);
    expect(again.written).not.toContain('(not shown)');
  });

  it('is asked for before a plan too, which keeps nothing', async () => {
    const terminal = at('plan', recipe, '--input', `folder=${target}`);
    for (const prompt of ['(not shown): ', 'once more: ']) {
      await terminal.see(prompt);
      terminal.type('1234-5678-typed');
    }
    expect(await terminal.end()).toBe(0);
    expect(terminal.written).toContain('PIN');
    expect(terminal.written).not.toContain('1234-5678');
    expect(await readdir(place)).toEqual(['shop']);
  });

  it.each(['pressCtrlC', 'pressCtrlD'] as const)('and not typed (%s) leaves nothing behind', async (leave) => {
    const terminal = atRun();
    await terminal.see('(not shown): ');
    terminal[leave]();
    expect(await terminal.end()).toBe(130);
    expect(terminal.written).toContain('(run.interrupted)');
    expect(await readdir(place)).toEqual(['shop']);
  });

  it('is not asked for where another input won’t do all the same', async () => {
    const terminal = at('run', recipe, '--input', 'folder=not/absolute');
    expect(await terminal.end()).toBe(2);
    expect(terminal.written).toContain('folder: must be an absolute path');
    expect(terminal.written).not.toContain('(not shown)');
  });
});
