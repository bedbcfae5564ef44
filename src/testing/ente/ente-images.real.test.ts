import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docker, type Ran } from '../postgres/postgres-container.ts';
import { openScreen, type Screen } from '../pty-screen.ts';
import { type EnteImages, enteCliRepository, enteImages } from './ente-images.ts';
import { createPhone, type EntePhone } from './ente-phone.ts';
import { socatImage } from './socat-image.ts';

const id = `fairlead-ente-${randomBytes(4).toString('hex')}`;
const BUCKETS = ['b2-eu-cen', 'wasabi-eu-central-2-v3', 'scw-eu-fr-v3'];
const STORE = { key: 'key-of-the-store', secret: 'secret/of+the=store' };
const DATABASE = { user: 'entedbuser', password: '9E8z2nG3/pVapws+vJJ2=', name: 'ente_db' };
const ADMIN = { email: 'me@home.lan', password: 'a good pass word' };

let images: EnteImages;
let old: EnteImages;
let folder: string;
let origin: string;
let phone: EntePhone;
let admin: string;

const museumYaml = (): string =>
  JSON.stringify({
    internal: { admins: [], 'hardcoded-ott': { emails: [`${ADMIN.email},123456`, 'malformed'] } },
    db: { host: 'ente-postgres', ...DATABASE },
    s3: {
      are_local_buckets: true,
      ...Object.fromEntries(
        BUCKETS.map((bucket) => [bucket, { ...STORE, bucket, endpoint: 'ente-minio:3200', region: 'eu-central-2' }]),
      ),
    },
  });

const must = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await docker(args);
  if (code !== 0) throw new Error(`docker ${args.slice(0, 2).join(' ')} ended with ${code}: ${stdout}${stderr}`);
  return stdout.trim();
};

/** Starts a container of the test's own, which the others find by `alias`. */
const start = (name: string, alias: string, options: readonly string[], ...command: readonly string[]): Promise<string> =>
  must('run', '-d', '--name', `${id}-${name}`, '--network', id, '--network-alias', alias, ...options, ...command);

/** Runs a container to its end. */
const once = (options: readonly string[], ...command: readonly string[]): Promise<Ran> =>
  docker(['run', '--rm', '--network', id, ...options, ...command]);

const settings = (): readonly string[] => ['-v', `${folder}/museum.yaml:/museum.yaml:ro`];
const env = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
const museum = (values: Readonly<Record<string, string>>): Promise<Ran> => once([...settings(), ...env(values)], images.server);
const inStore = (...lines: readonly string[]): Promise<Ran> => docker(['exec', `${id}-mc`, 'sh', '-c', lines.join('\n')]);
const signIn = `mc alias set h0 http://ente-minio:3200 '${STORE.key}' '${STORE.secret}' || exit 9`;
const sql = (statement: string): Promise<string> =>
  must('exec', `${id}-postgres`, 'psql', '-XqAt', '-U', DATABASE.user, '-d', DATABASE.name, '-c', statement);
const cli = (...args: readonly string[]): Promise<Ran> => docker(['exec', `${id}-cli`, '/ente-cli', ...args]);

async function logOf(name: string): Promise<string> {
  const { stdout, stderr } = await docker(['logs', `${id}-${name}`]);
  return stdout + stderr;
}

/** The log, once it has a line like this; colours are left in it. */
async function logged(name: string, line: RegExp): Promise<string> {
  for (let tries = 0; tries < 1200; tries++) {
    const log = await logOf(name);
    if (line.test(log)) return log;
    await pause(100);
  }
  throw new Error(`no ${line} in the log of ${name}:\n${await logOf(name)}`);
}

async function startMuseum(name: string, image: string, values: Readonly<Record<string, string>>): Promise<string> {
  await start(name, `ente-${name}`, ['-p', '127.0.0.1::8080', ...settings(), ...env(values)], image);
  const [, port] = /:(\d+)$/.exec(await must('port', `${id}-${name}`, '8080')) ?? [];
  await logged(name, /We have lift-off\./);
  return `http://127.0.0.1:${port}`;
}

/** A dialog with ente-cli at a terminal; each answer is typed when its prompt is the last thing on the screen. */
async function dialog(
  args: readonly string[],
  answers: readonly (readonly [RegExp, string | (() => string)])[],
): Promise<Screen> {
  const screen = openScreen(['docker', 'exec', '-it', `${id}-cli`, '/ente-cli', ...args], { columns: 200, rows: 40 });
  for (const [prompt, answer] of answers) {
    await screen.waitFor((shown) => prompt.test(shown.trimEnd()));
    screen.type(`${typeof answer === 'string' ? answer : answer()}\r`);
  }
  return screen;
}

const login = (email: string, password: string): readonly (readonly [RegExp, string])[] => [
  [/photos\):$/, 'auth'],
  [/directory:$/, '/data'],
  [/address:$/, email],
  [/password:$/, password],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `${id}-`));
  for (const name of ['cli-data', 'cli-export']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'museum.yaml'), museumYaml());
  await writeFile(join(folder, 'cli-data/config.yaml'), 'endpoint:\n  api: "http://ente-museum:8080"\n');
  images = await enteImages({ tag: id });
  old = await enteImages({ tag: `${id}-old`, release: '2024-07-20' });
  await enteCliRepository(join(folder, 'ente'), images.base);
  await must('network', 'create', '--subnet', `10.${randomInt(128, 255)}.${randomInt(0, 255)}.0/24`, id);
  const postgres = { POSTGRES_USER: DATABASE.user, POSTGRES_PASSWORD: DATABASE.password, POSTGRES_DB: DATABASE.name };
  const minio = { MINIO_ROOT_USER: STORE.key, MINIO_ROOT_PASSWORD: STORE.secret };
  const serve = ['server', '/data', '--address', ':3200', '--console-address', ':3201'];
  await Promise.all([
    must('build', '--quiet', '--tag', `${id}:cli`, join(folder, 'ente/cli')),
    start('postgres', 'ente-postgres', env(postgres), images.postgres),
    start('minio', 'ente-minio', env(minio), images.minio, ...serve),
    start('mc', 'ente-mc', ['-it', '--entrypoint', 'sh'], images.mc),
  ]);
  // Over TCP: the server that makes the database listens on its socket only.
  const isReady = ['exec', `${id}-postgres`, 'pg_isready', '-q', '-h', '127.0.0.1', '-d', DATABASE.name, '-U', DATABASE.user];
  for (let tries = 0; tries < 1200 && (await docker(isReady)).code !== 0; tries++) await pause(100);
  const mounts = ['-v', `${folder}/cli-data:/cli-data`, '-v', `${folder}/cli-export:/data`, '--tmpfs', '/sealed:ro'];
  await start('cli', 'ente-cli', ['-it', ...mounts], `${id}:cli`, '/bin/sh');
  origin = await startMuseum('museum', images.server, {});
  phone = createPhone(origin);
});

afterAll(async () => {
  const containers = (await must('ps', '-aq', '--filter', `name=${id}`)).split('\n').filter((each) => each !== '');
  if (containers.length > 0) await docker(['rm', '-f', '-v', ...containers]);
  await docker(['network', 'rm', id]);
  await docker(['image', 'rm', '--force', `${id}:cli`]);
  await images?.cleanUp();
  await old?.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

describe.concurrent('a server does not start:', () => {
  test('museum with the JWT secret of the article, which is of the wrong alphabet', async () => {
    const { code, stderr } = await museum({ ENTE_JWT_SECRET: 'wRUs9H5IXCKda9gwcLkQ99g73NVUT9pkE719ZW/eMZw=' });
    expect(code).toBe(1);
    expect(stderr).toContain('Could not decode jwt-secret illegal base64 data at input byte 38');
  });

  test('museum with an encryption key of the URL-safe alphabet', async () => {
    const { code, stderr } = await museum({ ENTE_KEY_ENCRYPTION: 'yvmG_RnzKrbCb9L3mgsmoxXr9H7i2Z4qlbT0mL3ln4w=' });
    expect(code).toBe(1);
    expect(stderr).toContain('Could not decode email-encryption-keyillegal base64 data at input byte 4');
  });

  test('museum with another password than the one that the database was made with', async () => {
    const { code, stderr } = await museum({ ENTE_DB_PASSWORD: 'another' });
    expect(code).toBe(2);
    expect(stderr).toContain(`panic: pq: password authentication failed for user "${DATABASE.user}"`);
  });

  test('museum where no database is to be found, or is not there', async () => {
    expect((await museum({ ENTE_DB_HOST: 'ente-nobody' })).stderr).toMatch(/panic: dial tcp: lookup ente-nobody .*no such host/);
    expect((await museum({ ENTE_DB_HOST: 'ente-minio' })).stderr).toMatch(/panic: dial tcp .*:5432: connect: connection refused/);
    expect((await museum({ ENTE_DB_NAME: 'other_db' })).stderr).toContain('panic: pq: database "other_db" does not exist');
  });

  test('MinIO with a password that is too short', async () => {
    const { code, stderr } = await once(
      env({ MINIO_ROOT_USER: 'ab', MINIO_ROOT_PASSWORD: 'short' }),
      images.minio,
      'server',
      '/data',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('MINIO_ROOT_USER length should be at least 3, and MINIO_ROOT_PASSWORD length at least 8 characters');
  });

  test('MinIO over a folder that it cannot write to', async () => {
    const { code, stderr } = await once(['--tmpfs', '/data:ro'], images.minio, 'server', '/data');
    expect(code).toBe(1);
    expect(stderr).toContain('Unable to write to the backend');
  });
});

describe('the object storage', () => {
  test('the command of the article is none any more', async () => {
    const { code, stderr } = await inStore(`mc config host add h0 http://ente-minio:3200 '${STORE.key}' '${STORE.secret}'`);
    expect(code).toBe(1);
    expect(stderr).toContain('`config` is not a recognized command');
  });

  test('nobody comes in with another secret or another key', async () => {
    const { code, stderr } = await inStore(
      `mc alias set h0 http://ente-minio:3200 '${STORE.key}' another-secret && exit 8`,
      `mc alias set h0 http://ente-minio:3200 another-key '${STORE.secret}'`,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('The request signature we calculated does not match the signature you provided.');
    expect(stderr).toContain('The Access Key Id you provided does not exist in our records.');
  });

  test('a bucket that is missing is named in the log of museum, which runs all the same', async () => {
    const log = await logged('museum', /scw-eu-fr-v3: NoSuchBucket/);
    for (const bucket of BUCKETS) expect(log).toContain(`of ${bucket}: NoSuchBucket: The specified bucket does not exist`);
    expect(await (await fetch(`${origin}/ping`)).json()).toMatchObject({ message: 'pong' });
  });

  test('a bucket is made once, and made again without harm where that is asked for', async () => {
    const { code, stdout, stderr } = await inStore(
      signIn,
      ...BUCKETS.map((bucket) => `mc mb -p h0/${bucket} || exit 8`),
      `mc mb -p h0/${BUCKETS[0]} || exit 7`,
      'mc ls h0',
      `mc mb h0/${BUCKETS[0]}`,
    );
    expect(code).toBe(1);
    for (const bucket of BUCKETS) expect(stdout).toContain(`${bucket}/`);
    expect(stderr).toContain('you already own it');
  });
});

describe('museum, from the first account on', () => {
  test('an account is made with the token that was set, after a wrong one was refused', async () => {
    await phone.askForToken('Me@Home.lan');
    await expect(phone.register(ADMIN.email, '654321', ADMIN.password)).rejects.toMatchObject({ status: 401 });
    admin = await phone.register(ADMIN.email, '123456', ADMIN.password);
    expect(admin).toMatch(/^\d{16}$/);
    expect(await sql('SELECT user_id FROM users')).toBe(admin);
    const log = await logged('museum', /Added hard coded ott for me@home\.lan/);
    expect(log).toContain(`\u001b[33mWARN\u001b[0m[`);
    expect(log).toMatch(/userauth\.go:131 SendEmailOTT Added hard coded ott for me@home\.lan : 123456/);
    expect(log).toContain('Ignoring malformed internal.hardcoded-ott.emails entry malformed');
  });

  test('what is put into the object storage lies in the first bucket, and is there again', async () => {
    await phone.put('codes', 'what the phone keeps');
    expect(await phone.get('codes')).toBe('what the phone keeps');
    expect((await docker(['exec', `${id}-minio`, 'ls', `/data/${BUCKETS[0]}/${admin}/codes`])).stdout).toBe('xl.meta\n');
  });

  test('a copy of a bucket is made and brought back, with the credentials from the environment', async () => {
    const credentials = `http://${encodeURIComponent(STORE.key)}:${encodeURIComponent(STORE.secret)}@ente-minio:3200`;
    const { code, stdout, stderr } = await inStore(
      `export MC_HOST_store='${credentials}'`,
      'set -e',
      `mc mirror --quiet store/${BUCKETS[0]} /copy`,
      `cat /copy/${admin}/codes`,
      'mkdir -p "/copy/a folder" && echo new >"/copy/a folder/added" && rm -r /copy/[0-9]*',
      `mc mirror --overwrite --remove /copy store/${BUCKETS[0]}`,
      `mc ls store/${BUCKETS[0]}`,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('what the phone keeps');
    expect(stdout).toMatch(/4B a folder\/added\n$/);
    await expect(phone.get('codes')).rejects.toMatchObject({ status: 500 });
  });

  test('the log names the account that logged off, in colours', async () => {
    await phone.logOut();
    const line = new RegExp(`outgoing .*req_uri\u001b\\[0m=/users/logout .*user_id\u001b\\[0m=${admin}`);
    expect(await logged('museum', line)).not.toContain(ADMIN.password);
  });

  test('a second registration of the same address is refused', async () => {
    await expect(
      fetch(`${origin}/users/ott`, { method: 'POST', body: JSON.stringify({ email: ADMIN.email, purpose: 'signup' }) }).then(
        (answer) => answer.status,
      ),
    ).resolves.toBe(409);
  });

  test('a token without mail stands in the log, with its address in one line', async () => {
    const friend = createPhone(origin);
    await friend.askForToken('friend@foo.bar');
    const log = await logged('museum', /Skipping sending email to friend@foo\.bar/);
    expect(log).not.toMatch(/Added ott for/);
    const [, token = ''] =
      /email\.go:\d+ Send Skipping sending email to friend@foo\.bar: Verification code: (\d{6})/.exec(log) ?? [];
    await expect(friend.register('friend@foo.bar', token, 'another pass word')).resolves.toMatch(/^\d{16}$/);
    expect(await sql('SELECT count(*) FROM users')).toBe('2');
  });

  test('an old release writes the token and the address in two lines, and reads variables with -', async () => {
    const there = createPhone(await startMuseum('old', old.server, { 'ENTE_INTERNAL_HARDCODED-OTT_EMAILS': 'x@y.z,111111' }));
    await there.askForToken('second@foo.bar');
    const log = await logged('old', /Skipping sending email/);
    expect(log).toMatch(
      /userauth\.go:125 SendEmailOTT Added ott for [A-Za-z0-9+/]{43}=: \d{6} *\n.*email\.go:109 sendViaTransmail Skipping sending email to second@foo\.bar: ente Verification Code/,
    );
    await there.askForToken('x@y.z');
    await logged('old', /Added hard coded ott for x@y\.z : 111111/);
  });

  test('nobody new comes in where registration is off', async () => {
    const there = createPhone(
      await startMuseum('closed', images.server, {
        ENTE_INTERNAL_DISABLE_REGISTRATION: 'true',
        ENTE_INTERNAL_HARDCODED_OTT_EMAILS: 'late@foo.bar,222222',
      }),
    );
    await there.askForToken('late@foo.bar');
    await expect(there.register('late@foo.bar', '222222', 'x')).rejects.toMatchObject({ status: 403 });
  });
});

describe('ente-cli', () => {
  test('says how to begin where there is no account, and ends with 1', async () => {
    const { code, stderr } = await cli('admin', 'list-users');
    expect([code, stderr.split('\n')[0]]).toEqual([1, 'Error: no accounts found, use `account add` to add an account']);
  });

  test('shows help and ends with 0 where a word is none of its commands, but not where a flag is none', async () => {
    expect(await cli('account', 'admin', 'update-subscription')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage:'),
    });
    expect(await cli('account', 'admin', 'update-subscription', '--no-limit', 'true')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Error: unknown flag: --no-limit'),
    });
  });

  test('needs a folder of its own that it can write to', async () => {
    const { code, stderr } = await once([], `${id}:cli`, './ente-cli', 'account', 'list');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Please mount a volume to /cli-data/\npath does not exist: /cli-data'),
    ]);
  });

  test('asks again after a folder that can not be written to and after a wrong password, and shows no password', async () => {
    const screen = await dialog(
      ['account', 'add'],
      [
        [/photos\):$/, 'auth'],
        [/directory:$/, '/nowhere'],
        [/invalid export directory: path does not exist: \/nowhere\n.*directory:$/, '/sealed'],
        [/invalid export directory: write permission denied: .*\n.*directory:$/, '/data'],
        [/address:$/, ADMIN.email],
        [/password:$/, 'wrong pass word'],
        [/failed to verify status 401 .*\n.*password:$/, ADMIN.password],
      ],
    );
    expect(await screen.end()).toBe(0);
    expect(screen.text()).toMatch(/Please wait authenticating\.\.\.\nAccount added successfully\nrun `ente export` to initiate/);
    expect(screen.written).not.toContain('pass word');
    expect((await cli('account', 'list')).stdout).toBe(
      [
        'Configured accounts: 1',
        '====================================',
        `Email:     ${ADMIN.email}`,
        `ID:        ${admin}`,
        'App:       auth',
        'ExportDir: /data',
        '====================================\n',
      ].join('\n'),
    );
  });

  test('refuses to run while another one waits at a prompt, and runs once that one is gone', async () => {
    const screen = await dialog(['account', 'add'], [[/photos\):$/, 'auth']]);
    await screen.waitFor('Enter export directory:');
    expect(await cli('account', 'list')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Please close all other instances of the cli and try again\ntimeout'),
    });
    await docker(['exec', `${id}-cli`, 'sh', '-c', 'kill -9 $(cat /tmp/ente-cli.lock)']);
    await screen.end();
    expect(await cli('account', 'list')).toMatchObject({ code: 0 });
  });

  test('needs a terminal for a password', async () => {
    const ran = await docker(['exec', `${id}-cli`, 'sh', '-c', 'printf "auth\\n/data\\nme@home.lan\\n" | /ente-cli account add']);
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('Enter export directory: ') });
    // What was sent ahead is lost: the second question finds the end.
    expect(ran.stderr).toContain('invalid export directory input: EOF');
  });

  test('the first account is an administrator where none is named', async () => {
    const { code, stdout } = await cli('admin', 'list-users');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `^Assuming ${ADMIN.email} as the Admin \n-{12}\nEmail: ${ADMIN.email}, ID: ${admin}, Created: \\d{4}-\\d\\d-\\d\\d\nEmail: friend@foo\\.bar, ID: \\d{16}, `,
      ),
    );
    expect((await cli('admin', 'get-user-id', '-u', ADMIN.email)).stdout).toContain(`\n${admin}\n`);
  });

  test('takes limits away, and sets others that it asks for', async () => {
    const done = 'Successfully updated storage and expiry date for user';
    const limits = `SELECT storage, to_timestamp(expiry_time / 1000000)::date FROM subscriptions WHERE user_id <> ${admin}`;
    const args = ['admin', 'update-subscription', '-a', ADMIN.email, '-u', 'friend@foo.bar', '--no-limit'];
    expect((await cli(...args, 'True')).stdout).toBe(`${done}\n`);
    expect(await sql(limits)).toMatch(/^109951162777600\|21/);
    const screen = await dialog(
      [...args, 'False'],
      [
        [/Enter a storage size \(e\.g\.'5MB', '10GB', '2Tb'\): :$/, 'much'],
        [/Invalid storage size format\. .*\n.*: :$/, '10GB'],
        [/Enter sub expiry date in YYYY-MM-DD format {2}\(e\.g\.'2040-12-31'\):$/, '2040-12-31'],
        [/Are you sure you want to update the storage \('y' or 'n'\)\?:$/, 'y'],
      ],
    );
    expect(await screen.end()).toBe(0);
    expect(screen.text()).toContain(done);
    expect(await sql(limits)).toBe('10737418240|2040-12-31');
  });

  test('tells of a token that is older than ten minutes, and ends with 0; a new login helps', async () => {
    await sql('UPDATE tokens SET creation_time = creation_time - 601 * 1000000::bigint');
    const said = {
      code: 0,
      stdout: expect.stringContaining('rror: old admin token, please re-authenticate using `ente account add` '),
    };
    expect(await cli('admin', 'list-users')).toMatchObject(said);
    expect(await cli('admin', 'delete-user', '-u', 'friend@foo.bar')).toMatchObject(said);
    expect((await cli('admin', 'disable-2fa', '-u', 'friend@foo.bar')).stdout).toContain('Error: Old admin token');
    const screen = await dialog(['account', 'add'], login(ADMIN.email, ADMIN.password));
    expect(await screen.end()).toBe(0);
    expect((await cli('admin', 'list-users')).stdout).toContain('friend@foo.bar');
  });

  test('asks for the second factor where there is one, and an administrator takes it away', async () => {
    const friend = createPhone(origin);
    const tokens = async () =>
      [...(await logOf('museum')).matchAll(/email to friend@foo\.bar: Verification code: (\d{6})/g)].map(
        ([, token = '']) => token,
      );
    const before = (await tokens()).length;
    await friend.askForToken('friend@foo.bar');
    await expect.poll(async () => (await tokens()).length).toBe(before + 1);
    const token = (await tokens()).at(-1) ?? '';
    await friend.register('friend@foo.bar', token, 'another pass word');
    const code = await friend.enableTwoFactor();
    const wrong = code() === '000000' ? '000001' : '000000';
    const screen = await dialog(
      ['account', 'add'],
      [
        ...login('friend@foo.bar', 'another pass word'),
        [/Enter TOTP:$/, wrong],
        [/failed to verify status 401 .*\nEnter TOTP:$/, code],
      ],
    );
    expect(await screen.end()).toBe(0);
    expect(screen.text()).toContain('Account added successfully');
    const disabled = await cli('admin', 'disable-2fa', '-a', ADMIN.email, '-u', 'friend@foo.bar');
    expect(disabled.stdout).toBe('Successfully disabled 2FA for user\n');
    expect(await sql('SELECT count(*) FROM users WHERE is_two_factor_enabled')).toBe('0');
  });

  test('with two accounts the administrator must be named, and who is none is refused', async () => {
    expect((await cli('admin', 'list-users')).stderr).toContain(
      'Error: multiple accounts found, specify the admin email using --admin-user',
    );
    expect(await cli('admin', 'list-users', '-a', 'friend@foo.bar')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Error: status 401 with err: {"error":"insufficient permissions"}'),
    });
  });

  test('a user who was deleted is gone', async () => {
    const { stdout } = await cli('admin', 'delete-user', '-a', ADMIN.email, '-u', 'friend@foo.bar');
    expect(stdout).toBe('Successfully deleted user\n');
    expect((await cli('admin', 'list-users', '-a', ADMIN.email)).stdout).not.toContain('friend@foo.bar');
  });

  test('where the server is not found it is said which one', async () => {
    const { stderr } = await once(
      ['-v', `${folder}/cli-data:/cli-data`],
      `${id}:cli`,
      'sh',
      '-c',
      'sed -i s/ente-museum/ente-nobody/ /cli-data/config.yaml; ./ente-cli admin list-users -a me@home.lan',
    );
    expect(stderr).toMatch(
      /Error: Get "http:\/\/ente-nobody:8080\/admin\/users\?sinceTime=0": dial tcp: lookup ente-nobody .*no such host/,
    );
  });
});

test('the web app of the authenticator says which server it talks to', async () => {
  await start('web', 'ente-web', env({ ENTE_API_ORIGIN: 'https://ente.darkstar.lan' }), images.web);
  const wget = ['exec', `${id}-cli`, 'wget', '-q', '-O', '-', 'http://ente-web:3003/'];
  let page = '';
  for (let tries = 0; tries < 1200 && page === ''; tries++) {
    page = (await docker(wget)).stdout;
    if (page === '') await pause(100);
  }
  expect(page).toContain('"https://ente.darkstar.lan"');
});

test('socat brings the object storage to a port of museum itself, as the article has it', async () => {
  const socat = ['run', '-d', '--name', `${id}-socat`, '--network', `container:${id}-museum`];
  await must(...socat, await socatImage(), 'TCP-LISTEN:3200,fork,reuseaddr', 'TCP:ente-minio:3200');
  const wget = ['exec', `${id}-museum`, 'wget', '--quiet', '--tries=1', '--spider', 'http://localhost:3200/minio/health/live'];
  let { code } = await docker(wget);
  for (let tries = 0; tries < 1200 && code !== 0; tries++) {
    await pause(100);
    ({ code } = await docker(wget));
  }
  expect(code).toBe(0);
});
