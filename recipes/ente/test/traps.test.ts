import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRecipeFolder } from '../../../src/cli/read-recipe.ts';
import { scopeOf } from '../../../src/engine/scope.ts';
import type { Recipe, RecipeStep, SecretSpec } from '../../../src/model/recipe.ts';
import { wrongAlphabet } from '../../../src/model/secret-alphabet.ts';
import { sanitize } from '../../../src/model/untrusted-text.ts';
import { readSettings } from '../../../src/testing/ente/programs/museum-settings.ts';
import { enteInputs } from '../../../src/testing/generated-files.ts';
import { goldenPlan } from '../../../src/testing/golden.ts';
import { fileOf, paramsOf } from './rendered.ts';

/*
 * What the recipe's source and the images that came after it get wrong, each by a number that it has here only, and what the
 * recipe does instead. The files are those of an installation; what the programs themselves do with them is in the
 * `*.real.test.ts` beside this file.
 *
 * Of these there is nothing to survive: 17 (the text says museum.yaml where it means .env, and YAML where it means JSON: the
 * recipe asks /ping for JSON), 18 and 19 (slips of the pen in commands that the recipe does not need), 28 (photos need an
 * object storage that phones can reach: said in museum.yaml), 30 (where Debian's Postfix looks for saslauthd: `mail.relay` has
 * tests of its own, with the real one), 31 (a sudoers file for what renews certificates: the recipe writes none).
 */
interface Service {
  readonly image: string;
  readonly restart?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: unknown;
  readonly extra_hosts?: readonly string[];
  readonly depends_on?: unknown;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const folder = fileURLToPath(new URL('..', import.meta.url));
let recipe: Recipe;
let compose: { readonly services: Readonly<Record<string, Service>>; readonly [key: string]: unknown };
let text = '';

beforeAll(async () => {
  recipe = await readRecipeFolder(folder);
  text = await fileOf('compose_file');
  compose = parse(text) as typeof compose;
});

const stepOf = (id: string): RecipeStep => recipe.steps.find((step) => step.id === id) as RecipeStep;
const secretOf = (name: string) => recipe.secrets.find((secret) => secret.name === name);
/** A mail server, as far as it has no default. */
const MAIL = { mail: 'smtp', smtp_host: 'smtp.darkstar.lan', smtp_from: 'ente@darkstar.lan' };
const service = (name: string): Service => compose.services[name] as Service;

describe('the secrets of ente', () => {
  it('trap 2: the JWT secret is in the URL-safe alphabet, with its padding: Museum does not start with any other', () => {
    expect(secretOf('jwt_secret')).toMatchObject({ generate: 'base64url', bytes: 32 });
    expect(secretOf('jwt_secret')?.padding).not.toBe(false);
  });

  it('trap 2: the JWT secret of the article is refused, where somebody brings it along', () => {
    const failure = wrongAlphabet(secretOf('jwt_secret') as SecretSpec, 'wRUs9H5IXCKda9gwcLkQ99g73NVUT9pkE719ZW/eMZw=')?.failure;
    expect(failure).toMatchObject({ code: 'secret.wrong-alphabet', hints: [expect.stringContaining("tr '+/' '-_'")] });
  });

  it('traps 3 and 4: the two keys are in the plain alphabet, of 32 and 64 bytes, and new ones for each deployment', () => {
    expect(secretOf('key_encryption')).toMatchObject({ generate: 'base64', bytes: 32 });
    expect(secretOf('key_hash')).toMatchObject({ generate: 'base64', bytes: 64 });
    expect(readFileSync(`${folder}/recipe.yaml`, 'utf8')).not.toMatch(/yvmG\/RnzKrb|wRUs9H5IXCKd/);
  });

  it('trap 11: no secret can be made anew where the data would not open any more', () => {
    for (const name of ['key_encryption', 'key_hash']) {
      expect(secretOf(name)?.rotate, name).toBeUndefined();
      expect(secretOf(name)?.keeps, name).toBeDefined();
    }
    expect(secretOf('db_password')?.keeps).toBeDefined();
  });

  it('trap 11: what goes through a connection string or an S3 client holds letters and digits only, and is long enough', () => {
    expect(secretOf('db_password')).toMatchObject({ generate: 'alphanumeric', length: 32 });
    expect(secretOf('minio_key')).toMatchObject({ generate: 'alphanumeric', length: 20 });
    expect(secretOf('minio_secret')).toMatchObject({ generate: 'alphanumeric', length: 40 });
  });
});

describe("ente's compose file", () => {
  it('trap 1: is read by compose 1 too: no name, no tags, no start_interval, no post_start', () => {
    expect(Object.keys(compose).sort()).toEqual(['networks', 'services', 'version']);
    expect(text).not.toMatch(/start_interval|post_start|tags:/);
  });

  it('has no variable that may be blank where that would change what is mounted or published', () => {
    for (const each of Object.values(compose.services)) {
      for (const line of [...(each.volumes ?? []), ...(each.ports ?? [])]) expect(line).not.toContain('$');
    }
  });

  it('every secret must have a value: a blank one is refused', () => {
    for (const name of ['ENTE_KEY_ENCRYPTION', 'ENTE_KEY_HASH', 'ENTE_JWT_SECRET', 'ENTE_DB_PASSWORD', 'ENTE_MINIO_SECRET']) {
      expect(text).toContain(`\${${name}:?}`);
    }
  });

  it('trap 8: every service is in its own network, ente-cli among them: else the name of Museum means nothing to it', () => {
    expect(compose.networks).toEqual({ ente: { external: true, name: 'ente.lan' } });
    for (const [name, { networks }] of Object.entries(compose.services)) {
      expect(Array.isArray(networks) ? networks : Object.keys(networks as object), name).toEqual(['ente']);
    }
    expect(service('museum').networks).toMatchObject({ ente: { aliases: expect.arrayContaining(['ente-museum']) } });
  });

  it('trap 14: asks Museum for its health instead of nobody, and the web app waits for it', () => {
    expect(service('museum').healthcheck?.test).toEqual([
      'CMD',
      'wget',
      '--quiet',
      '--tries=1',
      '--spider',
      'http://localhost:8080/ping',
    ]);
    expect(service('web').depends_on).toEqual({ museum: { condition: 'service_healthy' } });
    expect(service('museum').depends_on).toMatchObject({ postgres: { condition: 'service_healthy' } });
  });

  it('is not told that PostgreSQL is ready by the one that makes the database at the first start', () => {
    expect(service('postgres').healthcheck?.test.join(' ')).toContain('-h 127.0.0.1');
  });

  it('traps 9, 12 and 24: takes the images where they are since Ente was renamed, and stays within PostgreSQL 15', () => {
    expect(service('museum').image).toMatch(/^ghcr\.io\/ente\/server:[0-9a-f]{40}$/);
    expect(service('web').image).toMatch(/^ghcr\.io\/ente\/web:[0-9a-f]{40}$/);
    expect(service('postgres').image).toMatch(/^postgres:15/);
    for (const name of ['minio', 'provision']) expect(service(name).image).toMatch(/:RELEASE\./);
  });

  it('trap 13: gives the web app the server’s address when it starts, and publishes the Auth app of the image', async () => {
    expect(service('web').environment).toEqual({ ENTE_API_ORIGIN: 'https://ente.darkstar.lan' });
    expect(service('web').ports).toEqual(['127.0.0.1:3322:3003']);
    const other = parse(await fileOf('compose_file', { api_host: 'api.example.org' })) as typeof compose;
    expect(other.services.web?.environment).toEqual({ ENTE_API_ORIGIN: 'https://api.example.org' });
  });

  it('trap 23: publishes on 127.0.0.1 only, and PostgreSQL not at all', () => {
    for (const { ports = [] } of Object.values(compose.services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(service('postgres').ports).toBeUndefined();
  });

  it('gives Museum an address outside the range that other containers get theirs from', async () => {
    expect(await paramsOf('network', { subnet: '10.9.8.0/24' })).toMatchObject({
      subnet: '10.9.8.0/24',
      ip_range: '10.9.8.0/25',
      gateway: '10.9.8.1',
    });
    expect(await fileOf('compose_file', { subnet: '10.9.8.0/24' })).toContain('ipv4_address: 10.9.8.200');
  });

  it('trap 10: makes the buckets once, with a command that the client still has, and no secret among the arguments', async () => {
    const { restart, entrypoint, environment } = service('provision');
    expect({ restart, entrypoint }).toEqual({ restart: 'no', entrypoint: ['sh', '/provision.sh'] });
    expect(Object.keys(environment ?? {})).toEqual(['MINIO_USER', 'MINIO_PASSWORD']);
    const script = await fileOf('provision_script');
    expect(script).toContain('mc alias set h0 http://ente-minio:3200 "$MINIO_USER" "$MINIO_PASSWORD"');
    expect(script).not.toContain('config host');
  });

  it('traps 5 and 6: has no one-time token in the environment, where it would win over museum.yaml', async () => {
    expect(text).not.toMatch(/OTT|S3_/);
    const { values } = (await paramsOf('env')) as { values: Readonly<Record<string, unknown>> };
    expect(Object.keys(values).filter((name) => /OTT|-/.test(name))).toEqual([]);
  });
});

describe("ente's museum.yaml", () => {
  const beginning = async (given = {}) => parse(await fileOf('museum_yaml', given));

  it('trap 15: begins without any administrator, not with an empty one', async () => {
    expect((await beginning()).internal.admins).toEqual([]);
  });

  it('begins with the token of the first account, in small letters as Museum keeps addresses', async () => {
    const first = await beginning({ admin_email: 'Me@Home.Lan', first_token: '424242' });
    expect(first.internal['hardcoded-ott'].emails).toEqual(['me@home.lan,424242']);
    expect((await beginning({ first_account: 'sent' })).internal['hardcoded-ott'].emails).toEqual([]);
  });

  it('trap 5: says where the three buckets are in the file, whose names no image spells differently', async () => {
    const { set } = (await paramsOf('museum_yaml')) as { set: Readonly<Record<string, unknown>> };
    for (const bucket of ['b2-eu-cen', 'wasabi-eu-central-2-v3', 'scw-eu-fr-v3']) {
      expect(set).toMatchObject({ [`/s3/${bucket}/bucket`]: bucket, [`/s3/${bucket}/endpoint`]: 'ente-minio:3200' });
    }
  });

  it.each(['2024-07-20', '2025-11-01'])(
    'traps 5 and 6: the token is read from it by Museum of %s, with the environment that compose gives',
    async (release) => {
      const folder = await mkdtemp(join(tmpdir(), 'ente-traps-'));
      try {
        await writeFile(join(folder, 'museum.yaml'), await fileOf('museum_yaml', { first_token: '424242' }));
        const settings = readSettings({ ...service('museum').environment, MUSEUM_RELEASE: release }, folder);
        expect(settings.texts('internal.hardcoded-ott.emails')).toEqual(['me@home.lan,424242']);
        expect(settings.numbers('internal.admins')).toEqual([]);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  it('trap 28: says that it is for Auth, since phones can not reach the storage for photos', async () => {
    expect(await fileOf('museum_yaml')).toContain('# Photos would need an endpoint that phones can reach');
  });

  it('trap 33: keeps the tokens of others, and closes the registration where that is wanted', async () => {
    const given = { first_account: 'later', predefined_tokens: 'a@b.org,123456 c@d.org,987654', close_registration: true };
    expect(await paramsOf('registration', given)).toMatchObject({
      set: { '/internal/hardcoded-ott/emails': ['a@b.org,123456', 'c@d.org,987654'], '/internal/disable-registration': true },
    });
  });

  it('trap 26: names a mail server only where mail is wanted', async () => {
    const of = async (given: object) => ((await paramsOf('museum_yaml', given as never)) as { set: object }).set;
    expect(await of({})).toMatchObject({ '/smtp/host': '' });
    expect(await of({ ...MAIL, smtp_host: 'mail.example.org', smtp_encryption: 'tls' })).toMatchObject({
      '/smtp/host': 'mail.example.org',
      '/smtp/port': 587,
      '/smtp/encryption': 'tls',
    });
  });

  it('trap 26: names this host by the name of its certificate where it takes the mail itself, and the container knows that name', async () => {
    const given = { ...MAIL, mail: 'host', smtp_host: 'smtp.example.org', subnet: '10.9.8.0/24' };
    const { set } = (await paramsOf('museum_yaml', given)) as { set: Readonly<Record<string, unknown>> };
    expect(set).toMatchObject({ '/smtp/host': 'smtp.example.org', '/smtp/username': 'ente-mail', '/smtp/encryption': '' });
    expect(JSON.stringify(set['/smtp/password'])).toBe('"•••"');
    const written = parse(await fileOf('compose_file', given)) as typeof compose;
    expect(written.services.museum?.extra_hosts).toEqual(['smtp.example.org:10.9.8.1']);
    expect(service('museum').extra_hosts).toEqual([]);
  });

  it('trap 29: no network is trusted by Postfix without a login, and only the port of Museum demands one', async () => {
    const relay = await paramsOf('mail_relay', { ...MAIL, mail: 'host' });
    expect(Object.keys(relay).sort()).toEqual(['account', 'port', 'tls']);
    expect(relay).toMatchObject({ port: 587, account: { user: 'ente-mail' } });
  });

  it('trap 25: is read anew by a restart of Museum after every change', () => {
    expect(stepOf('restart')).toMatchObject({
      uses: 'container.restart',
      after: expect.arrayContaining(['museum_yaml', 'admin', 'registration']),
    });
  });
});

describe('around ente', () => {
  it('trap 27: Apache drops the CORS headers that it sets itself, with all of them and none of Museum’s', async () => {
    const { extra, hidden_headers } = (await paramsOf('apache_api')) as { extra: string; hidden_headers?: unknown };
    const lines = extra
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(lines).toEqual(
      ['Origin', 'Headers', 'Methods', 'Credentials']
        .map((name) => `Allow-${name}`)
        .concat('Expose-Headers', 'Max-Age')
        .map((name) => `Header always unset Access-Control-${name}`),
    );
    expect(hidden_headers).toBeUndefined();
  });

  it('answers to ACME challenges are not passed on to Ente', async () => {
    for (const id of ['apache_api', 'apache_web', 'nginx_api', 'nginx_web']) {
      expect(await paramsOf(id), id).toMatchObject({ acme: '/var/www/dehydrated' });
    }
  });

  it('traps 12 and 32: of the source only ente-cli is fetched, without history, at a version that is named', async () => {
    const { argv } = (await paramsOf('source')) as { argv: readonly string[] };
    expect(argv).toEqual(expect.arrayContaining(['--depth', '1', '--sparse', '--branch', 'cli-v0.2.3']));
    expect((await paramsOf('cli_source')).argv).toEqual(expect.arrayContaining(['sparse-checkout', 'set', 'cli']));
  });

  it('trap 20: ente-cli finds its settings where it looks in a container', async () => {
    expect((await paramsOf('cli_config')).path).toMatch(/\/cli-data\/config\.yaml$/);
    expect(service('cli').volumes?.map((volume) => volume.split(':')[1])).toEqual(['/cli-data', '/data']);
  });

  it('trap 24: a database of another major version is refused before anything is restarted', () => {
    const ids: readonly string[] = recipe.steps.map(({ id }) => id);
    expect(ids.indexOf('same_major')).toBeGreaterThan(-1);
    expect(ids.indexOf('same_major')).toBeLessThan(ids.indexOf('up'));
  });

  it('trap 25: a change of .env or of the compose file makes the containers anew', () => {
    expect(stepOf('up')).toMatchObject({ uses: 'compose.up', after: expect.arrayContaining(['env', 'compose_file']) });
  });

  it('trap 21: the login is renewed before the accounts are listed, where it is too old for that', () => {
    const ids: readonly string[] = recipe.steps.map(({ id }) => id);
    expect(ids.slice(ids.indexOf('login_age'))).toEqual(['login_age', 'login_again', 'users']);
    expect(stepOf('login_again')).toMatchObject({ uses: 'container.dialog' });
  });

  it('trap 16: the number of the account comes from ente-cli: a line of the log does not say whose it is', () => {
    expect(stepOf('account_id')).toMatchObject({ uses: 'container.exec', after: ['login'] });
    expect(recipe.steps.filter(({ uses }) => uses === 'log.capture').map(({ id }) => id)).toEqual(['token']);
  });

  it.each([
    [
      'a token chosen before',
      ['\u001b[36mINFO\u001b[0m[0082]userauth.go:131 SendEmailOTT Added hard coded ott for me@home.lan : 123456   '],
    ],
    [
      'a token until October 2025, in two lines',
      [
        '\u001b[36mINFO\u001b[0m[2626]userauth.go:125 SendEmailOTT Added ott for qH8k0/rL+3E=: 123456   ',
        '\u001b[36mINFO\u001b[0m[2626]email.go:109 sendViaTransmail Skipping sending email to me@home.lan: ente Verification Code ',
      ],
    ],
    [
      'a token since then, in one',
      ['\u001b[36mINFO\u001b[0m[2626]email.go:112 Send Skipping sending email to me@home.lan: Verification code: 123456 '],
    ],
  ])('trap 16: %s is read out of the colours of the log', async (_, lines) => {
    const { patterns, together_within } = (await paramsOf('token')) as unknown as {
      readonly patterns: Readonly<Record<string, string>>;
      readonly together_within: number;
    };
    expect(lines.length).toBeLessThanOrEqual(together_within + 1);
    const found = lines.flatMap((line) =>
      Object.values(patterns).map((pattern) => new RegExp(pattern).exec(sanitize(line))?.groups ?? {}),
    );
    expect(Object.assign({}, ...found)).toEqual({ email: 'me@home.lan', code: '123456' });
  });

  it('trap 7: limits are lifted by the command that there is, for a user who is named', async () => {
    const act = recipe.tasks.find(({ name }) => name === 'unlimited')?.steps.at(-1) as RecipeStep;
    const { program, state } = await goldenPlan('ente', 'with-docker', enteInputs);
    const known = scopeOf(program.recipe, state);
    const scope = { ...known, inputs: { ...known.inputs, user: 'Friend@Foo.org' } };
    const { argv } = act.params.evaluate(scope) as { readonly argv: readonly string[] };
    const wanted = '/ente-cli admin update-subscription -a me@home.lan -u friend@foo.org --no-limit True';
    expect(argv.join(' ')).toBe(wanted);
  });

  it('traps 21 and 22: a refusal of ente-cli counts as one although it ends with 0', async () => {
    const { failure, success } = (await paramsOf('users')) as { failure: string; success: string };
    const refused = 'Error: old admin token, please re-authenticate using `ente account add` ';
    expect(refused).toMatch(new RegExp(failure));
    expect(refused).not.toMatch(new RegExp(success));
    expect('no accounts found, use `account add` to add an account').toMatch(new RegExp(failure));
    expect('Email: me@home.lan, ID: 1580559962386438, Created: 2026-11-23').toMatch(new RegExp(success));
  });

  it('each step that differs from the article says so', () => {
    for (const id of [
      'network',
      'source',
      'cli_image',
      'env',
      'museum_yaml',
      'cli_config',
      'provision_script',
      'compose_file',
      'apache_api',
      'account_id',
    ]) {
      expect(stepOf(id).explain, id).toBeDefined();
    }
  });
});
