import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Encrypter } from 'age-encryption';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { folderTree } from '../testing/folder-tree.ts';
import { type SecretService, startSecretService } from '../testing/secret-service.ts';

const PASSPHRASE = 'correct horse battery';
const WRONG = 'wrong horse battery';
/** A busy machine needs some seconds for what takes one; a D-Bus that nobody limits answers for a silent keyring after 25 s. */
const LIMIT_MS = 20_000;
const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));

/** A deployment whose vault's key lies in a file, under a passphrase, and in a keyring; each test has its own copy. */
let place: string;
let service: SecretService;
let plain: Fairlead;
let withPassphrase: Fairlead;
let withKeyring: Fairlead;
const homes: Record<'file' | 'passphrase' | 'keyring', string> = { file: '', passphrase: '', keyring: '' };
let token: string;
let publicKey: string;
let key: string;
let state: string;

const run = (): string[] => ['run', fixtureRecipe('greeting'), '--name', 'demo', '--input', `folder=${join(place, 'demo')}`];
const at = (dir: string, ...args: readonly string[]): readonly string[] => [...args, '--state-dir', dir];

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'vault-trouble-'));
  service = await startSecretService();
  plain = await createFairlead();
  withPassphrase = await createFairlead({ FAIRLEAD_PASSPHRASE: PASSPHRASE });
  withKeyring = await createFairlead({ ...service.environment });
  for (const home of ['file', 'passphrase', 'keyring'] as const) homes[home] = join(place, `state-${home}`);
  expect((await plain.run(...at(homes.file, ...run(), '--yes'))).code).toBe(0);
  token = (await plain.run(...at(homes.file, 'secrets', 'get', 'demo', 'token', '--reveal'))).stdout.trim();
  const exported = await plain.run(...at(homes.file, 'secrets', 'export-key', '--reveal', '--json'));
  ({ publicKey, key } = JSON.parse(exported.stdout) as { publicKey: string; key: string });
  expect(key).toMatch(/^AGE-SECRET-KEY-1/);
  for (const home of ['passphrase', 'keyring'] as const) await cp(homes.file, homes[home], { recursive: true });
  for (const [home, fairlead] of [
    ['passphrase', withPassphrase],
    ['keyring', withKeyring],
  ] as const) {
    const moved = await fairlead.run(...at(homes[home], 'secrets', 'keep-key', home));
    expect(moved.code, moved.stderr).toBe(0);
  }
});
afterAll(async () => {
  for (const fairlead of [plain, withPassphrase, withKeyring]) await fairlead?.cleanUp();
  await service?.end();
  await rm(place, { recursive: true, force: true });
});

/** A copy of one of the state folders, to break something in. */
async function take(home: keyof typeof homes): Promise<void> {
  state = await mkdtemp(join(tmpdir(), 'vault-trouble-state-'));
  await cp(homes[home], state, { recursive: true });
}
afterEach(async () => {
  if (state !== undefined) await rm(state, { recursive: true, force: true });
});

const reveal = ['secrets', 'get', 'demo', 'token', '--reveal'];
const needingKey: readonly (readonly string[])[] = [
  ['secrets', 'key'],
  ['secrets', 'export-key', '--reveal'],
  ['secrets', 'keep-key', 'file'],
  ['secrets', 'keep-key', 'passphrase'],
];
const needingVault = (): readonly (readonly string[])[] => [
  reveal,
  ['secrets', 'list', 'demo'],
  ['drift', 'demo'],
  ['plan', ...run().slice(1)],
  [...run(), '--input', 'greeting=hi', '--yes'],
];

function toldNothing({ stdout, stderr }: FairleadEnd): void {
  for (const secret of [token, key, PASSPHRASE, WRONG]) expect(stdout + stderr).not.toContain(secret);
}

/** Each command says so with this code, the first of them before long; nothing is written, and no secret is told. */
async function refused(fairlead: Fairlead, commands: readonly (readonly string[])[], code: RegExp, exit = 1): Promise<void> {
  const look = async (): Promise<unknown> => [await folderTree(state), await folderTree(join(place, 'demo'))];
  const before = await look();
  for (const [index, command] of commands.entries()) {
    const begin = performance.now();
    const end = await fairlead.run(...at(state, ...command), '--json');
    if (index === 0) expect(performance.now() - begin, command.join(' ')).toBeLessThan(LIMIT_MS);
    expect(failureLine(end.stderr).code, command.join(' ')).toMatch(code);
    expect([end.code, end.stdout], command.join(' ')).toEqual([exit, '']);
    toldNothing(end);
  }
  expect(await look()).toEqual(before);
}

const opens = async (fairlead: Fairlead): Promise<void> => {
  const end = await fairlead.run(...at(state, ...reveal));
  expect([end.code, end.stdout.trim()], end.stderr).toEqual([0, token]);
};

describe('a key under a passphrase', () => {
  beforeEach(() => take('passphrase'));

  it('opens to its passphrase', () => opens(withPassphrase));

  it('stays closed to another, which is said before long', async () => {
    const wrong = await createFairlead({ FAIRLEAD_PASSPHRASE: WRONG });
    try {
      await refused(wrong, [...needingVault(), ...needingKey], /^vault\.wrong-passphrase$/);
    } finally {
      await wrong.cleanUp();
    }
  });

  it('is asked for where none was given: exit code 3', () =>
    refused(plain, [...needingVault(), ...needingKey], /^vault\.passphrase-needed$/, 3));

  it('takes its passphrase from a file descriptor, and no wrong, missing or endless one', async () => {
    const lines = join(place, 'lines');
    const fairlead = await createFairlead({}, ['sh', '-c', `exec "$0" "$@" 3<'${lines}'`, launcher]);
    const get = async (text: string): Promise<FairleadEnd> => {
      await writeFile(lines, text);
      return fairlead.run(...at(state, ...reveal), '--json', '--passphrase-fd', '3');
    };
    try {
      expect(JSON.parse((await get(`${PASSPHRASE}\r\nmore\n`)).stdout)).toEqual({ name: 'token', value: token });
      for (const [text, code] of [
        [`${WRONG}\n`, 'vault.wrong-passphrase'],
        ['', 'vault.passphrase-needed'],
        ['x'.repeat(5000), 'usage.bad-descriptor'],
      ] as const) {
        const end = await get(text);
        expect(failureLine(end.stderr).code).toBe(code);
        toldNothing(end);
      }
    } finally {
      await fairlead.cleanUp();
    }
    for (const descriptor of ['x', '77', '-1']) {
      const end = await plain.run(...at(state, ...reveal), '--json', '--passphrase-fd', descriptor);
      expect([end.code, failureLine(end.stderr).code]).toEqual([2, 'usage.bad-descriptor']);
    }
  });

  it('that others may read is refused, and nobody is asked', async () => {
    await chmod(join(state, 'identity.age'), 0o644);
    await refused(plain, [...needingVault(), ...needingKey], /^vault\.identity-exposed$/);
  });

  it('that was cut short is refused, and nobody is asked where that can be seen', async () => {
    const file = join(state, 'identity.age');
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, 100));
    await refused(plain, [reveal, ...needingKey], /^vault\.identity-damaged$/);
    await writeFile(file, bytes.subarray(0, bytes.length - 1));
    await refused(withPassphrase, [reveal, ...needingKey], /^vault\.identity-damaged$/);
    await writeFile(file, bytes);
    await opens(withPassphrase);
  });
});

describe.each([
  ['a file', 'file', () => plain],
  ['a file, under a passphrase,', 'passphrase', () => withPassphrase],
  ['the keyring', 'keyring', () => withKeyring],
] as const)('where the key lies in %s', (_where, home, fairlead) => {
  let vault: string;
  beforeEach(async () => {
    await take(home);
    vault = join(state, 'deployments', 'demo', 'vault.age');
  });

  it('a vault that was cut short or tampered with is refused, and put back it opens', async () => {
    const sealed = await readFile(vault);
    const tampered = Buffer.from(sealed);
    tampered[sealed.length - 20] = (tampered[sealed.length - 20] as number) ^ 1;
    for (const bad of [sealed.subarray(0, sealed.length - 30), tampered]) {
      await writeFile(vault, bad);
      await refused(fairlead(), [reveal, [...run(), '--yes']], /^vault\.damaged$/);
    }
    await writeFile(vault, sealed);
    await opens(fairlead());
  });

  it('a vault of a newer version is refused', async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(publicKey);
    await writeFile(vault, await encrypter.encrypt(JSON.stringify({ version: 99, words: token })));
    await refused(fairlead(), [reveal, [...run(), '--yes']], /^vault\.newer-version$/);
  });

  it('a key that is gone leads to no new one', async () => {
    for (const name of ['identity.txt', 'identity.age', 'identity.keyring.json']) await rm(join(state, name), { force: true });
    await refused(fairlead(), [reveal, [...run(), '--yes'], ...needingKey], /^vault\.identity-missing$/);
  });
});

describe('a key in the keyring', () => {
  beforeEach(() => take('keyring'));
  afterEach(async () => {
    service.thaw();
    await service.restart();
  });

  it('opens the vault without a question', () => opens(withKeyring));

  it('that is locked is said, and leads to no new key', async () => {
    await service.lock();
    await refused(withKeyring, [...needingVault(), ...needingKey], /^vault\.keyring-locked$/);
    await service.restart();
    await opens(withKeyring);
  });

  it('that hangs is given up, and the program ends', async () => {
    service.freeze();
    await refused(withKeyring, [reveal, [...run(), '--yes'], ['secrets', 'keep-key', 'file']], /^vault\.keyring-silent$/);
    service.thaw();
    await opens(withKeyring);
  });

  it('is not to be had without a D-Bus', async () => {
    const without = await createFairlead({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' });
    try {
      await refused(without, [reveal, [...run(), '--yes'], ...needingKey], /^vault\.keyring-unavailable$/);
      await rm(join(state, 'identity.keyring.json'));
      await rm(join(state, 'deployments'), { recursive: true });
      await refused(without, [['secrets', 'keep-key', 'keyring']], /^vault\.keyring-unavailable$/);
    } finally {
      await without.cleanUp();
    }
  });

  it('with a note that makes no sense is refused', async () => {
    await writeFile(join(state, 'identity.keyring.json'), '{"version":1}\n');
    await refused(withKeyring, [reveal, ...needingKey], /^vault\.identity-damaged$/);
  });
});
