import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRecipeFolder } from '../../../src/cli/read-recipe.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Recipe, RecipeStep, Value } from '../../../src/model/recipe.ts';
import { mastodonInputs } from '../../../src/testing/generated-files.ts';
import { goldenPlan } from '../../../src/testing/golden.ts';
import { fileOf, paramsOf, taskParamsOf } from './rendered.ts';

/*
 * What the recipe's source and Mastodon itself get wrong, each by a number that it has here only, and what the recipe does
 * instead. What the programs themselves do with it is in the `*.real.test.ts` beside this file. Of one there is nothing to
 * survive: 17 (Redis' warnings about `maxclients`, which are harmless).
 */
interface Service {
  readonly image: string;
  readonly container_name: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: string;
  readonly build?: unknown;
  readonly command?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: unknown;
  readonly extra_hosts?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: unknown;
}

const folder = fileURLToPath(new URL('..', import.meta.url));
let recipe: Recipe;
let compose: Compose;
let text = '';
let own = '';

beforeAll(async () => {
  recipe = await readRecipeFolder(folder);
  text = await fileOf('compose_file');
  compose = parse(text) as Compose;
  own = await mkdtemp(join(tmpdir(), 'mastodon-traps-'));
});
afterAll(async () => {
  await rm(own, { recursive: true });
});

const stepOf = (id: string): RecipeStep => recipe.steps.find((step) => step.id === id) as RecipeStep;
const idsOf = (steps: readonly RecipeStep[]): readonly string[] => steps.map(({ id }) => id);
const OIDC = { oidc: true, oidc_secret: 'mail-secret' };
const service = (name: string): Service => compose.services[name] as Service;
const inputOf = (name: string) => recipe.inputs.find((input) => input.name === name);
const taskOf = (name: string) => recipe.tasks.find((task) => task.name === name);

/** Runs an argv of the recipe where `docker` is a shell script, in a folder of its own; each call of it is a line of `calls`. */
async function run(argv: Value | undefined, docker = 'exit 9', env: Readonly<Record<string, string>> = {}) {
  const bin = await mkdtemp(join(own, 'bin-'));
  const calls = join(bin, 'calls');
  await writeFile(calls, '');
  await writeFile(join(bin, 'docker'), `#!/bin/sh\necho "$*" >> ${calls}\n${docker}\n`);
  await chmod(join(bin, 'docker'), 0o755);
  const [file = '', ...args] = argv as string[];
  const around = { ...process.env, ...env, PATH: `${bin}:${process.env.PATH}` };
  const ran = await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(file, args, { env: around }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
  });
  return { ...ran, calls: (await readFile(calls, 'utf8')).trim().split('\n') };
}

/** A folder with such an .env.production. */
async function settings(content: string): Promise<string> {
  const place = await mkdtemp(join(own, 'settings-'));
  await writeFile(join(place, '.env.production'), content);
  return place;
}

describe('the database of mastodon', () => {
  it('trap 1: the role is made in the folder that the compose file mounts', async () => {
    const { argv, creates } = await paramsOf('role');
    expect((argv as string[]).at(-1)).toBe('/opt/dockerfiles/mastodon/postgres');
    expect(creates).toBe('/opt/dockerfiles/mastodon/postgres/PG_VERSION');
    expect(service('db').volumes).toEqual(['/opt/dockerfiles/mastodon/postgres:/var/lib/postgresql/data']);
    expect(await fileOf('compose_file', { data: '/srv/m' })).toContain('- /srv/m/postgres:/var/lib/postgresql/data');
  });

  it('trap 6: nobody is let in without a password, and an empty folder is not filled behind the back', () => {
    expect(text).not.toMatch(/HOST_AUTH_METHOD|POSTGRES_PASSWORD/);
  });

  const database = async (docker: string) => {
    const place = await mkdtemp(join(own, 'data-'));
    await mkdir(join(place, 'postgres'));
    const script = join(place, 'first-database.sh');
    await writeFile(script, await fileOf('first_database'), { mode: 0o755 });
    const secrets = { POSTGRES_PASSWORD: 'admin-secret', ROLE_PASSWORD: 'role-secret' };
    const ran = await run([script, 'x_bootstrap', 'postgres:14', join(place, 'postgres')], docker, secrets);
    return { ...ran, place };
  };

  it('trap 7: waits for the real server, not for the one that the image starts first, and keeps passwords out of arguments', async () => {
    const ran = await database(`
      case "$*" in
        'run -d '*) for word do case $word in *.part:*) mkdir "\${word%%:*}"; echo 14 > "\${word%%:*}/PG_VERSION";; esac; done;;
        inspect*) echo true;;
        *pg_isready*) n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.n"; [ "$n" != 1 ];;
        *psql*) cat > "$0.sql"; grep -q "CREATE ROLE mastodon LOGIN CREATEDB PASSWORD 'role-secret';" "$0.sql";;
      esac`);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    // Once it was there, then the second was not: two in a row are needed.
    expect(ran.calls.filter((call) => call.includes('pg_isready -q -h 127.0.0.1'))).toHaveLength(4);
    expect(ran.calls.find((call) => call.includes('psql'))).toBe('exec -i x_bootstrap psql -X -q -v ON_ERROR_STOP=1 -U postgres');
    expect(ran.calls.join('\n')).not.toContain('secret');
    expect(ran.calls.slice(-2)).toEqual(['stop --time 60 x_bootstrap', 'rm -f -v x_bootstrap']);
    expect(await readFile(join(ran.place, 'postgres/PG_VERSION'), 'utf8')).toBe('14\n');
  });

  it('trap 7: a server that ends is not waited for, its log is shown, and no half a folder is left as the whole one', async () => {
    const ran = await database('case "$1" in inspect) echo false;; logs) echo "no space left" >&2;; *) exit 0;; esac');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('no space left');
    await expect(readFile(join(ran.place, 'postgres/PG_VERSION'))).rejects.toThrow('ENOENT');
  });
});

describe("mastodon's compose file", () => {
  it('trap 2: nothing is built, and compose pulls', () => {
    for (const { build } of Object.values(compose.services)) expect(build).toBeUndefined();
    expect(recipe.steps.filter(({ uses }) => uses === 'docker.image')).toEqual([]);
  });

  it('trap 4: fits its images: one version of both, streaming from its own, each asked for its health', () => {
    const [, web] = /^ghcr\.io\/mastodon\/mastodon:(v4\.3\.\d+)$/.exec(service('web').image) ?? [];
    expect(web).toBeDefined();
    expect(service('sidekiq').image).toBe(service('web').image);
    expect(service('streaming').image).toBe(`ghcr.io/mastodon/mastodon-streaming:${web}`);
    expect(service('streaming').command).toBe('node ./streaming/index.js');
    for (const [name, { healthcheck }] of Object.entries(compose.services)) expect(healthcheck, name).toBeDefined();
    for (const name of ['web', 'streaming', 'sidekiq']) {
      expect(service(name).depends_on, name).toMatchObject({
        db: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      });
    }
  });

  it('names, ports and volumes are those of the article; ports are open on 127.0.0.1 only', () => {
    const names = Object.fromEntries(
      Object.entries(compose.services).map(([name, { container_name }]) => [name, container_name]),
    );
    expect(names).toEqual({
      db: 'mstdn_postgres',
      redis: 'mstdn_redis',
      web: 'mstdn_web',
      streaming: 'mstdn_streaming',
      sidekiq: 'mstdn_sidekiq',
    });
    expect(service('web').ports).toEqual(['127.0.0.1:3333:3000']);
    expect(service('streaming').ports).toEqual(['127.0.0.1:4444:4000']);
    expect(service('web').volumes).toEqual(['/opt/dockerfiles/mastodon/public/system:/mastodon/public/system']);
    expect(service('sidekiq').volumes).toEqual(service('web').volumes);
  });

  it('Redis, which has no password, is open on this host only where that is wanted, and then really', async () => {
    expect(service('redis')).toMatchObject({ ports: [], networks: ['internal_network'] });
    const open = parse(await fileOf('compose_file', { redis_port: 6380 })) as Compose;
    expect(open.services.redis).toMatchObject({
      ports: ['127.0.0.1:6380:6379'],
      networks: ['internal_network', 'external_network'],
    });
  });

  it('trap 5: Elasticsearch keeps its index where it is mounted, in a folder of its own user, with the memory maps that it needs', async () => {
    const { services } = parse(await fileOf('search_file', { search: true })) as Compose;
    expect(services.es).toMatchObject({
      container_name: 'mstdn_es',
      volumes: ['/opt/dockerfiles/mastodon/elasticsearch:/usr/share/elasticsearch/data'],
    });
    expect(await paramsOf('search_folder')).toMatchObject({ owner: '1000:1000' });
    expect(String((await paramsOf('map_count')).content)).toContain('vm.max_map_count = 262144');
    expect(await paramsOf('search_file', { search: false })).toMatchObject({ ensure: 'absent' });
    expect(await paramsOf('settings', { search: true })).toMatchObject({ values: { ES_ENABLED: true, ES_HOST: 'es' } });
  });

  it('trap 8: the address of web lies outside the range that others get theirs from, and no other container asks for it', async () => {
    const given = { subnet: '10.9.8.0/24' };
    expect(await paramsOf('external_network', given)).toMatchObject({
      subnet: '10.9.8.0/24',
      ip_range: '10.9.8.128/25',
      gateway: '10.9.8.1',
    });
    const written = parse(await fileOf('compose_file', given)) as Compose;
    expect(written.services.web?.networks).toMatchObject({
      external_network: { ipv4_address: '10.9.8.3', aliases: ['mstdn_web.external_network'] },
    });
    const commands = { setup: String((await paramsOf('setup_container')).argv), rails: await fileOf('rails_script') };
    for (const [name, command] of Object.entries(commands)) {
      expect(command, name).toMatch(/--network "\$\{?(1|prefix)\}?_internal_network"/);
      expect(command, name).not.toMatch(/external_network|--ip|docker-compose|compose run/);
    }
  });
});

describe("mastodon's setup", () => {
  it('trap 3: knows the way to PostgreSQL and Redis, and has nothing of the sample file', async () => {
    const { values } = (await paramsOf('settings')) as { values: Readonly<Record<string, unknown>> };
    expect(values).toMatchObject({
      DB_HOST: 'db',
      DB_NAME: 'mastodon',
      DB_USER: 'mastodon',
      REDIS_HOST: 'redis',
      S3_ENABLED: false,
      ES_ENABLED: false,
      LOCAL_DOMAIN: 'mastodon.darkstar.lan',
    });
    expect(Object.keys(values).filter((name) => /^S3_|^AWS_|BUCKET/.test(name))).toEqual(['S3_ENABLED']);
  });

  it('trap 3: gives the wizard those eight only, whatever else is in the file by then', async () => {
    const eight =
      'DB_HOST=db\nDB_PORT=5432\nDB_NAME=mastodon\nDB_USER=mastodon\nDB_PASS=x\nREDIS_HOST=redis\nREDIS_PORT=6379\nREDIS_PASSWORD=\n';
    const place = await settings(`S3_ENABLED=true\nES_ENABLED=true\nLOCAL_DOMAIN=example.com\n${eight}# DB_HOST=other\n`);
    const { argv } = await paramsOf('setup_container', { folder: place });
    expect(await run(argv, '[ "$1" != run ] || cat')).toMatchObject({ code: 0, stdout: eight });
  });

  it.each([
    ['its keys', 'SECRET_KEY_BASE=abc\n', 'exit 1', 0],
    ['accounts', '', 'case $1 in exec) exit 0;; *) exit 1;; esac', 0],
    ['its container', '', 'case $1 in inspect) echo true;; *) exit 1;; esac', 0],
    ['nothing', '', 'exit 1', 1],
  ])('trap 11: where there are %s the container of the setup is started or not', async (_, content, docker, code) => {
    const { unless } = await paramsOf('setup_container', { folder: await settings(content) });
    expect(await run((unless as { argv: Value }).argv, docker)).toMatchObject({ code });
  });

  const NO_DATABASE = `echo 'psql: error: FATAL:  database "mastodon" does not exist' >&2; exit 2`;
  const NO_TABLE = `echo 'ERROR:  relation "users" does not exist' >&2; exit 1`;
  it.each([
    ['no database yet', NO_DATABASE, 0, /^$/],
    ['no table yet', NO_TABLE, 0, /^$/],
    ['no account yet', 'echo 0', 0, /^$/],
    ['accounts', 'echo 17', 1, /17 accounts.*Nothing was done/],
    ['a database that does not answer', 'echo "could not connect" >&2; exit 2', 1, /could not connect/],
  ])('trap 11: with %s the setup, which would erase them, is begun or refused, both ways', async (_, docker, code, said) => {
    const place = await settings('');
    await writeFile(join(place, 'rails.sh'), '#!/bin/sh\necho "rails $*"\n', { mode: 0o755 });
    const refusal = await run((await paramsOf('nothing_there', { folder: place })).argv, docker);
    expect(refusal.code, refusal.stderr).toBe(code);
    expect(refusal.stderr).toMatch(said);
    const schema = await run((await paramsOf('schema', { folder: place, setup: 'direct' })).argv, docker);
    expect(schema.code, schema.stderr).toBe(code);
    expect(schema.stdout.includes('db:setup -e DISABLE_DATABASE_ENVIRONMENT_CHECK=1')).toBe(code === 0);
  });

  const KEYS = 'SECRET_KEY_BASE=abc\nLOCAL_DOMAIN=mastodon.darkstar.lan\n';
  it.each([
    ['nothing there', '', {}, 0, /^$/],
    ['nothing there, but said to be', '', { setup: 'exists' }, 1, /the keys of that Mastodon must be in/],
    ['a Mastodon that is set up', KEYS, {}, 1, /is set up already/],
    ['a Mastodon that is set up, and said to be', KEYS, { setup: 'exists' }, 0, /^$/],
    ['another domain', KEYS, { setup: 'exists', domain: 'other.example.org' }, 1, /is mastodon\.darkstar\.lan, for ever/],
  ])('trap 11: with %s the recipe goes on or refuses, and nothing was changed', async (_, content, given, code, said) => {
    const place = await settings(content);
    const { argv } = await paramsOf('settled', { ...given, folder: place });
    const ran = await run(argv);
    expect(ran.code, ran.stderr).toBe(code);
    expect(ran.stderr).toMatch(said);
  });

  it('trap 11: an upgrade migrates and never sets up; setting up anew wants the domain as a typed word', async () => {
    expect((await paramsOf('migrate')).argv).toEqual([
      '/usr/local/docker-mastodon/rails.sh',
      'mstdn',
      '/usr/local/docker-mastodon',
      inputOf('mastodon_image')?.default,
      'db:migrate',
      '-e',
      'SKIP_POST_DEPLOYMENT_MIGRATIONS=true',
    ]);
    expect(JSON.stringify(taskOf('finish-upgrade')?.steps.map(({ uses }) => uses))).not.toContain('setup');
    const rest = (await taskParamsOf('finish-upgrade', 'migrate_rest', {})).argv as readonly string[];
    expect(rest.slice(-1)).toEqual(['db:migrate']);
    const { program, state } = await goldenPlan('mastodon', 'with-docker', mastodonInputs);
    const { scopeOf } = await import('../../../src/engine/scope.ts');
    const word = (task: string, id: string) =>
      taskOf(task)
        ?.steps.find((step) => step.id === id)
        ?.danger?.evaluate(scopeOf(program.recipe, state));
    expect(word('database-setup', 'stop')).toBe('mastodon.darkstar.lan');
    expect(word('finish-upgrade', 'migrate_rest')).toBe('mastodon');
    expect(word('restore', 'stop')).toBe('mastodon');
    expect(word('uninstall', 'down')).toBe('mastodon');
    expect(word('uninstall', 'no_data')).toBe('/opt/dockerfiles/mastodon');
  });

  it('a task of Rails gets the keys and the database, and nothing that docker would read otherwise than compose', async () => {
    const place = await settings(
      "SECRET_KEY_BASE=abc\nDB_PASS=x\nSMTP_PASSWORD='a b'\nOIDC_DISPLAY_NAME='Keycloak SSO'\nES_ENABLED=true\n",
    );
    const script = join(place, 'rails.sh');
    await writeFile(script, await fileOf('rails_script'), { mode: 0o755 });
    const ran = await run([script, 'mstdn', place, 'image:1', 'db:migrate', '-e', 'A=b'], '[ "$1" != run ] || cat');
    expect(ran).toMatchObject({ code: 0, stdout: 'SECRET_KEY_BASE=abc\nDB_PASS=x\n' });
    expect(ran.calls.at(-1)).toBe(
      'run --rm --name mstdn_migrate --network mstdn_internal_network --env-file /dev/stdin -e A=b image:1 bundle exec rails db:migrate',
    );
  });

  interface Wizard {
    readonly script: readonly { readonly expect: string; readonly answer?: string; readonly optional?: boolean }[];
    readonly capture: Readonly<Record<string, string>>;
    readonly success: string;
    readonly failure: Readonly<Record<string, string>>;
  }
  const wizard = async (given: Readonly<Record<string, Json>> = {}) => (await paramsOf('wizard', given)) as unknown as Wizard;

  it('trap 9: says that it is Docker, and waits for no question about assets', async () => {
    const { script } = await wizard();
    expect(script.find(({ expect: prompt }) => prompt.includes('using Docker'))).toMatchObject({ answer: 'y' });
    expect(script.filter(({ expect: prompt }) => /assets|Compile/.test(prompt))).toEqual([]);
  });

  it('traps 10 and 19: takes every key out of what it prints, those of 4.3 too, and the password that is printed once', async () => {
    const hex = (length: number) => 'c0ffee42'.repeat(length / 8);
    const printed = [
      'Below is your configuration, save it to an .env.production file outside Docker:',
      '# Generated with mastodon:setup on 2026-11-23 12:00:00 UTC',
      'LOCAL_DOMAIN=mastodon.darkstar.lan',
      `SECRET_KEY_BASE=${hex(128)}`,
      `OTP_SECRET=${hex(128)}`,
      'ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY=abcdefghijklmnopqrstuvwxyzABCDE1',
      'ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT=abcdefghijklmnopqrstuvwxyzABCDE2',
      'ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY=abcdefghijklmnopqrstuvwxyzABCDE3',
      'VAPID_PRIVATE_KEY=WvVnHQlzJEQXDuJqR8q1m7CHRGnWI1EiIdO75Di0oDA=',
      'VAPID_PUBLIC_KEY=BLOn5R3ILCIgzQ0VY3cjXFe-IyHSBVtscIG-SaL3pcAOcEqRN4sZAkyAf0iRg6hZuFUVHuFhn1Dm7pZZbNoTF2g=',
      'SMTP_FROM_ADDRESS=Mastodon <notifications@mastodon.darkstar.lan>',
      'It is also saved within this container so you can proceed with this wizard.',
      `You can login with the password: ${hex(32)}`,
    ].join('\n');
    const { capture, success } = await wizard();
    const found = Object.fromEntries(
      Object.entries(capture).map(([name, pattern]) => [name, new RegExp(pattern, 'm').exec(printed)?.[1]]),
    );
    expect(found).toEqual({
      secret_key_base: hex(128),
      otp_secret: hex(128),
      record_deterministic_key: 'abcdefghijklmnopqrstuvwxyzABCDE1',
      record_salt: 'abcdefghijklmnopqrstuvwxyzABCDE2',
      record_primary_key: 'abcdefghijklmnopqrstuvwxyzABCDE3',
      vapid_private: 'WvVnHQlzJEQXDuJqR8q1m7CHRGnWI1EiIdO75Di0oDA=',
      vapid_public: 'BLOn5R3ILCIgzQ0VY3cjXFe-IyHSBVtscIG-SaL3pcAOcEqRN4sZAkyAf0iRg6hZuFUVHuFhn1Dm7pZZbNoTF2g=',
      admin_password: hex(32),
    });
    expect(printed).toMatch(new RegExp(success));
    expect(stepOf('wizard')).toMatchObject({ sensitive: true, uses: 'container.dialog' });
  });

  it('traps 10 and 19: both ways write the same keys, and the container stays until they are written', async () => {
    const made = (await paramsOf('made_keys', { setup: 'direct' })) as { values: object };
    const { program } = await goldenPlan('mastodon', 'with-docker', mastodonInputs);
    const references = program.recipe.steps.find(({ id }) => id === 'wizard_keys')?.params.references ?? [];
    const mentioned = references.flatMap(({ root, field }) => (root === 'steps' && field !== undefined ? [field] : []));
    expect(Object.keys(made.values)).toHaveLength(7);
    const captured = Object.keys((await wizard()).capture).filter((name) => name !== 'admin_password');
    expect([...mentioned].sort()).toEqual(captured.sort());
    const ids = idsOf(recipe.steps);
    expect(ids.slice(ids.indexOf('wizard'), ids.indexOf('wizard') + 3)).toEqual(['wizard', 'wizard_keys', 'no_setup_container']);
  });

  it('trap 19: the question about updates may come, as since 4.2, or not', async () => {
    const { script } = await wizard();
    expect(script.filter(({ optional }) => optional === true).map(({ expect: prompt }) => prompt)).toEqual([
      'Do you want Mastodon to periodically check for important updates and notify you?',
    ]);
  });

  it('its answers hang on nothing that may be changed later: it would be due again', async () => {
    const later = {
      mail: 'smtp',
      smtp_host: 'mail.example.org',
      smtp_user: 'me',
      smtp_password: 'mail-secret',
      smtp_from: 'x@y.org',
      single_user: true,
      registrations: 'open',
      search: true,
      oidc: true,
      oidc_secret: 'mail-secret',
    };
    expect(JSON.stringify(await wizard(later))).toBe(JSON.stringify(await wizard()));
  });
});

describe('around mastodon', () => {
  it('trap 12: all of it lies in one folder', async () => {
    expect(await readFile(join(folder, 'recipe.yaml'), 'utf8')).not.toContain('/usr/share/docker');
    for (const id of ['compose_file', 'settings', 'first_database']) {
      expect(String((await paramsOf(id, { folder: '/srv/m' })).path), id).toMatch(/^\/srv\/m\//);
    }
    for (const id of ['stores', 'up'])
      expect(await paramsOf(id, { folder: '/srv/m' }), id).toMatchObject({ directory: '/srv/m' });
  });

  it('trap 13: the redirect URI is that of this server, and the field has the name that Mastodon knows', async () => {
    const { values } = (await paramsOf('settings', { ...OIDC, domain: 'm.example.org' })) as {
      values: Readonly<Record<string, unknown>>;
    };
    expect(values).toMatchObject({
      OIDC_REDIRECT_URI: 'https://m.example.org/auth/auth/openid_connect/callback',
      OIDC_UID_FIELD: 'preferred_username',
      OIDC_ENABLED: true,
    });
    expect(Object.keys(values)).not.toContain('OIDC_UID_ID');
    const { values: without } = (await paramsOf('settings')) as { values: Readonly<Record<string, unknown>> };
    const ours = Object.keys(values).filter((name) => /^OIDC_|^OMNIAUTH_/.test(name));
    expect(ours).toHaveLength(11);
    for (const name of ours) expect(without[name], name).toBeNull();
    expect(String((await paramsOf('sso_client', { ...OIDC, domain: 'm.example.org' })).markdown)).toContain(
      'https://m.example.org/auth/auth/openid_connect/callback',
    );
  });

  it.each(['apache_site', 'nginx_site'])(
    'trap 14: %s keeps the path of streaming, and of .well-known only the answers to ACME challenges',
    async (id) => {
      const site = await paramsOf(id);
      expect(site).toMatchObject({
        acme: '/var/www/dehydrated',
        routes: [
          { path: '/', proxy: 'http://127.0.0.1:3333/' },
          { path: '/api/v1/streaming', proxy: 'http://127.0.0.1:4444/api/v1/streaming', websocket: true, buffering: false },
        ],
      });
      expect(site.extra).toBeUndefined();
    },
  );

  it('trap 15: no command of a task needs a terminal', () => {
    const acts = recipe.tasks.flatMap(({ steps }) => steps).filter(({ uses }) => uses === 'container.dialog');
    expect(acts).toEqual([]);
  });

  it.each([
    ['without', ''],
    ['with', '12/12 |==================| Time: 00:00:00 \n'],
  ])('trap 15: the figures of a purge are read %s a bar before them', async (_, bar) => {
    const asked = { days: 7, dry_run: false };
    const figures = async (id: string, printed: string) => {
      const { output } = (await taskParamsOf('purge', id, asked)) as { output: Readonly<Record<string, string>> };
      return Object.fromEntries(
        Object.entries(output).map(([name, pattern]) => [name, new RegExp(pattern, 'm').exec(`${bar}${printed}`)?.[1]]),
      );
    };
    expect(await figures('cards', 'Removed 12 preview cards (approx. 3.4 MB)')).toEqual({ number: '12', size: '3.4 MB' });
    expect(await figures('media', 'Removed 0 media attachments (approx. 0 Bytes) (DRY RUN)')).toEqual({
      number: '0',
      size: '0 Bytes',
    });
    expect((await taskParamsOf('purge', 'media', { ...asked, dry_run: true })).argv).toEqual([
      'bin/tootctl',
      'media',
      'remove',
      '--days',
      '7',
      '--dry-run',
    ]);
  });

  it.each([
    ['nobody', { mail: 'none' }, { SMTP_SERVER: 'localhost', SMTP_PORT: 25, SMTP_AUTH_METHOD: 'none', SMTP_LOGIN: null }],
    [
      'a server without a login',
      { mail: 'smtp', smtp_host: 'smtp.darkstar.lan' },
      { SMTP_SERVER: 'smtp.darkstar.lan', SMTP_AUTH_METHOD: 'none', SMTP_ENABLE_STARTTLS: 'always' },
    ],
    [
      'a server with one',
      { mail: 'smtp', smtp_host: 'a.org', smtp_user: 'me', smtp_password: 'mail-secret', smtp_encryption: 'tls', smtp_port: 465 },
      {
        SMTP_LOGIN: 'me',
        SMTP_AUTH_METHOD: 'plain',
        SMTP_OPENSSL_VERIFY_MODE: 'peer',
        SMTP_TLS: true,
        SMTP_ENABLE_STARTTLS: 'never',
      },
    ],
    [
      'this host',
      { mail: 'host', smtp_host: 'a.org' },
      { SMTP_LOGIN: 'mastodon-mail', SMTP_AUTH_METHOD: 'plain', SMTP_ENABLE_STARTTLS: 'always' },
    ],
  ])('trap 16: of mail by %s the method is `none` where there is no login', async (_, given, wanted) => {
    expect((await paramsOf('settings', given as Readonly<Record<string, Json>>)).values).toMatchObject(wanted);
  });

  it('no network is trusted by Postfix without a login, and who sends mails knows the name of this host', async () => {
    expect(Object.keys(await paramsOf('mail_relay', { mail: 'host', smtp_host: 'a.org' })).sort()).toEqual([
      'account',
      'port',
      'tls',
    ]);
    const written = parse(
      await fileOf('compose_file', { mail: 'host', smtp_host: 'smtp.example.org', subnet: '10.9.8.0/24' }),
    ) as Compose;
    for (const name of ['web', 'sidekiq'])
      expect(written.services[name]?.extra_hosts, name).toEqual(['smtp.example.org:10.9.8.1']);
    expect(service('web').extra_hosts).toEqual([]);
  });

  it('trap 18: addresses from Keycloak are not believed unless somebody says so, who was warned', async () => {
    expect((await paramsOf('settings', { ...OIDC })).values).toMatchObject({ OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED: false });
    expect(inputOf('oidc_trust_email')?.explain).toContain('takes over the account');
  });

  it('trap 19: a login by Keycloak alone is a choice, not a consequence', async () => {
    expect((await paramsOf('settings', { ...OIDC })).values).toMatchObject({ OMNIAUTH_ONLY: false });
    expect((await paramsOf('settings', { ...OIDC, oidc_only: true })).values).toMatchObject({ OMNIAUTH_ONLY: true });
  });

  it('each step that differs from the article says so', () => {
    const ids = ['data_folders', 'role', 'external_network', 'compose_file', 'search_file', 'stores'];
    for (const id of [...ids, 'setup_container', 'wizard', 'settings', 'mail_relay', 'up', 'apache_site']) {
      expect(stepOf(id).explain, id).toBeDefined();
    }
  });
});
