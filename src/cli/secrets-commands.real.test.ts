import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAgeVault } from '../adapters/vault/age-vault.ts';
import { createKeyFile } from '../adapters/vault/key-file.ts';
import { sha512Crypt } from '../adapters/vault/sha512-crypt.ts';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { makePipe } from '../testing/pipe.ts';
import { openTerminal } from '../testing/terminal.ts';

const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));
const RECIPE = `recipe: till
version: 1.0.0
title: A till
inputs:
  folder: { type: path, title: Where it lies }
  pin: { type: secret, title: The number of the safe }
secrets:
  token: { generate: hex, bytes: 16, title: What the till signs in to the bank with every morning }
  seal: { generate: alphanumeric, title: Seals the day’s receipts, rotate: [] }
steps:
  - id: folder
    title: Make the folder
    uses: host.directory
    with: { path: '\${{ inputs.folder }}' }
  - id: settings
    title: Write the settings
    uses: file.env
    with: { path: '\${{ inputs.folder }}/.env', values: { TOKEN: '\${{ secrets.token }}', PIN: '\${{ inputs.pin }}' } }
  - id: receipts
    title: Write the seal
    uses: file.env
    with: { path: '\${{ inputs.folder }}/seal', values: { SEAL: '\${{ secrets.seal }}', TOKEN: '\${{ secrets.token }}' } }
`;
const WAIT = `  - id: wait
    title: Wait
    uses: host.command
    with: { argv: [cat, '\${{ inputs.folder }}/pipe'] }
`;

let fairlead: Fairlead;
let place: string;

beforeAll(async () => {
  fairlead = await createFairlead();
  place = await mkdtemp(join(tmpdir(), 'secrets-commands-'));
  await ship();
  await succeeds(fairlead.run('run', join(place, 'till'), '--inputs', join(place, 'inputs.yaml'), '--yes'));
});
afterAll(async () => {
  await fairlead?.cleanUp();
  await rm(place, { recursive: true, force: true });
});

async function ship(...steps: readonly string[]): Promise<void> {
  await mkdir(join(place, 'till'), { recursive: true });
  await writeFile(join(place, 'till', 'recipe.yaml'), RECIPE + steps.join(''));
  await writeFile(join(place, 'inputs.yaml'), `folder: ${place}/made\npin: 1234-5678-pin\n`, { mode: 0o600 });
}
const succeeds = async (end: Promise<FairleadEnd>): Promise<FairleadEnd> => {
  const ended = await end;
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  return ended;
};
const refused = async (code: number, end: Promise<FairleadEnd>) => {
  const ended = await end;
  expect(ended.code, ended.stdout + ended.stderr).toBe(code);
  expect(ended.stdout).toBe('');
  return failureLine(ended.stderr);
};
/** With something on standard input, and on descriptor 3 where a text is given. */
const fed = (input: string, args: readonly string[], third?: string): Promise<FairleadEnd> =>
  new Promise((resolve, reject) => {
    const child = spawn(launcher, args, {
      env: { ...process.env, FAIRLEAD_STATE_DIR: fairlead.stateDir, NO_COLOR: '1', LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        texts[name] += chunk;
      });
    }
    child.stdin.on('error', () => undefined).end(input);
    const [, , , pipe] = child.stdio;
    if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.on('error', () => undefined).end(third ?? '');
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
const set = (name: string, value: string, ...more: readonly string[]): Promise<FairleadEnd> =>
  fed(value, ['secrets', 'set', 'till', name, ...more]);
const get = async (name: string, ...more: readonly string[]): Promise<string> =>
  (await succeeds(fairlead.run('secrets', 'get', 'till', name, '--reveal', ...more))).stdout;
const vault = (): Promise<Uint8Array> => readFile(join(fairlead.stateDir, 'deployments', 'till', 'vault.age'));

describe('secrets list', () => {
  it('says what each is for, how it is made and who uses it, and no value', async () => {
    const { stdout } = await succeeds(fairlead.run('secrets', 'list', 'till'));
    expect(stdout).toMatch(/^SECRET +WHAT FOR +FROM +USED BY +NOTE\n/);
    expect(stdout).toMatch(/^token +What the till signs in .* +hex, 16 bytes +settings, receipts/m);
    expect(stdout).toMatch(/^input\.pin +The number of the safe +you +settings/m);
    for (const name of ['token', 'seal', 'input.pin']) expect(stdout).not.toContain((await get(name)).trim());
  });

  it('has the names that are offered at TAB', async () => {
    const { stdout } = await fairlead.run('complete', '--', 'secrets', 'get', 'till', '');
    const offered = stdout.split('\n').flatMap((line) => (line === '' || line.startsWith(':') ? [] : [line.split('\t')[0]]));
    expect(offered.sort()).toEqual(['input.pin', 'seal', 'token']);
  });

  it('fits into 80 columns at a terminal', async () => {
    const terminal = openTerminal(['secrets', 'list', 'till'], { FAIRLEAD_STATE_DIR: fairlead.stateDir });
    expect(await terminal.end()).toBe(0);
    const lines = terminal.written.trimEnd().split('\r\n');
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('as JSON meets its published schema', async () => {
    const schema = JSON.parse(
      await readFile(new URL('../../snapshots/schemas/secrets.schema.json', import.meta.url), 'utf8'),
    ) as object;
    const { stdout } = await succeeds(fairlead.run('secrets', 'list', 'till', '--json'));
    const validate = new Ajv({ allErrors: true }).compile(schema);
    const document = JSON.parse(stdout) as unknown;
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ v: 1 })).toBe(false);
    expect(document).toMatchObject({
      deployment: 'till',
      secrets: [
        { name: 'input.pin', kind: 'input', usedBy: ['settings'] },
        { name: 'seal', kind: 'generated', generate: 'alphanumeric', length: 32, usedBy: ['receipts'], canRotate: true },
        {
          name: 'token',
          kind: 'generated',
          bytes: 16,
          usedBy: ['settings', 'receipts'],
          canRotate: false,
          made: true,
          staged: false,
        },
      ],
    });
  });
});

describe('secrets set', () => {
  beforeEach(() => succeeds(set('token', 'the-token-at-first')));

  it('takes standard input where no terminal is; the value before is kept, and the next run writes it where it belongs', async () => {
    const { stdout, stderr } = await succeeds(set('token', 'another-token\n'));
    expect(stdout).toContain('fairlead secrets get till token --previous');
    expect(stdout).toContain('fairlead drift till');
    expect(stdout + stderr).not.toContain('another-token');
    expect(await get('token')).toBe('another-token\n');
    expect(await get('token', '--previous')).toBe('the-token-at-first\n');
    const listed = await succeeds(fairlead.run('secrets', 'list', 'till'));
    expect(listed.stdout).toMatch(/^token .* previous kept$/m);
    const plan = await succeeds(fairlead.run('plan', join(place, 'till'), '--json'));
    expect(plan.stdout).not.toContain('another-token');
    expect(JSON.parse(plan.stdout)).toMatchObject({ counts: { update: 2, nothing: 1 } });
    await succeeds(fairlead.run('run', join(place, 'till'), '--yes'));
    expect(await readFile(join(place, 'made', '.env'), 'utf8')).toContain('TOKEN=another-token\n');
    expect(await readFile(join(place, 'made', 'seal'), 'utf8')).toContain('TOKEN=another-token\n');
  });

  it('takes a descriptor', async () => {
    const end = await succeeds(fed('not this', ['secrets', 'set', 'till', 'seal', '--fd', '3', '--json'], 'seal-from-three\n\n'));
    expect(JSON.parse(end.stdout)).toEqual({ v: 1, deployment: 'till', name: 'seal', changed: true, forgotten: [] });
    expect(await get('seal')).toBe('seal-from-three\n\n');
  });

  it('at a terminal asks twice, and shows nothing of what is typed', async () => {
    const terminal = openTerminal(['secrets', 'set', 'till', 'token'], { FAIRLEAD_STATE_DIR: fairlead.stateDir });
    for (const [prompt, line] of [
      ['New value of token (not shown): ', ''],
      ['New value of token (not shown): ', 'typed-token-9'],
      ['The same once more: ', 'tpyed-token-9'],
      ['New value of token (not shown): ', 'typed-token-9'],
      ['The same once more: ', 'typed-token-9'],
    ] as const) {
      await terminal.see(prompt);
      terminal.type(line);
    }
    expect(await terminal.end()).toBe(0);
    expect(terminal.written).not.toMatch(/typed-token|tpyed|token-9/);
    expect(await get('token')).toBe('typed-token-9\n');
  });

  it('given up at the terminal changes nothing', async () => {
    const before = await vault();
    const terminal = openTerminal(['secrets', 'set', 'till', 'token'], { FAIRLEAD_STATE_DIR: fairlead.stateDir });
    await terminal.see('(not shown): ');
    terminal.pressCtrlC();
    expect(await terminal.end()).toBe(130);
    expect(await vault()).toEqual(before);
  });

  it('to what an input shows is refused: no run could begin any more', async () => {
    const before = await vault();
    const failure = await refused(2, set('token', join(place, 'made'), '--json'));
    expect(failure).toMatchObject({ code: 'secret.not-apart' });
    expect(failure.message).toContain('the input folder');
    expect(await vault()).toEqual(before);
  });

  it('to what it is already changes nothing', async () => {
    const before = await vault();
    expect((await succeeds(set('token', 'the-token-at-first\n'))).stdout).toContain('Nothing was changed');
    expect(await vault()).toEqual(before);
  });

  it.each([
    { what: 'an empty value', end: () => set('token', '\n', '--json'), code: 'secret.empty', says: 'standard input' },
    { what: 'an unknown name', end: () => set('tokn', 'x', '--json'), code: 'secret.unknown', says: 'did you mean `token`' },
    { what: 'an input’s own name', end: () => set('pin', 'x', '--json'), code: 'secret.unknown', says: 'input.pin' },
    {
      what: 'a wrong descriptor',
      end: () => set('token', 'x', '--fd', 'three', '--json'),
      code: 'usage.bad-descriptor',
      says: '--fd 3',
    },
    {
      what: 'an unknown deployment',
      end: () => fed('x', ['secrets', 'set', 'nowhere', 'token', '--json']),
      code: 'deployment.unknown',
      says: 'till',
    },
  ])('refuses $what', async ({ end, code, says }) => {
    const before = await vault();
    const failure = await refused(2, end());
    expect(failure.code).toBe(code);
    expect(JSON.stringify(failure)).toContain(says);
    expect(await vault()).toEqual(before);
  });

  it('refuses while a run holds the deployment, and while one has not come to its end', async () => {
    await ship(WAIT);
    const pipe = await makePipe(join(place, 'made', 'pipe'));
    const before = { token: await get('token') };
    try {
      let held: Promise<FairleadEnd> | undefined;
      const running = fairlead.start(['run', join(place, 'till'), '--yes', '--json'], (line, child) => {
        const event = JSON.parse(line) as { type: string; step?: string };
        if (event.type !== 'step.intended' || event.step !== 'wait') return;
        held = set('token', 'too-late', '--json').finally(() => {
          child.kill('SIGINT');
          void pipe.open();
        });
      });
      expect((await running).code).toBe(130);
      expect((await refused(4, held as Promise<FairleadEnd>)).code).toBe('run.held');
    } finally {
      await pipe.release();
    }
    const failure = await refused(3, set('token', 'too-late', '--json'));
    expect(failure.code).toBe('run.operator-needed');
    expect(failure.hints.join('\n')).toMatch(/fairlead resume \S+ --abandon/);
    expect(await get('token')).toBe(before.token);
    await succeeds(fairlead.run('resume', '--abandon'));
    await succeeds(set('token', 'in-time'));
    await ship();
  });
});

it('a value that a killed `secrets set` left staged is shown by list, and is not what a rotation puts in force', async () => {
  const paths = {
    file: join(fairlead.stateDir, 'deployments', 'till', 'vault.age'),
    key: createKeyFile(join(fairlead.stateDir, 'identity.txt')),
  };
  const before = await get('seal');
  await (await openAgeVault({ ...paths, create: false })).stage({ seal: 'left-half-way' });
  expect((await succeeds(fairlead.run('secrets', 'list', 'till'))).stdout).toMatch(/^seal .*new value not in force yet/m);
  expect(await get('seal')).toBe(before);
  await succeeds(fairlead.run('secrets', 'rotate', 'till', 'seal', '--yes'));
  const now = await get('seal');
  expect([before, 'left-half-way\n']).not.toContain(now);
  expect(await get('seal', '--previous')).toBe(before);
  expect(await readFile(join(place, 'made', 'seal'), 'utf8')).toContain(`SEAL=${now}`);
});

describe('secrets rotate', () => {
  it('makes anew what is made of the secret, also where `secrets set` has forgotten that', async () => {
    const made = join(place, 'pair-made');
    await mkdir(join(place, 'pair'), { recursive: true });
    await writeFile(
      join(place, 'pair', 'recipe.yaml'),
      `recipe: pair
version: 1.0.0
title: A password and its hash
secrets:
  word: { generate: alphanumeric, rotate: [] }
  hash: { generate: sha512-crypt, of: word, rounds: 1000 }
steps:
  - { id: folder, title: Make the folder, uses: host.directory, with: { path: ${made} } }
  - { id: word, title: Write the word, uses: file.env, with: { path: ${made}/word, values: { WORD: '\${{ secrets.word }}' } } }
  - { id: hash, title: Write the hash, uses: file.env, with: { path: ${made}/hash, values: { HASH: '\${{ secrets.hash }}' } } }
`,
    );
    await succeeds(fairlead.run('run', join(place, 'pair'), '--yes'));
    await succeeds(fed('set-by-hand', ['secrets', 'set', 'pair', 'word']));
    await succeeds(fairlead.run('secrets', 'rotate', 'pair', 'word', '--yes'));
    const value = async (name: string): Promise<string> =>
      (await succeeds(fairlead.run('secrets', 'get', 'pair', name, '--reveal'))).stdout.trim();
    const [word, hash] = [await value('word'), await value('hash')];
    expect(await readFile(join(made, 'word'), 'utf8')).toContain(word);
    expect(await readFile(join(made, 'hash'), 'utf8')).toContain(hash);
    expect(await sha512Crypt(word, hash.split('$')[3] ?? '', 1000)).toBe(hash);
  });
});

describe('secrets get', () => {
  it('--previous of a secret that has none says so', async () => {
    const failure = await refused(2, fairlead.run('secrets', 'get', 'till', 'input.pin', '--previous', '--reveal', '--json'));
    expect(failure).toMatchObject({ code: 'secret.no-previous', hints: [expect.stringContaining('secrets set')] });
  });
});
