import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntePhone } from '../../../src/testing/ente/ente-phone.ts';
import { createFairlead, type FairleadEnd } from '../../../src/testing/fairlead-process.ts';
import { killedAt } from '../../../src/testing/killed-within.ts';
import { createEnte, docker, type OwnedEnte, registering, removeEnte } from './owned-ente.ts';

const ADMIN = 'me@home.lan';
const FRIEND = 'friend@foo.org';
const ACCOUNTS = 'SELECT count(*) FROM srp_auth';

/** All that the engine has of a deployment: containers, networks, volumes, images. */
async function leftOf(name: string): Promise<readonly string[]> {
  const lists = await Promise.all([
    docker('ps', '-a', '--filter', `name=${name}`, '--format', '{{.Names}}'),
    docker('network', 'ls', '--filter', `name=${name}`, '--format', '{{.Name}}'),
    docker('volume', 'ls', '--filter', `name=${name}`, '--format', '{{.Name}}'),
    docker('image', 'ls', '--filter', `reference=${name}*`, '--format', '{{.Repository}}:{{.Tag}}'),
  ]);
  return lists.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
}

describe('the tasks of ente, one after another on one stack', () => {
  let ente: OwnedEnte;
  let backups = '';
  let stamp = '';
  let friend: EntePhone;
  const extra: string[] = [];

  const task = (name: string, ...args: string[]): Promise<FairleadEnd> =>
    ente.fairlead.run('task', ente.name, name, '--yes', ...args);
  const resume = (...args: string[]): Promise<FairleadEnd> => ente.fairlead.run('resume', ente.name, ...args);
  const succeeds = async (name: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await task(name, ...args);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };
  const sql = async (statement: string): Promise<string> =>
    (
      await docker('exec', `${ente.name}-postgres`, 'psql', '-XAtq', '-U', 'entedbuser', '-d', 'ente_db', '-c', statement)
    ).stdout.trim();
  const settings = (): Promise<string> => readFile(join(ente.folder, 'museum.yaml'), 'utf8');
  /** As after eleven minutes. */
  const letLoginsAge = () => sql('UPDATE tokens SET creation_time = creation_time - 11 * 60 * 1000000::bigint');
  const from = (...more: string[]): readonly string[] => ['--input', `backups=${backups}`, ...more];
  /** Somebody else registers, with the token that the task finds. */
  const register = async (email: string): Promise<EntePhone> => {
    const phone = ente.phone();
    await phone.askForToken(email);
    const said = await succeeds('token', '--input', `user=${email.toUpperCase()}`);
    const [, token = ''] = new RegExp(`token of ${email} is (\\d{6})`).exec(said) ?? [];
    await phone.register(email, token, 'a password of their own');
    return phone;
  };

  /** Another name of an image: what an upgrade takes. */
  const another = async (image: string): Promise<string> => {
    const name = `${image}-next`;
    await docker('tag', image, name);
    extra.push(name);
    return name;
  };

  beforeAll(async () => {
    ente = await createEnte();
    backups = join(ente.place, 'backups');
    const { registered, onLine } = registering(ente);
    const args = ['run', ...(await ente.args()), '--yes', '--json', '--ack', 'proxy_by_hand'];
    const { code, stderr } = await ente.fairlead.start(args, onLine);
    expect(code, stderr).toBe(0);
    await registered;
  });
  afterAll(async () => {
    const scratch = ['postgres', 'minio', 'museum'].map((service) => `${ente.name}-restore-test-${service}`);
    await docker('rm', '-f', '-v', ...scratch).catch(() => undefined);
    await docker('network', 'rm', `${ente.name}-restore-test.lan`).catch(() => undefined);
    await removeEnte(ente);
    if (extra.length > 0) await docker('rmi', '-f', ...extra);
  });

  it('token finds the newest one-time token of the user who registers', async () => {
    friend = await register(FRIEND);
    await friend.put('note', 'as it was');
  });

  it('list-users logs in by itself where the login is too old, and does not where it is young', async () => {
    await letLoginsAge();
    const old = await succeeds('list-users');
    expect(old).toContain('Account added successfully');
    expect(old).toMatch(/Email: me@home\.lan, ID: \d+.*\n.*Email: friend@foo\.org, ID: \d+/);
    expect(await succeeds('list-users')).not.toContain('Account added successfully');
  });

  it('accounts and login ask ente-cli', async () => {
    const asked = await ente.fairlead.run('task', ente.name, 'accounts');
    expect(asked.code, asked.stdout + asked.stderr).toBe(0);
    expect(asked.stdout).toMatch(/^Done in .*: 1 ok\.$/m);
    expect(asked.stdout).toContain(ADMIN);
    expect(await succeeds('login')).toContain('Account added successfully');
  });

  it('limits are set and lifted', async () => {
    const user = ['--input', `user=${FRIEND}`];
    await succeeds('limits', ...user, '--input', 'storage=20GB', '--input', 'expires=2040-12-31');
    const limits = () => sql(`SELECT storage || ' ' || expiry_time FROM subscriptions ORDER BY user_id DESC LIMIT 1`);
    expect(await limits()).toBe(`${20 * 2 ** 30} ${Date.UTC(2040, 11, 31) * 1000}`);
    await succeeds('unlimited', ...user);
    expect(await limits()).toMatch(new RegExp(`^${100 * 2 ** 40} `));
  });

  it('a second factor and a passkey are switched off', async () => {
    const phone = await register('second@foo.org');
    await phone.enableTwoFactor();
    const withFactor = () => sql('SELECT count(*) FROM users WHERE is_two_factor_enabled');
    expect(await withFactor()).toBe('1');
    await succeeds('disable-2fa', '--input', 'user=second@foo.org');
    expect(await withFactor()).toBe('0');
    expect(await succeeds('disable-passkey', '--input', 'user=second@foo.org')).toContain('Successfully disabled passkey');
  });

  it('delete-user is refused without the right word, and deletes with it', async () => {
    const user = ['--input', 'user=second@foo.org'];
    const asked = await task('delete-user', ...user, '--answer', `delete=${FRIEND}`);
    expect(asked.code, asked.stdout).not.toBe(0);
    expect(await sql(ACCOUNTS)).toBe('3');
    const done = await resume('--yes', '--answer', 'delete=second@foo.org');
    expect(done.code, done.stdout).toBe(0);
    expect(await sql(ACCOUNTS)).toBe('2');
  });

  it('backup, interrupted and resumed, makes a folder for root alone, with a manifest, the sums of all, and the vault but not its key', async () => {
    await appendFile(join(ente.folder, 'museum.yaml'), '# mine\n');
    await mkdir(join(backups, `.${ente.name}-20200101T000000Z.part`), { recursive: true });
    const afterDump = killedAt('"type":"step.finished","step":"dump"', 'SIGINT');
    const interrupted = await createFairlead({ FAIRLEAD_STATE_DIR: ente.fairlead.stateDir, ...afterDump });
    const stopped = await interrupted.run('task', ente.name, 'backup', '--yes', '--json', ...from());
    await interrupted.cleanUp();
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(await readdir(backups)).toEqual([expect.stringMatching(/^\..*\.part$/)]);
    const done = await resume('--yes');
    expect(done.code, done.stdout).toBe(0);
    const names = await readdir(backups);
    expect(names).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z$/)]);
    stamp = names[0] ?? '';
    const folder = join(backups, stamp);
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      made: stamp,
      deployment: ente.name,
      users: 3,
      images: { server: ente.images.server, postgres: ente.images.postgres },
    });
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of files) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o777, entry.name).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }
    const sums = await readFile(join(folder, 'SHA256SUMS'), 'utf8');
    const summed = sums
      .trim()
      .split('\n')
      .map((line) => line.slice(66));
    expect(summed).toEqual(expect.arrayContaining(['./database.dump', './manifest.json', './vault.age', './settings/.env']));
    expect(summed).toHaveLength(files.filter((entry) => entry.isFile()).length - 1);
    const { stdout: key } = await ente.fairlead.run('secrets', 'export-key', '--reveal');
    const [, secret = 'no key'] = /(AGE-SECRET-KEY-\S+)/.exec(key) ?? [];
    for (const entry of files.filter((each) => each.isFile())) {
      expect(await readFile(join(entry.parentPath, entry.name), 'latin1')).not.toContain(secret);
    }
  });

  it('test-restore brings the backup up beside the real one, compares, and leaves nothing', async () => {
    const before = await leftOf(ente.name);
    expect(await succeeds('test-restore', ...from())).toContain(`${stamp} can be restored`);
    expect(await leftOf(ente.name)).toEqual(before);
    expect(await readdir(ente.folder)).not.toContain('restore-test');
  });

  it('restore puts accounts, objects and museum.yaml back as they were, and asks for the word first', async () => {
    await friend.put('note', 'changed');
    await friend.put('more', 'new');
    await register('third@foo.org');
    await writeFile(join(ente.folder, 'museum.yaml'), (await settings()).replace('# mine', '# not mine'));
    const asked = await task('restore', ...from('--input', `backup=${stamp}`, '--input', 'settings=true'));
    expect(asked.code, asked.stdout).toBe(3);
    expect(await sql(ACCOUNTS)).toBe('3');
    const done = await resume('--yes', '--answer', `stop=${ente.name}`);
    expect(done.code, done.stdout).toBe(0);
    expect(await sql(ACCOUNTS)).toBe('2');
    expect(await friend.get('note')).toBe('as it was');
    await expect(friend.get('more')).rejects.toThrow();
    expect(await settings()).toMatch(/# mine\n$/);
    expect(await succeeds('list-users')).toContain(FRIEND);
  });

  it('a backup of which a byte was flipped, or that is of another deployment, is refused before anything is touched', async () => {
    const refused = async (file: string, change: (text: string) => string): Promise<string> => {
      const path = join(backups, stamp, file);
      const good = await readFile(path, 'latin1');
      await writeFile(path, change(good), 'latin1');
      const { code, stdout } = await task('restore', ...from('--input', `backup=${stamp}`), '--answer', `stop=${ente.name}`);
      expect(code, stdout).toBe(1);
      await resume('--abandon');
      await writeFile(path, good, 'latin1');
      return stdout;
    };
    const flip = (text: string): string => `${text.slice(0, 1000)}${text[1000] === 'a' ? 'b' : 'a'}${text.slice(1001)}`;
    const damaged = await refused('database.dump', flip);
    expect(damaged).toContain('is not as it was written: database.dump differs');
    const other = await refused('manifest.json', (text) => text.replace(ente.name, 'another'));
    expect(other).toContain(`is of deployment another; wanted is ${ente.name}`);
    expect((await fetch(`http://127.0.0.1:${ente.values.museum_port}/ping`)).status).toBe(200);
  });

  it('upgrade takes another image and keeps what is stored', async () => {
    const newer = await another(ente.images.server);
    const { code, stdout } = await task('upgrade', '--input', `server_image=${newer}`);
    expect(code, stdout).toBe(0);
    const { stdout: image } = await docker('inspect', '--format', '{{.Config.Image}}', `${ente.name}-museum`);
    expect(image.trim()).toBe(newer);
    expect(await friend.get('note')).toBe('as it was');
    expect(await sql(ACCOUNTS)).toBe('2');
  });

  it('upgrade refuses another major version of PostgreSQL, and nothing is touched', async () => {
    const file = join(ente.folder, 'docker-compose.yml');
    const [compose, newer] = [await readFile(file, 'utf8'), await another(ente.images.postgres)];
    // What the folder would say if it were of another version: PostgreSQL looks at it when it starts.
    await writeFile(join(ente.data, 'postgres-data/PG_VERSION'), '14\n');
    const { code, stdout } = await task('upgrade', '--input', `postgres_image=${newer}`);
    expect(code, stdout).toBe(1);
    expect(stdout).toContain(`was made with PostgreSQL 14; 15 (image ${newer}) can't read it`);
    expect(await readFile(file, 'utf8')).toBe(compose);
    await resume('--abandon');
  });

  it('uninstall asks for the word, and leaves nothing but the record of the runs', async () => {
    const asked = await task('uninstall', '--input', 'remove_data=true');
    expect(asked.code, asked.stdout).toBe(3);
    const done = await resume('--yes', '--answer', `down=${ente.name}`, '--answer', `no_data=${ente.data}`);
    expect(done.code, done.stdout).toBe(0);
    expect(await leftOf(ente.name)).toEqual([]);
    expect((await readdir(ente.place)).sort()).toEqual(['backups', 'inputs.yaml', 'repository']);
  });
});
