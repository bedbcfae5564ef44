import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docker, type Ran } from '../postgres/postgres-container.ts';
import { openScreen, type Screen } from '../pty-screen.ts';
import { type MmlImages, mmlImages } from './mml-images.ts';
import { type OwnCertificate, ownCertificate, ownTokenKeys } from './own-certificates.ts';

const id = `fairlead-mml-${randomBytes(4).toString('hex')}`;
const UID = randomInt(30_000, 59_000);
const OWN = `${UID}:${UID}`;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ISSUER = 'https://medialib.home.lan:5555/';

let images: MmlImages;
let folder: string;
let certificate: OwnCertificate;
let port = 0;

const must = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await docker(args);
  if (code !== 0) throw new Error(`docker ${args.slice(0, 2).join(' ')} ended with ${code}: ${stdout}${stderr}`);
  return stdout.trim();
};
const start = (name: string, options: readonly string[], ...command: readonly string[]): Promise<string> =>
  must('run', '-d', '--name', `${id}-${name}`, '--network', id, '--network-alias', `wekode.mml.${name}`, ...options, ...command);

/** Waits until a program in a container ends with 0. */
async function until(name: string, ...argv: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if ((await docker(['exec', `${id}-${name}`, ...argv])).code === 0) return;
    await pause(100);
  }
  throw new Error(`${name}: ${argv.join(' ')} never ended with 0\n${(await docker(['logs', `${id}-${name}`])).stderr}`);
}
const listens = (name: string, on: number): Promise<void> => until(name, 'bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${on}`);

/** Settings of a service as they should be, with some of them otherwise. */
function settings(changes: Readonly<Record<string, unknown>> = {}): string {
  const text: Record<string, unknown> = {
    ADMIN_APP_KEY: 'key-of-the-admin-app',
    APP_KEY: 'key-of-the-app',
    TLS: { Cert: '/certs/own.pfx', Password: certificate.password },
    OpenId: {
      EncryptionCert: '/certs/tokens/identity.encrypt.pfx',
      SigningCert: '/certs/tokens/identity.sign.pfx',
      Issuer: ISSUER,
    },
    ConnectionStrings: {
      IdentityConnection: 'Server=wekode.mml.db;Port=5432;Database=identity;User Id=identity;Password=of-identity;',
      MediaConnection: 'Server=wekode.mml.db;Port=5432;Database=media;User Id=media;Password=of-media;',
      DistributedCache: 'wekode.mml.cache:6379,password=of-redis',
    },
    MassTransit: { Host: 'wekode.mml.mbus', User: 'mml', Password: 'of-rabbit', StartTimeoutSeconds: 10 },
    ApiClients: [{ ClientId: '11111111-1111-4111-8111-111111111111', ClientSecret: 'of-the-media-service' }],
  };
  for (const [path, value] of Object.entries(changes)) {
    const [part = '', name = ''] = path.split('/');
    (text[part] as Record<string, unknown>)[name] = value;
  }
  return JSON.stringify(text);
}

/** A file of settings of its own, and the options with which a service gets it. */
async function configured(changes: Readonly<Record<string, unknown>> = {}): Promise<readonly string[]> {
  const file = join(folder, `settings-${randomBytes(4).toString('hex')}.json`);
  await writeFile(file, settings(changes));
  await chown(file, UID, UID);
  return ['--user', OWN, '-v', `${file}:/configs/appsettings.json:ro`, '-v', `${folder}/certs:/certs:ro`];
}

/** Starts a service that can't start, and answers its last words. */
async function lastWords(service: 'identity' | 'media', changes: Readonly<Record<string, unknown>>): Promise<string> {
  const { code, stderr } = await docker(['run', '--rm', '--network', id, ...(await configured(changes)), images[service]]);
  expect(code, stderr).toBe(134);
  return stderr;
}

const cli = (...args: readonly string[]): Promise<Ran> =>
  docker(['exec', `${id}-identity`, 'dotnet', '/app/cli/Identity.CLI.dll', ...args]);
const clients = async (): Promise<readonly string[]> => (await cli('-al')).stdout.trim().split('\n');

/** A dialog with the program at a terminal: each answer is typed when its prompt is the last line on the screen. */
async function dialog(...answers: readonly (readonly [string, string])[]): Promise<Screen> {
  const argv = ['docker', 'exec', '-it', `${id}-identity`, 'dotnet', '/app/cli/Identity.CLI.dll'];
  const screen = openScreen(argv, { columns: 120, rows: 40 });
  for (const [prompt, answer] of answers) {
    await screen.waitFor((shown) => shown.trimEnd().endsWith(prompt));
    screen.type(`${answer}\r`);
  }
  return screen;
}

function ask(headers: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly body: string }> {
  const options = { host: '127.0.0.1', port, path: '/.well-known/openid-configuration', headers, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    request(options, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(await answer.toArray()).toString() });
    })
      .on('error', reject)
      .end();
  });
}

beforeAll(async () => {
  images = await mmlImages();
  folder = await mkdtemp(join(tmpdir(), `${id}-`));
  await chmod(folder, 0o755);
  certificate = await ownCertificate(join(folder, 'certs'), 'medialib.home.lan');
  await ownTokenKeys(join(folder, 'certs/tokens'));
  await ownTokenKeys(join(folder, 'certs/locked'), 'a password');
  for (const name of ['secrets', 'configs', 'initdb.d']) await mkdir(join(folder, name));
  const files: Readonly<Record<string, string>> = {
    'secrets/user': 'postgres\n',
    'secrets/password': 'of-postgres\n',
    'secrets/empty': '',
    'configs/identity.conf': 'IDENTITY_DB=identity\nIDENTITY_USR=identity\nIDENTITY_PW=of-identity\n',
    'configs/media.conf': 'MEDIA_DB=media\nMEDIA_USR=media\nMEDIA_PW=of-media\n',
    'redis.conf': 'port 6379\nrequirepass of-redis\n',
    'rabbitmq.conf': 'listeners.tcp.default = 5672\ndefault_user = mml\ndefault_pass = of-rabbit\n',
    enabled_plugins: '[].\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  for (const name of ['identity-db.sh', 'media-db.sh']) {
    const shipped = fileURLToPath(new URL(`../../../recipes/mml/files/${name}`, import.meta.url));
    await writeFile(join(folder, 'initdb.d', name), await readFile(shipped), { mode: 0o755 });
  }
  await promisify(execFile)('chown', ['-R', OWN, join(folder, 'certs')]);
  await must('network', 'create', '--subnet', `10.${randomInt(128, 255)}.${randomInt(0, 255)}.0/24`, id);
  const at = (name: string, there: string): readonly string[] => ['-v', `${folder}/${name}:${there}:ro`];
  await Promise.all([
    start(
      'mbus',
      ['--user', OWN, '--tmpfs', `/var/lib/rabbitmq:uid=${UID},mode=0700`, ...at('rabbitmq.conf', '/etc/rabbitmq/rabbitmq.conf')],
      images.rabbitmq,
    ),
    start(
      'db',
      [
        ...['--user', OWN, '--tmpfs', `/data:uid=${UID},mode=0700`, '--env', 'PGDATA=/data'],
        ...['--env', 'POSTGRES_USER_FILE=/secrets/user', '--env', 'POSTGRES_PASSWORD_FILE=/secrets/password'],
        ...['--env', 'POSTGRES_INITDB_ARGS=--auth-local=trust --auth-host=scram-sha-256'],
        ...at('secrets', '/secrets'),
        ...at('configs', '/configs'),
        ...at('initdb.d', '/docker-entrypoint-initdb.d'),
      ],
      images.postgres,
      'postgres',
      '-c',
      'listen_addresses=*',
    ),
    start(
      'cache',
      ['--user', '999:999', ...at('redis.conf', '/etc/redis/redis.conf')],
      images.redis,
      'redis-server',
      '/etc/redis/redis.conf',
    ),
  ]);
  await until('db', 'pg_isready', '-q', '-h', '127.0.0.1');
  await listens('mbus', 5672);
  await start('identity', ['-p', '127.0.0.1::5051', ...(await configured())], images.identity);
  port = Number(/:(\d+)$/.exec(await must('port', `${id}-identity`, '5051'))?.[1]);
  await listens('identity', 5051);
});

afterAll(async () => {
  const containers = (await must('ps', '-aq', '--filter', `name=${id}`)).split('\n').filter((each) => each !== '');
  if (containers.length > 0) await docker(['rm', '-f', '-v', ...containers]);
  await docker(['network', 'rm', id]);
  await images?.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

describe.concurrent('a service does not start', () => {
  test('trap 7: PostgreSQL, where the password of its superuser is empty', async () => {
    const empty = [
      '--env',
      'PGDATA=/data',
      '--env',
      'POSTGRES_PASSWORD_FILE=/secrets/empty',
      '-v',
      `${folder}/secrets:/secrets:ro`,
    ];
    const { code, stderr } = await docker(['run', '--rm', '--tmpfs', '/data', ...empty, images.postgres, 'postgres']);
    expect(code).toBe(1);
    expect(stderr).toContain('superuser password is not specified');
  });

  test('with a password that the database does not know', async () => {
    const wrong = 'Server=wekode.mml.db;Port=5432;Database=identity;User Id=identity;Password=of-media;';
    expect(await lastWords('identity', { 'ConnectionStrings/IdentityConnection': wrong })).toContain(
      'password authentication failed',
    );
  });

  test('with the database of the other service', async () => {
    const wrong = 'Server=wekode.mml.db;Port=5432;Database=identity;User Id=media;Password=of-media;';
    expect(await lastWords('media', { 'ConnectionStrings/MediaConnection': wrong })).toMatch(/permission denied for database/);
  });

  test('with a password that Redis does not know', async () => {
    const wrong = 'wekode.mml.cache:6379,password=of-rabbit';
    expect(await lastWords('identity', { 'ConnectionStrings/DistributedCache': wrong })).toContain('WRONGPASS');
  });

  test('trap 4: with the port of Redis that the article names', async () => {
    const wrong = 'wekode.mml.cache:7379,password=of-redis';
    expect(await lastWords('identity', { 'ConnectionStrings/DistributedCache': wrong })).toContain('ECONNREFUSED');
  });

  test('with a password that RabbitMQ does not know', async () => {
    const changes = { 'MassTransit/Password': 'of-redis', 'MassTransit/StartTimeoutSeconds': 0 };
    expect(await lastWords('media', changes)).toContain('ACCESS_REFUSED');
  });

  test('trap 14: as guest, from another container', async () => {
    const changes = { 'MassTransit/User': 'guest', 'MassTransit/Password': 'guest', 'MassTransit/StartTimeoutSeconds': 0 };
    expect(await lastWords('identity', changes)).toContain('ACCESS_REFUSED');
  });

  test('trap 2: with a path of the article, where nothing is mounted', async () => {
    expect(await lastWords('media', { 'TLS/Cert': '/etc/ssl/certs/own.pfx' })).toContain('ENOENT');
  });

  test('with another password than that of its certificate', async () => {
    expect(await lastWords('identity', { 'TLS/Password': 'of-redis' })).toMatch(/mac verify failure/i);
  });

  test('trap 26: with keys for tokens that have a password', async () => {
    const locked = { 'OpenId/EncryptionCert': '/certs/locked/identity.encrypt.pfx' };
    expect(await lastWords('media', locked)).toMatch(/mac verify failure/i);
  });
});

describe.concurrent('the identity service', () => {
  test('lets in who has a key of an app, and says nothing to others', async () => {
    expect(await ask({})).toEqual({ status: 401, body: '' });
    expect(await ask({ 'App-Key': 'another' })).toEqual({ status: 401, body: '' });
    for (const key of ['key-of-the-app', 'key-of-the-admin-app']) {
      const { status, body } = await ask({ 'App-Key': key });
      expect([status, JSON.parse(body)]).toEqual([200, { issuer: ISSUER }]);
    }
  });

  test('trap 23: its program needs a terminal, and trap 24: ends with 0 without one', async () => {
    const argv = ['dotnet', '/app/cli/Identity.CLI.dll'];
    const { code, stdout } = await docker(['exec', `${id}-identity`, 'sh', '-c', `echo somebody | ${argv.join(' ')}`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Unhandled exception! .*console/);
  });
});

describe("the identity service's program", () => {
  test('makes the first admin and the first client, and later admins without one', async () => {
    const first = await dialog(
      ['Enter username of admin:', ''],
      ['Please username:', 'admin'],
      ['Enter user password:', 'too short'],
      ['Enter user password:', 'long enough it is'],
      ['Repeat user password:', 'another'],
      ['Repeat user password:', 'long enough it is'],
    );
    expect(await first.end()).toBe(0);
    expect(first.text()).toContain('Password must contain at least 12 characters.');
    expect(first.text()).toContain('Passwords do not match.');
    const words = /User admin created\.\n.*Please copy id into the client application\.\n(\S+)/;
    expect([words.exec(first.text())?.[1]]).toEqual(await clients());

    const second = await dialog(
      ['Enter username of admin:', 'jane'],
      ['Enter user password:', 'long enough it is'],
      ['Repeat user password:', 'long enough it is'],
    );
    await second.end();
    expect(second.text()).toContain('Admin app exists already skipping.');
    const third = await dialog(['Enter username of admin:', 'jane']);
    expect(await third.end()).toBe(0);
    expect(third.text()).toContain('User already exists. Start again.');
  });

  test('makes, lists and removes clients, and says of any that it was deleted', async () => {
    const before = await clients();
    const made = (await cli('-ac')).stdout.trim();
    expect(made).toMatch(GUID);
    expect([...(await clients())].sort()).toEqual([...before, made].sort());
    expect((await cli('-ad', made)).stdout).toBe(`Client ${made} deleted!\n`);
    expect((await cli('-ad', made)).stdout).toBe(`Client ${made} deleted!\n`);
    expect(await clients()).toEqual(before);
  });

  test('says what it does not understand, and ends with 0', async () => {
    expect(await cli('-ad')).toMatchObject({ code: 0, stdout: 'Please enter client id.\n' });
    expect(await cli('-ad', 'x')).toMatchObject({ code: 0, stdout: 'Invalid Client id.\n' });
    expect(await cli('-ul')).toMatchObject({ code: 0, stdout: 'Unknown command. Please try again.\n' });
  });
});
