import { spawn } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../src/model/events.ts';
import { failureLine } from '../../../src/testing/failure-line.ts';
import { createFairlead, type FairleadEnd } from '../../../src/testing/fairlead-process.ts';
import { createEnte, docker, type OwnedEnte, PASSWORD, registering, removeEnte } from './owned-ente.ts';

/** A file of the tests before each other: what goes wrong is mended, and the run goes on from there. */
describe('an ente that goes wrong in one way after another, and is mended each time', () => {
  let ente: OwnedEnte;
  let phone: ReturnType<typeof registering>;

  const SQL = ['psql', '-XqAt', '-U', 'entedbuser', '-d', 'ente_db', '-c'];
  const OPTIONS = ['--yes', '--json', '--ack', 'proxy_by_hand'];
  /** The recipe, but that it waits for the token as long as a test can. */
  const hasty = async (): Promise<string> => {
    const folder = join(ente.place, 'recipe');
    await cp(fileURLToPath(new URL('..', import.meta.url)), folder, { recursive: true });
    const file = join(folder, 'recipe.yaml');
    const text = await readFile(file, 'utf8');
    const shorter = text.replace(/(- id: token\n[^#]*?\n {4}timeout: )1h\n/, '$18s\n');
    expect(shorter).not.toBe(text);
    await writeFile(file, shorter);
    return folder;
  };
  const nothingMade = async () => {
    const { stdout } = await docker('ps', '-aq', '--filter', `name=^${ente.name}-`);
    expect(stdout).toBe('');
  };
  const failed = ({ stderr, code }: FairleadEnd, wanted: number) => {
    expect(code, stderr).toBe(wanted);
    return failureLine(stderr);
  };

  beforeAll(async () => {
    ente = await createEnte();
  });
  afterAll(async () => {
    await removeEnte(ente);
  });

  it('a subnet that another network has is named before anything is made', async () => {
    const other = `${ente.name}-other`;
    await docker('network', 'create', '--subnet', String(ente.values.subnet), other);
    try {
      const failure = failed(await ente.fairlead.run('run', ...(await ente.args()), ...OPTIONS), 2);
      expect(failure.message).toContain(String(ente.values.subnet));
      expect(failure.message).toContain(other);
      await nothingMade();
    } finally {
      await docker('network', 'rm', other);
    }
  });

  it('a port that somebody listens on is named before anything is made', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(Number(ente.values.web_port), '127.0.0.1', resolve));
    try {
      const failure = failed(await ente.fairlead.run('run', ...(await ente.args()), ...OPTIONS), 2);
      expect(failure.message).toContain(String(ente.values.web_port));
      await nothingMade();
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('a token with letters in it, and a subnet that is no /24, are refused with what they must be', async () => {
    const end = await ente.fairlead.run(
      'plan',
      ...(await ente.args({ first_token: '12345a', subnet: '172.21.0.0/16' })),
      '--json',
    );
    const failure = failed(end, 2);
    expect(JSON.stringify(failure)).toMatch(/first_token.*subnet|subnet.*first_token/);
  });

  it("an image that can't be pulled is named", async () => {
    const [, ...args] = await ente.args({ mc_image: 'localhost:9/minio/mc:none' });
    const failure = failed(await ente.fairlead.run('run', await hasty(), ...args, ...OPTIONS), 1);
    expect(failure.message).toContain('localhost:9/minio/mc:none');
    expect(failure.hints.length).toBeGreaterThan(0);
  });

  it('with the image, a token that never comes is told of, with what the log lacked', async () => {
    const args = (await ente.args({ account_password: 'not that one' })).slice(-2);
    const failure = failed(await ente.fairlead.run('resume', ente.name, ...args, ...OPTIONS), 1);
    expect(failure).toMatchObject({ code: 'check.never-held', retryable: true });
    expect(failure.message).toMatch(
      /^Register on your phone now: .* within 8 s\. Last seen: .*-museum: no code for me@home\.lan yet\.$/,
    );
    expect(failure.hints.at(-1)).toContain('fairlead resume');
  });

  it('with a token, a password that is not the one of the phone is named as such', async () => {
    phone = registering(ente);
    // Before the run looks: it does not wait long for what is written when it begins. And once: a second token would be left over.
    await phone.phone.askForToken('me@home.lan');
    const register = (line: string): void => {
      if (!line.includes('"type":"step.started"')) phone.onLine(line);
    };
    const failure = failed(await ente.fairlead.start(['resume', ente.name, ...OPTIONS], register), 1);
    expect(failure.message).toContain('The password is not the one that was chosen on the phone');
    expect(JSON.stringify(failure)).not.toContain('not that one');
  });

  it('with the password, the run goes on to its end, and the account is not registered again', async () => {
    const args = (await ente.args()).slice(-2);
    const { code, stdout, stderr } = await ente.fairlead.run('resume', ente.name, ...args, ...OPTIONS);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`ID: ${await phone.registered}`);
    await expect(phone.phone.register('me@home.lan', '424242', PASSWORD)).rejects.toMatchObject({ status: 410 });
  });

  it('a JWT secret in the wrong alphabet is refused with the reason', async () => {
    const wrong = `${'a/'.repeat(21)}A=`;
    const end = await new Promise<FairleadEnd>((resolve, reject) => {
      const child = spawn('bin/fairlead', ['secrets', 'set', ente.name, 'jwt_secret', '--json'], {
        env: { ...process.env, FAIRLEAD_STATE_DIR: ente.fairlead.stateDir },
      });
      const printed = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const)
        child[name].setEncoding('utf8').on('data', (text) => (printed[name] += text));
      child.stdin.end(wrong);
      child.on('error', reject).on('close', (code) => resolve({ code, ...printed }));
    });
    const failure = failed(end, 2);
    expect(failure).toMatchObject({
      code: 'secret.wrong-alphabet',
      hints: [expect.stringContaining("tr '+/' '-_'"), expect.anything()],
    });
    expect(JSON.stringify(failure)).not.toContain(wrong);
  });

  it('an account that is there already, and no records of it: with the secrets of then, nobody is asked to register', async () => {
    const kept = ['key_encryption', 'key_hash', 'db_password'];
    const values = await Promise.all(
      kept.map(async (name) => (await ente.fairlead.run('secrets', 'get', ente.name, name, '--reveal')).stdout.trim()),
    );
    const env = Object.fromEntries(kept.map((name, at) => [`FAIRLEAD_SECRET_${name.toUpperCase()}`, values[at] ?? '']));
    // Since then more than ten minutes have passed, so that the login is good for nothing but listing what there is.
    await docker('exec', `${ente.name}-postgres`, ...SQL, 'UPDATE tokens SET creation_time = creation_time - 660000000');
    await docker('rm', '-f', ...['postgres', 'minio', 'provision', 'museum', 'web', 'cli'].map((one) => `${ente.name}-${one}`));
    const other = await createFairlead(env);
    try {
      const asks = failed(await other.run('run', ...(await ente.args()), ...OPTIONS), 3);
      expect(asks.hints).toEqual([
        expect.stringContaining('--answer secrets.key_encryption=adopt|wipe|stop'),
        expect.stringContaining('FAIRLEAD_SECRET_KEY_ENCRYPTION'),
      ]);
      const answers = kept.flatMap((name) => ['--answer', `secrets.${name}=adopt`]);
      const { code, stdout, stderr } = await other.run('resume', ente.name, ...answers, ...OPTIONS);
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(`ID: ${await phone.registered}`);
      const ends = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as JournalEvent]));
      const outcomeOf = (step: string) =>
        ends.flatMap((event) => (event.type === 'step.finished' && event.step === step ? [event.outcome] : [])).at(-1);
      expect(['token', 'account', 'login', 'login_again'].map(outcomeOf)).toEqual(['skipped', 'ok', 'ok', 'changed']);
    } finally {
      await other.cleanUp();
    }
  });
});
