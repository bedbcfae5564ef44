import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { FairleadEnd } from '../../../src/testing/fairlead-process.ts';
import { ownCertificate, ownTokenKeys } from '../../../src/testing/mml/own-certificates.ts';
import { ask, clientsOf, containersOf, GUID, leftOf, rotated, SERVICES, secretOf, sql } from './look-at-mml.ts';
import { createMml, DOMAIN, docker, type OwnedMml, PASSWORD, removeMml } from './owned-mml.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('the tasks of mml, one after another on one stack', () => {
  let mml: OwnedMml;
  let client = '';
  let backups = '';
  let stamp = '';
  const extra: string[] = [];

  const task = (name: string, ...args: string[]): Promise<FairleadEnd> =>
    mml.fairlead.run('task', mml.name, name, '--yes', ...args);
  const resume = (...args: string[]): Promise<FairleadEnd> => mml.fairlead.run('resume', mml.name, ...args);
  const succeeds = async (name: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await task(name, ...args);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };
  /** Of what only reads: nobody has to say yes, and nothing counts as changed. */
  const reads = async (name: string): Promise<string> => {
    const { code, stdout, stderr } = await mml.fairlead.run('task', mml.name, name);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^Done in .*: \d+ ok\.$/m);
    return stdout;
  };
  const from = (...more: string[]): readonly string[] => ['--input', `backups=${backups}`, ...more];
  /** How the media service answers an app that shows a token: it asks the identity service about it. */
  const withToken = async (): Promise<number> =>
    (await ask(mml, '/api/v1.0/media/record', { 'App-Key': await secretOf(mml, 'app_key'), Authorization: 'Bearer x' })).status;
  const song = () => join(mml.folder, 'media/records/a/song.mp3');

  /** Another name of an image: what an upgrade takes. */
  const another = async (image: string): Promise<string> => {
    const name = `${image}-next`;
    await docker('tag', image, name);
    extra.push(name);
    return name;
  };

  beforeAll(async () => {
    // With keys that are there: to make three long ones takes as long as half of an installation.
    mml = await createMml(async (place) => {
      const { chain, key } = await ownCertificate(join(place, 'theirs'), DOMAIN);
      const tokens = await ownTokenKeys(join(place, 'tokens'));
      return { certificate: 'import', tls_certificate: chain, tls_key: key, token_certificates: tokens };
    });
    backups = join(mml.place, 'backups');
    const { code, stderr } = await mml.fairlead.run('run', ...(await mml.args()), '--yes');
    expect(code, stderr).toBe(0);
    [client = ''] = await clientsOf(mml);
    expect(client).toMatch(GUID);
  });
  afterAll(async () => {
    await removeMml(mml);
    if (extra.length > 0) await docker('rmi', '-f', ...extra);
  });

  it('a client of an admin app is made, listed, and removed, with its id as the word to type', async () => {
    const [made = ''] = (await succeeds('admin-create')).match(GUID) ?? [];
    expect([...(await clientsOf(mml))].sort()).toEqual([client, made].sort());
    expect(await reads('admin-list')).toContain(made);
    const asked = await task('admin-remove', '--input', `client=${made}`);
    expect(asked.code, asked.stdout).toBe(3);
    expect(await clientsOf(mml)).toContain(made);
    const done = await resume('--yes', '--answer', `remove=${made}`);
    expect(done.code, done.stdout).toBe(0);
    expect(await clientsOf(mml)).toEqual([client]);
  });

  it('trap 25: a client that never was is not said to be removed', async () => {
    const { code, stdout } = await task('admin-remove', '--input', `client=${NOBODY}`, '--answer', `remove=${NOBODY}`);
    expect(code, stdout).toBe(1);
    expect(stdout).toContain(`There is no client id ${NOBODY}`);
    expect(stdout).not.toContain('has no way in any more');
    await resume('--abandon');
  });

  it('another admin is made, and one whose name is taken is said to be there', async () => {
    const jane = join(mml.place, 'jane.yaml');
    await writeFile(jane, stringify({ name: 'jane', password: `${PASSWORD} 2` }), { mode: 0o600 });
    await succeeds('admin-user', '--inputs', jane);
    expect(await sql(mml, 'identity', `SELECT password FROM users WHERE name = 'jane'`)).toBe(`${PASSWORD} 2`);
    expect(await clientsOf(mml)).toEqual([client]);
    const again = await task('admin-user', '--inputs', jane);
    expect(again.code).toBe(1);
    expect(again.stdout + again.stderr).toContain('There is an admin jane already.');
    await resume('--abandon');
    await rm(jane);
  });

  it('a backup is for root alone, and says what is in it', async () => {
    await mkdir(join(mml.folder, 'media/records/a'));
    await writeFile(song(), 'la la la');
    await sql(mml, 'media', `INSERT INTO records VALUES ('${NOBODY}', E'two\\nlines')`);
    await succeeds('backup', ...from());
    [stamp = ''] = await readdir(backups);
    const folder = join(backups, stamp);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await readdir(folder)).sort()).toEqual(
      ['SHA256SUMS', 'identity.dump', 'manifest.json', 'media.dump', 'records', 'settings', 'vault.age'].sort(),
    );
    // Two admins, the client of their apps and that of the media service.
    expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({
      made: stamp,
      deployment: mml.name,
      identity_rows: 4,
      media_rows: 1,
      records: 1,
      images: { identity: mml.images.identity, postgres: mml.images.postgres },
    });
  });

  it('test-restore brings the backup up beside the real one, counts, and leaves nothing', async () => {
    const before = await leftOf(mml.name);
    expect(await succeeds('test-restore', ...from())).toMatch(/can be restored: .* 4 and 1 rows and 1 records/);
    expect(await leftOf(mml.name)).toEqual(before);
    expect(await readdir(mml.folder)).not.toContain('restore-test');
  });

  it('a new password of the media service at the identity service is known to both, and the old one to none', async () => {
    const old = await secretOf(mml, 'api_client_secret');
    expect(await rotated(mml, 'api_client_secret')).toEqual({
      files: ['identity/appsettings.json', 'media/appsettings.json'],
      containers: ['identity', 'media'],
    });
    expect(await withToken()).toBe(200);
    expect(await sql(mml, 'identity', `SELECT count(*) FROM clients WHERE secret = '${old}'`)).toBe('0');
    expect(await clientsOf(mml)).toEqual([client]);
  });

  it('restore puts databases and records back as they were, but for that password, and asks for the word first', async () => {
    await rm(song());
    await sql(mml, 'identity', 'DELETE FROM users; DELETE FROM clients');
    await sql(mml, 'media', 'DELETE FROM records');
    const asked = await task('restore', ...from('--input', `backup=${stamp}`));
    expect(asked.code, asked.stdout).toBe(3);
    expect(await sql(mml, 'identity', 'SELECT count(*) FROM users')).toBe('0');
    const done = await resume('--yes', '--answer', `stop=${mml.name}`);
    expect(done.code, done.stdout).toBe(0);
    expect(await readFile(song(), 'utf8')).toBe('la la la');
    expect((await stat(song())).uid).toBe(mml.values.uid);
    expect(await clientsOf(mml)).toEqual([client]);
    expect(await sql(mml, 'identity', 'SELECT name FROM users ORDER BY name')).toBe('admin\njane');
    expect(await sql(mml, 'media', 'SELECT title FROM records')).toBe('two\nlines');
    expect(await withToken()).toBe(200);
  });

  it('a backup of which a byte was flipped is refused before anything is touched', async () => {
    const path = join(backups, stamp, 'media.dump');
    const good = await readFile(path);
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(100) ^ 1, 100);
    await writeFile(path, bad);
    const { code, stdout } = await task('restore', ...from('--input', `backup=${stamp}`), '--answer', `stop=${mml.name}`);
    expect(code, stdout).toBe(1);
    expect(stdout).toContain('is not as it was written: media.dump differs');
    expect(Object.keys(await containersOf(mml))).toEqual(SERVICES);
    await resume('--abandon');
    await writeFile(path, good);
  });

  it('upgrade takes another image of one service, starts that one anew alone, and keeps what is stored', async () => {
    const [newer, before] = [await another(mml.images.media), await containersOf(mml)];
    await succeeds('upgrade', '--input', `media_image=${newer}`);
    const { stdout: image } = await docker('inspect', '--format', '{{.Config.Image}}', `wekode.${mml.name}.media`);
    expect(image.trim()).toBe(newer);
    const now = await containersOf(mml);
    expect(SERVICES.filter((service) => now[service] !== before[service])).toEqual(['media']);
    expect(await sql(mml, 'media', 'SELECT count(*) FROM records')).toBe('1');
  });

  it('upgrade refuses another major version of PostgreSQL, and nothing is touched', async () => {
    const file = join(mml.folder, 'docker-compose.yml');
    const [compose, newer] = [await readFile(file, 'utf8'), await another(mml.images.postgres)];
    // What the folder would say if it were of another version: PostgreSQL looks at it when it starts.
    await writeFile(join(mml.folder, 'db/data/PG_VERSION'), '14\n');
    const { code, stdout } = await task('upgrade', '--input', `postgres_image=${newer}`);
    expect(code, stdout).toBe(1);
    expect(stdout).toContain(`was made with PostgreSQL 14; 15 (image ${newer}) can't read it`);
    expect(await readFile(file, 'utf8')).toBe(compose);
    await resume('--abandon');
  });

  it('uninstall asks for the word, and leaves nothing but the backups, the record of the runs, and the keys that were not its own', async () => {
    const asked = await task('uninstall', '--input', 'remove_data=true');
    expect(asked.code, asked.stdout).toBe(3);
    expect(Object.keys(await containersOf(mml))).toEqual(SERVICES);
    const done = await resume('--yes', '--answer', `down=${mml.name}`, '--answer', `no_data=${mml.folder}`);
    expect(done.code, done.stdout).toBe(0);
    expect(await leftOf(mml.name)).toEqual([]);
    expect((await readdir(mml.place)).sort()).toEqual(['backups', 'inputs.yaml', 'theirs', 'tokens']);
    for (const file of ['/etc/passwd', '/etc/group']) expect(await readFile(file, 'utf8')).not.toContain(`${mml.user}:`);
  });
});
