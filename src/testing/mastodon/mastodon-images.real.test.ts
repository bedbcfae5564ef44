import { randomBytes, randomInt } from 'node:crypto';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEYS } from '../keys.ts';
import { docker, type Ran } from '../postgres/postgres-container.ts';
import { openScreen, type Screen } from '../pty-screen.ts';
import { type MastodonImages, mastodonImages } from './mastodon-images.ts';

const id = `fairlead-mastodon-${randomBytes(4).toString('hex')}`;
const DOMAIN = 'social.darkstar.lan';
const PASSWORD = 'XBrhvXcm840p8w60L9xe2dnjzbiutmP6';
const CONNECTIONS = { DB_HOST: 'db', DB_USER: 'mastodon', DB_NAME: 'mastodon', DB_PASS: PASSWORD, REDIS_HOST: 'redis' };

let images: MastodonImages;
let next: MastodonImages;
let folder: string;
/** What the wizard has printed. */
let settings: Readonly<Record<string, string>> = {};
let admin = '';

const must = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await docker(args);
  if (code !== 0) throw new Error(`docker ${args.slice(0, 2).join(' ')} ended with ${code}: ${stdout}${stderr}`);
  return stdout.trim();
};
const env = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => ['-e', `${name}=${value}`]);

/** Starts a container of the test's own, which the others find by `alias`. */
const start = (name: string, alias: string, options: readonly string[], ...command: readonly string[]): Promise<string> =>
  must('run', '-d', '--name', `${id}-${name}`, '--network', id, '--network-alias', alias, ...options, ...command);

/** Runs a program of Mastodon's to its end. */
const once = (values: Readonly<Record<string, string>>, ...command: readonly string[]): Promise<Ran> =>
  docker(['run', '--rm', '--network', id, ...env(values), images.mastodon, ...command]);
const without = (...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));
const tootctl = (...args: readonly string[]): Promise<Ran> => docker(['exec', `${id}-web`, 'bin/tootctl', ...args]);
const sql = (statement: string, database = 'mastodon'): Promise<string> =>
  must('exec', `${id}-postgres`, 'psql', '-XqAt', '-U', 'postgres', '-d', database, '-c', statement);

async function until(act: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await act()) return;
    await pause(100);
  }
  throw new Error(`not in two minutes: ${what}`);
}

/** Starts web, and waits until it is well; answers its address. */
async function startWeb(name: string, image: string, values: Readonly<Record<string, string>>): Promise<string> {
  await start(
    name,
    name,
    ['-p', '127.0.0.1::3000', '-v', `${folder}/system:/mastodon/public/system`, ...env(values)],
    image,
    ...PUMA,
  );
  const [, port] = /:(\d+)$/.exec(await must('port', `${id}-${name}`, '3000')) ?? [];
  const origin = `http://127.0.0.1:${port}`;
  const isWell = () =>
    fetch(`${origin}/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(isWell, `${name} is well`);
  return origin;
}
const PUMA = ['bundle', 'exec', 'puma', '-C', 'config/puma.rb'];

/** A request as the proxy passes it on. */
const through = (method: string, path: string, ...more: readonly string[]): Promise<Ran> => {
  const headers = ['-H', `Host: ${DOMAIN}`, '-H', 'X-Forwarded-Proto: https'];
  return docker(['exec', `${id}-web`, 'curl', '-si', '-X', method, ...headers, ...more, `http://localhost:3000${path}`]);
};
const signIn = async (email: string, password: string, container = 'web'): Promise<string> => {
  const form = ['--data-urlencode', `user[email]=${email}`, '--data-urlencode', `user[password]=${password}`];
  const headers = ['-H', `Host: ${DOMAIN}`, '-H', 'X-Forwarded-Proto: https'];
  const curl = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', ...headers, ...form];
  return must('exec', `${id}-${container}`, ...curl, 'http://localhost:3000/auth/sign_in');
};

/** Keys that are pressed once a prompt is the last thing on the screen. */
type Line = readonly [RegExp, string];
const ENTER = KEYS.enter;

/** The wizard, with these variables in its container's environment. */
async function wizard(
  values: Readonly<Record<string, string>>,
  lines: readonly Line[],
  image = images.mastodon,
): Promise<Screen> {
  const run = ['docker', 'run', '-it', '--rm', '--network', id, ...env(values), image];
  const screen = openScreen([...run, 'bundle', 'exec', 'rake', 'mastodon:setup'], { columns: 200, rows: 90 });
  for (const [prompt, keys] of lines) {
    await screen.waitFor((shown) => prompt.test(shown.trimEnd()));
    screen.type(keys);
  }
  return screen;
}

const BEGIN: readonly Line[] = [
  [/Domain name:$/, `${DOMAIN}${ENTER}`],
  [/Do you want to enable single user mode\? \(y\/N\)$/, ENTER],
  [/Are you using Docker to run Mastodon\? \(Y\/n\)$/, ENTER],
];
const database = (user: string, password: string): readonly Line[] => [
  [/PostgreSQL host: \(db\)$/, ENTER],
  [/PostgreSQL port: \(5432\)$/, ENTER],
  [/Name of PostgreSQL database: \(postgres\)$/, `mastodon${ENTER}`],
  [/Name of PostgreSQL user: \(postgres\)$/, `${user}${ENTER}`],
  [/Password of PostgreSQL user:$/, `${password}${ENTER}`],
];
const REDIS: readonly Line[] = [
  [/Database configuration works! 🎆[\s\S]*Redis host: \(redis\)$/, ENTER],
  [/Redis port: \(6379\)$/, ENTER],
  [/Redis password:$/, ENTER],
];
const MAIL: readonly Line[] = [
  [/Redis configuration works! 🎆[\s\S]*Do you want to store uploaded files on the cloud\? \(y\/N\)$/, ENTER],
  [/Do you want to send e-mails from localhost\? \(y\/N\)$/, ENTER],
  [/SMTP server: \(smtp\.mailgun\.org\)$/, `mail.darkstar.lan${ENTER}`],
  [/SMTP port: \(587\)$/, ENTER],
  [/SMTP username:$/, ENTER],
  [/SMTP password:$/, ENTER],
  [/SMTP authentication: \(plain\)$/, `none${ENTER}`],
  [/SMTP OpenSSL verify mode: \(Press .* to select\)\n‣ none\n {2}peer\n {2}client_once\n {2}fail_if_no_peer_cert$/, KEYS.down],
  [/SMTP OpenSSL verify mode:\n {2}none\n‣ peer\n {2}client_once\n {2}fail_if_no_peer_cert$/, ENTER],
  [/Enable STARTTLS: \(Press .* to select\)\n‣ auto\n {2}always\n {2}never$/, ENTER],
  [/E-mail address to send e-mails "from": \(Mastodon <notifications@social\.darkstar\.lan>\)$/, ENTER],
  [/Send a test e-mail with this configuration right now\? \(Y\/n\)$/, `n${ENTER}`],
  [/Do you want Mastodon to periodically check for important updates and notify you\? \(Recommended\) \(Y\/n\)$/, ENTER],
];
const SAVE: readonly Line[] = [
  [/This configuration will be written to \.env\.production\nSave configuration\? \(Y\/n\)$/, ENTER],
  [/If the database already exists, this will erase its contents\.\nPrepare the database now\? \(Y\/n\)$/, ENTER],
];
const ADMIN = (name: string): readonly Line[] => [
  [/Do you want to create an admin user straight away\? \(Y\/n\)$/, ENTER],
  [/Username: \(admin\)$/, `${name}${ENTER}`],
  [/E-mail:$/, `${name}@darkstar.lan${ENTER}`],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `${id}-`));
  await mkdir(join(folder, 'system'));
  await chown(join(folder, 'system'), 991, 991);
  images = await mastodonImages({ tag: id });
  next = await mastodonImages({ tag: `${id}-next`, release: '4.4', maxMapCount: 262144 });
  await must('network', 'create', '--subnet', `10.${randomInt(128, 255)}.${randomInt(0, 255)}.0/24`, id);
  await start('postgres', 'db', env({ POSTGRES_PASSWORD: PASSWORD }), images.postgres);
  await start('redis', 'redis', [], images.redis);
  const isReady = async () => (await docker(['exec', `${id}-postgres`, 'pg_isready', '-q', '-h', '127.0.0.1'])).code === 0;
  await until(isReady, 'PostgreSQL is ready');
  await sql("CREATE ROLE narrow LOGIN PASSWORD 'narrow'", 'postgres');
});

afterAll(async () => {
  const containers = (await must('ps', '-aq', '--filter', `name=${id}`)).split('\n').filter((each) => each !== '');
  if (containers.length > 0) await docker(['rm', '-f', '-v', ...containers]);
  await docker(['network', 'rm', id]);
  await images?.cleanUp();
  await next?.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

test('PostgreSQL makes its database with a server of its own at the first start, and wants a password for it', async () => {
  const logged = async (): Promise<string> => {
    const { stdout, stderr } = await docker(['logs', `${id}-postgres`]);
    return stdout + stderr;
  };
  const readied = async () => (await logged()).match(/database system is ready to accept connections/g)?.length;
  await expect.poll(readied).toBe(2);
  const { code, stderr: said } = await docker(['run', '--rm', images.postgres]);
  expect(code).toBe(1);
  expect(said).toContain('Error: Database is uninitialized and superuser password is not specified.');
});

describe('the wizard', () => {
  test('tells of a role that is not there, and asks anew; the terminal is given back after Ctrl-C', async () => {
    const screen = await wizard(CONNECTIONS, [
      [/Domain name:$/, `what_ever${ENTER}`],
      [/Domain name:\n>> Invalid domain\. If you intend to use unicode characters, enter punycode here$/, `${DOMAIN}${ENTER}`],
      ...BEGIN.slice(1),
      ...database('mastodon', PASSWORD),
      [/FATAL: {2}password authentication failed for user "mastodon"\nTry again\? \(Y\/n\)$/, ENTER],
      [/PostgreSQL host: \(db\)$/, KEYS.ctrl('c')],
    ]);
    expect(await screen.end()).toBe(0);
    expect(screen.text()).toContain('Aborting. Bye!');
    expect(screen.written).not.toContain(PASSWORD);
  });

  test('does not make a database as a role that may not, says so, and ends with 0 all the same', async () => {
    const screen = await wizard(CONNECTIONS, [
      ...BEGIN,
      ...database('narrow', 'narrow'),
      ...REDIS,
      ...MAIL.slice(0, -2),
      [/Send a test e-mail with this configuration right now\? \(Y\/n\)$/, ENTER],
      [/Send test e-mail to:$/, `me@darkstar.lan${ENTER}`],
      [/E-mail could not be sent with this configuration, try again\.\n.*\nTry again\? \(Y\/n\)$/, `n${ENTER}`],
      ...MAIL.slice(-1),
      ...SAVE,
      [/Do you want to create an admin user straight away\? \(Y\/n\)$/, `n${ENTER}`],
    ]);
    expect(await screen.end()).toBe(0);
    expect(screen.text()).toContain('permission denied to create database');
    expect(screen.text()).toContain("Couldn't create 'mastodon' database. Please check your configuration.");
    expect(screen.text()).toContain('That failed! Perhaps your configuration is not right');
  });

  test('makes database and administrator, and prints its settings and the password once', async () => {
    await sql(`CREATE ROLE mastodon LOGIN CREATEDB PASSWORD '${PASSWORD}'`, 'postgres');
    const screen = await wizard(CONNECTIONS, [
      ...BEGIN,
      ...database('mastodon', PASSWORD),
      ...REDIS,
      ...MAIL,
      ...SAVE,
      ...ADMIN('captain'),
    ]);
    expect(await screen.end()).toBe(0);
    const shown = screen.text();
    expect(shown).toContain("Created database 'mastodon'\nDone!");
    expect(shown).toContain('All done! You can now power on the Mastodon server 🐘');
    expect(screen.written).not.toMatch(new RegExp(`user: .*${PASSWORD}`));
    [, admin = ''] =
      /You can login with the password: ([0-9a-f]{32})\nYou can change your password once you login\./.exec(shown) ?? [];
    const [, block = ''] =
      /save it to an \.env\.production file outside Docker:\n\n# Generated with mastodon:setup on .* UTC\n\n([\s\S]*)\n\nIt is also saved/.exec(
        shown,
      ) ?? [];
    const lines = block.split('\n').filter((line) => /^\w+=/.test(line));
    settings = Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.replace(/^\w+=/, '')]));
    expect(settings).toMatchObject({
      ...{ LOCAL_DOMAIN: DOMAIN, SINGLE_USER_MODE: 'false', SECRET_KEY_BASE: expect.stringMatching(/^[0-9a-f]{128}$/) },
      ...{ ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY: expect.stringMatching(/^[A-Za-z0-9]{32}$/) },
      ...{ DB_HOST: 'db', DB_PORT: '5432', DB_NAME: 'mastodon', DB_USER: 'mastodon', DB_PASS: PASSWORD },
      ...{ REDIS_HOST: 'redis', REDIS_PORT: '6379', REDIS_PASSWORD: '', SMTP_OPENSSL_VERIFY_MODE: 'peer' },
      SMTP_FROM_ADDRESS: `Mastodon <notifications@${DOMAIN}>`,
    });
    expect(await sql('SELECT email, name FROM users JOIN user_roles ON role_id = user_roles.id')).toBe(
      'captain@darkstar.lan|Owner',
    );
  });

  test('of a later release does nothing where a domain is in its environment', async () => {
    const screen = await wizard(
      { LOCAL_DOMAIN: DOMAIN },
      [[/running server\.\nContinue anyway\? \(y\/N\)$/, ENTER]],
      next.mastodon,
    );
    expect(await screen.end()).toBe(0);
    expect(screen.text()).toContain('Nothing saved. Bye!');
  });

  test('trap: a second time the database of a running server is not erased', async () => {
    const { code, stderr } = await once(settings, 'rails', 'db:setup');
    expect(code).toBe(1);
    expect(stderr).toContain("Database 'mastodon' already exists");
    expect(stderr).toContain("You are attempting to run a destructive action against your 'production' database.");
    expect(await sql('SELECT count(*) FROM users')).toBe('1');
  });

  test('trap: without the addresses in its environment the administrator is made, and nobody is told the password', async () => {
    const screen = await wizard({ DISABLE_DATABASE_ENVIRONMENT_CHECK: '1' }, [
      ...BEGIN,
      ...database('mastodon', PASSWORD),
      ...REDIS,
      ...MAIL,
      [/Save configuration\? \(Y\/n\)$/, ENTER],
      [/Prepare the database now\? \(Y\/n\)$/, `n${ENTER}`],
      ...ADMIN('mate'),
    ]);
    expect(await screen.end()).toBe(1);
    expect(screen.text()).toMatch(/rake aborted!\nRedisClient::CannotConnectError: .*localhost:6379/);
    expect(screen.text()).not.toContain('You can login');
    expect(await sql("DELETE FROM accounts WHERE username = 'mate' RETURNING username")).toBe('mate');
  });
});

describe.concurrent('a server does not start:', () => {
  test.each([
    ['OTP_SECRET', '! Unable to load application: KeyError: key not found: "OTP_SECRET"'],
    ['SECRET_KEY_BASE', '! Unable to load application: ArgumentError: `secret_key_base` for production environment'],
    ['ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY', 'Mastodon now requires that these variables are set:'],
  ])('web without %s', async (name, message) => {
    const { code, stdout, stderr } = await once(without(name), ...PUMA);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(message);
  });

  test.each([
    ['a wrong password', { DB_PASS: 'wrong' }, 'ActiveRecord::NoDatabaseError: We could not find your database: mastodon.'],
    ['a host that is not there', { DB_HOST: 'nobody' }, 'There is an issue connecting with your hostname: nobody.'],
    ['a database without tables', { DB_NAME: 'postgres' }, 'PG::UndefinedTable: ERROR:  relation "users" does not exist'],
  ])('web with %s', async (_, values, message) => {
    const { code, stdout } = await once({ ...settings, ...values }, ...PUMA);
    expect(code).toBe(1);
    expect(stdout).toContain(message);
  });

  test('Sidekiq without Redis', async () => {
    const { code, stderr } = await once({ ...settings, REDIS_PORT: '6380' }, 'bundle', 'exec', 'sidekiq');
    expect(code).toBe(1);
    expect(stderr).toContain('Connection refused - connect(2) for redis:6380');
  });

  test.each([
    [[], 'max virtual memory areas vm.max_map_count [65530] is too low, increase to at least [262144]', 78],
    [['-e', 'bootstrap.memory_lock=true', '--ulimit', 'memlock=1024'], 'but memory is not locked', 78],
    [
      ['--tmpfs', '/usr/share/elasticsearch/data:mode=0755'],
      'java.nio.file.AccessDeniedException: /usr/share/elasticsearch/data/nodes',
      1,
    ],
  ])('Elasticsearch with %s', async (options, message, status) => {
    const maps = ['-e', 'STAND_IN_MAX_MAP_COUNT=65530'];
    const { code, stderr } = await docker(['run', '--rm', ...maps, ...options, images.elasticsearch]);
    expect(stderr).toContain(message);
    expect(code).toBe(status);
  });
});

describe('a server that runs', () => {
  let origin = '';

  beforeAll(async () => {
    origin = await startWeb('web', images.mastodon, settings);
    await start('sidekiq', 'sidekiq', env(settings), images.mastodon, 'bundle', 'exec', 'sidekiq');
  });

  test('answers whoever asks for the health, and others as they come through the proxy only', async () => {
    expect(await (await fetch(`${origin}/health`)).text()).toBe('OK');
    expect((await fetch(origin)).status).toBe(403);
    expect((await docker(['exec', `${id}-web`, 'curl', '-si', '-H', `Host: ${DOMAIN}`, 'localhost:3000/'])).stdout).toMatch(
      new RegExp(`^HTTP/1.1 301[\\s\\S]*location: https://${DOMAIN}/`),
    );
    expect((await through('GET', '/')).stdout).toMatch(/^HTTP\/1\.1 200/);
  });

  test('lets the administrator of the wizard in, and nobody with another password', async () => {
    expect(await signIn('captain@darkstar.lan', admin)).toBe('302');
    expect(await signIn('captain@darkstar.lan', `${admin.slice(1)}x`)).toBe('422');
  });

  test('its background jobs are seen by the health check of the compose file', async () => {
    const check = ['exec', `${id}-sidekiq`, 'sh', '-c', "ps aux | grep '[s]idekiq\\ 6'"];
    await until(async () => (await docker(check)).code === 0, 'Sidekiq is seen');
  });

  test('trap: what is uploaded lies in the folder of 991, and in nobody else’s', async () => {
    const upload = ['-u', `captain@darkstar.lan:${admin}`, '--data-binary', 'a picture'];
    expect((await through('POST', '/api/v2/media', ...upload)).stdout).toMatch(/^HTTP\/1\.1 200[\s\S]*"id":"1"/);
    expect((await tootctl('media', 'usage')).stdout).toContain('Attachments:\t9 Bytes (9 Bytes local)\n');
    await chown(join(folder, 'system'), 0, 0);
    await rm(join(folder, 'system/media_attachments'), { recursive: true });
    expect((await through('POST', '/api/v2/media', ...upload)).stdout).toMatch(/^HTTP\/1\.1 500/);
    await expect
      .poll(async () => (await docker(['logs', `${id}-web`])).stderr)
      .toContain('Errno::EACCES: Permission denied @ dir_s_mkdir');
  });

  test('tootctl makes accounts, changes and deletes them', async () => {
    const create = ['accounts', 'create', 'mate', '--email', 'mate@darkstar.lan', '--confirmed', '--role'];
    expect(await tootctl(...create, 'Boss')).toMatchObject({ code: 1, stderr: 'Cannot find user role with that name\n' });
    const [, password = ''] = /^OK\nNew password: ([0-9a-f]{32})\n$/.exec((await tootctl(...create, 'Admin')).stdout) ?? [];
    expect(await tootctl(...create, 'Admin')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Failure/Error: account.username\n    taken\n'),
    });
    expect(await signIn('mate@darkstar.lan', password)).toBe('422');
    expect((await tootctl('accounts', 'modify', 'mate', '--approve')).stdout).toBe('OK\n');
    expect(await signIn('mate@darkstar.lan', password)).toBe('302');
    const { stdout } = await tootctl('accounts', 'modify', 'mate', '--reset-password');
    expect(await signIn('mate@darkstar.lan', password)).toBe('422');
    expect(await signIn('mate@darkstar.lan', /^OK\nNew password: (\w+)\n$/.exec(stdout)?.[1] ?? '')).toBe('302');
    const deleted = await tootctl('accounts', 'delete', 'mate');
    expect(deleted.stdout).toBe('Deleting user with 0 statuses, this might take a while...\nOK\n');
    expect(await tootctl('accounts', 'modify', 'mate', '--enable')).toMatchObject({
      code: 1,
      stderr: 'No user with such username\n',
    });
    expect(await tootctl('accounts', 'create', 'x')).toMatchObject({
      code: 1,
      stderr: "No value provided for required options '--email'\n",
    });
  });

  test('tootctl purges, and says how much', async () => {
    await sql(`INSERT INTO accounts (username, domain) VALUES ('far', 'away.example');
      INSERT INTO media_attachments (remote_url, file_file_name, file_file_size, created_at)
        SELECT 'https://away.example', 'a', 1048576, now() - interval '8 days' FROM generate_series(1, 3);
      INSERT INTO preview_cards (url, image_file_name, image_file_size, updated_at) VALUES ('u', 'a', 2000, now() - interval '1 year')`);
    const dry = await tootctl('media', 'remove', '--days=7', '--dry-run');
    expect(dry.stdout).toMatch(/^Progress: \|=+\|\nRemoved 3 media attachments \(approx\. 3 MB\) \(DRY RUN\)\n$/);
    expect((await tootctl('media', 'remove')).stdout).toContain('\nRemoved 3 media attachments (approx. 3 MB)\n');
    expect((await tootctl('media', 'remove')).stdout).toContain('\nRemoved 0 media attachments (approx. 0 Bytes)\n');
    expect((await tootctl('preview_cards', 'remove')).stdout).toContain('\nRemoved 1 preview cards (approx. 1.95 KB)\n');
    await must('exec', `${id}-redis`, 'redis-cli', 'MSET', 'cache:a', '1', 'other', '2');
    expect((await tootctl('cache', 'clear')).stdout).toBe('OK\n');
    expect(await must('exec', `${id}-redis`, 'redis-cli', 'EXISTS', 'cache:a', 'other')).toBe('1');
  });

  test('tootctl opens and closes the registration', async () => {
    const instance = async () => JSON.parse((await through('GET', '/api/v2/instance')).stdout.split('\r\n\r\n')[1] ?? '');
    expect((await instance()).registrations).toEqual({ enabled: false, approval_required: false });
    expect((await tootctl('settings', 'registrations', 'approved')).stdout).toBe('OK\n');
    expect((await instance()).registrations).toEqual({ enabled: true, approval_required: true });
  });

  test('tootctl fills the search server, and says where there is none', async () => {
    const search = { ES_ENABLED: 'true', ES_HOST: 'es', ES_PORT: '9200' };
    const deploy = ['tootctl', 'search', 'deploy'];
    expect(await once({ ...settings, ...search }, ...deploy)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Failed to open TCP connection to es:9200'),
    });
    await start('es', 'es', ['-e', 'discovery.type=single-node'], next.elasticsearch);
    const health = ['exec', `${id}-es`, 'curl', '--silent', '--fail', 'localhost:9200/_cluster/health'];
    await until(async () => (await docker(health)).code === 0, 'Elasticsearch is well');
    expect((await once({ ...settings, ...search }, ...deploy)).stdout).toMatch(/\nIndexed \d+ records, de-indexed 0\n$/);
    expect(await must('exec', `${id}-es`, 'curl', '-s', 'localhost:9200/accounts/_count')).toBe(
      `{"count":${await sql('SELECT count(*) FROM accounts')}}`,
    );
  });

  test('streaming says that it is well whatever the database says', async () => {
    await start('streaming', 'streaming', env({ ...settings, DB_PASS: 'wrong' }), images.streaming);
    const ask = (path: string) => docker(['exec', `${id}-streaming`, 'curl', '-s', `localhost:4000/api/v1/streaming${path}`]);
    await until(async () => (await ask('/health')).stdout === 'OK', 'streaming is well');
    expect((await ask('?access_token=x')).stdout).toBe('{"error":"An unexpected error occurred"}');
  });

  test('the next release: the former one bears what comes before it takes over, and not what comes after', async () => {
    const migrate = (...options: readonly string[]) =>
      docker([
        'run',
        '--rm',
        '--network',
        id,
        ...env(settings),
        ...options,
        next.mastodon,
        'bundle',
        'exec',
        'rails',
        'db:migrate',
      ]);
    const waiting = ['run', '--rm', '--network', id, ...env(settings), next.mastodon, 'rails', 'db:abort_if_pending_migrations'];
    expect(await docker(waiting)).toMatchObject({ code: 1, stdout: expect.stringContaining('You have 2 pending migrations:') });
    expect((await migrate('-e', 'SKIP_POST_DEPLOYMENT_MIGRATIONS=true')).stdout).toMatch(
      /== 20250313123400 AddAgeVerifiedAtToUsers: migrating =+\n== 20250313123400 AddAgeVerifiedAtToUsers: migrated \(\d+\.\d+s\) =+\n\n$/,
    );
    expect(await signIn('captain@darkstar.lan', admin)).toBe('302');
    expect((await migrate()).stdout).toContain('RemoveLegacyDeviseTwoFactorSecretsFromUser: migrated');
    expect(await signIn('captain@darkstar.lan', admin)).toBe('500');
    await startWeb('next', next.mastodon, settings);
    expect(await signIn('captain@darkstar.lan', admin, 'next')).toBe('302');
    expect((await docker(waiting)).code).toBe(0);
  });
});

test('keys for whoever needs no wizard', async () => {
  const { stdout } = await once({}, 'bundle', 'exec', 'rake', 'secret');
  expect(stdout).toMatch(/^[0-9a-f]{128}\n$/);
  const keys = await once({}, 'bin/rails', 'db:encryption:init');
  expect(keys.stdout.match(/^ACTIVE_RECORD_ENCRYPTION_\w+=[A-Za-z0-9]{32}$/gm)).toHaveLength(3);
  const vapid = await once({}, 'rake', 'mastodon:webpush:generate_vapid_key');
  expect(vapid.stdout).toMatch(/^VAPID_PRIVATE_KEY=[\w-]{43}=\nVAPID_PUBLIC_KEY=[\w-]{87}=\n$/);
});

test('settings that lie in the folder of the application are read from there', async () => {
  const file = join(folder, 'env');
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  const mount = ['-v', `${file}:/opt/mastodon/.env.production:ro`];
  const version = ['rails', 'db:version'];
  const { stdout } = await docker(['run', '--rm', '--network', id, ...mount, images.mastodon, ...version]);
  expect(stdout).toMatch(/^Current version: \d{14}\n$/);
});
