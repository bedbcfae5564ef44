import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRecipeFolder } from '../../../src/cli/read-recipe.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Recipe, RecipeStep } from '../../../src/model/recipe.ts';
import { resolveInputs } from '../../../src/recipe/inputs.ts';
import { mmlInputs } from '../../../src/testing/generated-files.ts';
import { fileOf, paramsOf, plain } from './rendered.ts';

/** What the recipe's source gets wrong, and what the recipe does instead. */
interface Service {
  readonly image: string;
  readonly user?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: { readonly mml: { readonly aliases: readonly string[] } };
  readonly depends_on?: unknown;
  readonly hostname?: string;
  readonly healthcheck?: unknown;
}

type Settings = Readonly<Record<string, unknown>>;

const folder = fileURLToPath(new URL('..', import.meta.url));

let recipe: Recipe;
let text = '';
let compose: { readonly services: Readonly<Record<string, Service>>; readonly networks: unknown };
let identity: Settings;
let media: Settings;
/** All steps, of secrets and tasks too, that call the program of the identity service; as they are written. */
let calls: readonly { readonly uses: string }[];

beforeAll(async () => {
  const steps: { readonly uses: string }[] = [];
  for await (const file of glob('{recipe,tasks/*,steps/*}.yaml', { cwd: folder })) {
    steps.push(...stepsIn(parse(await readFile(join(folder, file), 'utf8'))));
  }
  calls = steps.filter((step) => JSON.stringify(step).includes('Identity.CLI'));
  recipe = await readRecipeFolder(folder);
  text = await fileOf('compose_file');
  compose = parse(text) as typeof compose;
  identity = (await paramsOf('identity_settings')).set as Settings;
  media = (await paramsOf('media_settings')).set as Settings;
});

/** What has a `uses`, however deep it lies. */
function stepsIn(value: unknown): readonly { readonly uses: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return 'uses' in value ? [value as { readonly uses: string }] : Object.values(value).flatMap(stepsIn);
}

/** The inputs that are not as they must be. */
const refused = (given: Readonly<Record<string, Json>>): readonly string[] =>
  resolveInputs(recipe, { ...mmlInputs, ...given }, {}).problems.map(({ name }) => name);

const stepOf = (id: string): RecipeStep => recipe.steps.find((step) => step.id === id) as RecipeStep;
const at = (id: string): number => recipe.steps.findIndex((step) => step.id === id);
const service = (name: string): Service => compose.services[name] as Service;
const secretOf = (name: string) => recipe.secrets.find((secret) => secret.name === name);
/** Which secret a param of a step is made of, as the recipe says it. */
const mentions = (id: string): readonly string[] =>
  stepOf(id).params.references.flatMap(({ root, name }) => (root === 'secrets' && name !== undefined ? [name] : []));

describe('the secrets of mml', () => {
  it('app keys and the client of the media service are GUIDs', () => {
    for (const name of ['admin_app_key', 'app_key', 'api_client_id', 'api_client_secret']) {
      expect(secretOf(name), name).toMatchObject({ generate: 'uuid' });
    }
  });

  it('what goes through a shell, SQL, a connection string or an ini file holds letters and digits only', () => {
    for (const name of [
      'db_root_password',
      'identity_db_password',
      'media_db_password',
      'redis_password',
      'rabbitmq_password',
      'tls_pfx_password',
    ]) {
      expect(secretOf(name), name).toMatchObject({ generate: 'alphanumeric', length: 32 });
    }
  });

  it('each can be rotated, by itself or with what it is made of', () => {
    for (const { name, of, rotate } of recipe.secrets) expect(rotate ?? of, name).toBeDefined();
  });

  it('no password of data that is there is made anew silently', () => {
    for (const name of ['db_root_password', 'identity_db_password', 'media_db_password', 'rabbitmq_password']) {
      expect(secretOf(name)?.keeps, name).toBeDefined();
    }
  });
});

describe('what must agree in mml', () => {
  it('both services have the same issuer, with the port and a slash at its end', () => {
    expect(identity['/OpenId/Issuer']).toBe('https://medialib.darkstar.lan:5555/');
    expect(media['/OpenId/Issuer']).toBe(identity['/OpenId/Issuer']);
  });

  it('both name the same file for encryption', () => {
    expect(media['/OpenId/EncryptionCert']).toBe(identity['/OpenId/EncryptionCert']);
  });

  it('each secret is in those files that must agree in it, and in no other', () => {
    const where = (name: string): readonly string[] =>
      recipe.steps.map(({ id }) => id).filter((id) => mentions(id).includes(name));
    expect(where('redis_password')).toEqual(['redis_conf', 'identity_settings']);
    expect(where('rabbitmq_password')).toEqual(['rabbitmq_conf', 'identity_settings', 'media_settings']);
    expect(where('identity_db_password')).toEqual(['identity_conf', 'identity_settings']);
    expect(where('media_db_password')).toEqual(['media_conf', 'media_settings']);
    expect(where('api_client_secret')).toEqual(['identity_settings', 'media_settings']);
    expect(where('admin_app_key')).toEqual(['identity_settings', 'media_settings']);
  });

  it('databases, their owners and the user of RabbitMQ have one home each', async () => {
    const given = { identity_db: 'ident', media_db: 'songs', rabbitmq_user: 'bunny' };
    const set = async (id: string) => (await paramsOf(id, given)).set as Settings;
    const [ident, songs] = [await set('identity_settings'), await set('media_settings')];
    expect(plain((await paramsOf('identity_conf', given)).content)).toContain('IDENTITY_DB=ident\nIDENTITY_USR=ident\n');
    expect(plain(ident['/ConnectionStrings/IdentityConnection'])).toContain(';Database=ident;User Id=ident;');
    expect(plain((await paramsOf('media_conf', given)).content)).toContain('MEDIA_DB=songs\nMEDIA_USR=songs\n');
    expect(plain(songs['/ConnectionStrings/MediaConnection'])).toContain(';Database=songs;User Id=songs;');
    expect(await fileOf('rabbitmq_conf', given)).toContain('default_user = bunny\n');
    for (const settings of [ident, songs]) expect(settings['/MassTransit/User']).toBe('bunny');
  });
});

/** Each is a trap of the source, by the number that it has in our notes on it; what the real servers must show is in the real tests. */
describe('the traps of the source', () => {
  it('trap 1 and 6: certs is a folder and not a file, and db/initdb.d is made', async () => {
    const { paths } = (await paramsOf('folders')) as { paths: readonly string[] };
    expect(paths).toEqual(expect.arrayContaining(['/srv/medialib/certs', '/srv/medialib/db/initdb.d']));
  });

  it('trap 2: certificates are mounted where all four settings look for them', () => {
    for (const name of ['identity', 'media']) expect(service(name).volumes).toContain('/srv/medialib/certs:/certs:ro');
    for (const settings of [identity, media]) {
      expect(settings['/TLS/Cert']).toBe('/certs/medialib.darkstar.lan.pfx');
      expect(settings['/OpenId/EncryptionCert']).toBe('/certs/identity.encrypt.pfx');
    }
    expect(identity['/OpenId/SigningCert']).toBe('/certs/identity.sign.pfx');
  });

  it('trap 3: the authorities of the image stay visible, ours beside them, and the domain leads to nginx in the network', () => {
    expect(text).not.toMatch(/:\/etc\/ssl\/certs(:|$)/m);
    for (const name of ['identity', 'media']) {
      expect(service(name).volumes).toContain('/srv/medialib/certs/medialib.darkstar.lan.crt:/etc/ssl/certs/wekode-mml.crt:ro');
    }
    expect(service('reverseproxy').networks.mml.aliases).toContain('medialib.darkstar.lan');
    expect(service('reverseproxy').ports).toEqual(['5555:5555']);
  });

  it('trap 4: Redis listens on the port that the connection string names, without TLS', async () => {
    expect(await fileOf('redis_conf')).toMatch(/^port 6379$/m);
    expect(plain(identity['/ConnectionStrings/DistributedCache'])).toBe('wekode.mml.cache:6379,password=<redis_password>');
  });

  it('trap 5: the folder is mounted that the scripts for the databases are in, and they are seen to have run', async () => {
    expect(service('db').volumes).toContain('/srv/medialib/db/initdb.d:/docker-entrypoint-initdb.d:ro');
    expect((await paramsOf('identity_db')).path).toBe('/srv/medialib/db/initdb.d/identity-db.sh');
    expect(await paramsOf('databases')).toMatchObject({ success: 'databases: 2' });
    expect(at('databases')).toBe(at('up_db') + 1);
  });

  it('trap 7: the superuser of the database has a name and a password, for that user alone', async () => {
    expect(await fileOf('db_user')).toBe('postgres\n');
    expect(await fileOf('db_password')).toBe('<db_root_password>\n');
    for (const id of ['db_user', 'db_password']) expect(await paramsOf(id)).toMatchObject({ owner: '1001:1001', mode: '0600' });
  });

  it('trap 8: every file is there before anything starts, and services start in the order in which they need each other', () => {
    const starts = recipe.steps.filter(({ uses }) => uses === 'compose.up').map(({ id }) => id);
    expect(starts).toEqual(['up_db', 'up_cache', 'up_mbus', 'up_identity', 'up_media', 'up_proxy']);
    for (const { uses, id } of recipe.steps) {
      if (uses === 'host.file' || uses === 'file.json') expect(at(id), id).toBeLessThan(at('up_db'));
    }
    for (const { depends_on } of Object.values(compose.services)) expect(depends_on).toBeUndefined();
  });

  it('trap 8: nothing in the compose file is a variable, which could be blank and mount the whole folder', () => {
    expect(text.replaceAll('$$', '')).not.toContain('$');
  });

  it('trap 8: nginx starts without the services, since each address is in a variable', async () => {
    const conf = await fileOf('proxy_conf');
    const addresses = [...conf.matchAll(/proxy_pass (\S+);/g)].map(([, address]) => address);
    expect(addresses).toHaveLength(4);
    for (const address of addresses) expect(address).toMatch(/^\$(identity|media)$/);
    expect(conf).toContain('resolver 127.0.0.11');
  });

  it('trap 9: every image is pinned, and one without a version is refused', () => {
    for (const [name, { image }] of Object.entries(compose.services)) expect(image, name).toMatch(/:\d+(\.\d+)*$/);
    for (const { name } of recipe.inputs.filter((input) => input.name.endsWith('_image'))) {
      for (const blank of ['w3kod3/wekode.mml.identity:', 'postgres', 'registry:5000/postgres']) {
        expect(refused({ [name]: blank }), blank).toEqual([name]);
      }
      for (const full of ['registry:5000/postgres:15', 'postgres@sha256:0a1b'])
        expect(refused({ [name]: full }), full).toEqual([]);
    }
  });

  it('trap 10: all of it lies in the one folder that was asked for', async () => {
    const moved = { folder: '/data/library' };
    const files = await Promise.all(
      ['compose_file', 'identity_settings', 'media_settings', 'proxy_conf'].map((id) => paramsOf(id, moved)),
    );
    for (const { path } of files) expect(path).toMatch(/^\/data\/library\//);
    const mounted = await fileOf('compose_file', moved);
    expect(mounted).not.toMatch(/\/srv\/medialib|\/home\//);
  });

  it('trap 11: nobody is put into the group where nobody is named', async () => {
    expect(stepOf('operator').when).toBeDefined();
    expect(await paramsOf('operator', { operator: 'jane' })).toMatchObject({ argv: ['usermod', '-a', '-G', 'mml', 'jane'] });
  });

  it('trap 12: nothing is removed from the host, and an engine that is there is left alone', () => {
    expect(stepOf('docker').uses).toBe('docker.engine');
    expect(recipe.steps.filter(({ uses }) => uses === 'host.package').map(({ id }) => id)).toEqual(['openssl']);
  });

  it('trap 13: certs and what is in it belong to the user of the services, and Redis to that of its image', async () => {
    expect(await paramsOf('folders')).toMatchObject({ owner: '1001:1001', mode: '0750' });
    for (const id of ['key', 'pfx', 'sign', 'encrypt'])
      expect(await paramsOf(id)).toMatchObject({ owner: '1001:1001', mode: '0640' });
    expect(await paramsOf('cache_folder')).toMatchObject({ owner: '999:999' });
  });

  it('trap 14: RabbitMQ has a user, who is not guest', async () => {
    expect(await fileOf('rabbitmq_conf')).toMatch(/^default_user = mml\ndefault_pass = <rabbitmq_password>$/m);
    expect(refused({ rabbitmq_user: 'guest' })).toEqual(['rabbitmq_user']);
    expect(refused({ rabbitmq_user: 'guests' })).toEqual([]);
  });

  it('trap 15: RabbitMQ is not told to have a plugin that its image lacks, and its list ends as it must', async () => {
    const plugins = await fileOf('rabbitmq_plugins');
    expect(plugins).toMatch(/\]\.\n$/);
    expect(plugins).not.toContain('delayed_message');
  });

  it('trap 16: what RabbitMQ knows outlives its container', () => {
    expect(service('mbus').volumes).toContain('/srv/medialib/mbus/data:/var/lib/rabbitmq');
    expect(service('mbus')).toHaveProperty('hostname');
    expect(secretOf('rabbitmq_password')?.keeps).toBeDefined();
  });

  it("trap 17: the media service's settings are in its own file", async () => {
    expect((await paramsOf('media_settings')).path).toBe('/srv/medialib/media/appsettings.json');
    expect(service('media').volumes).toContain('/srv/medialib/media/appsettings.json:/configs/appsettings.json:ro');
  });

  it('trap 18: no name is misspelt, and none has a backslash', async () => {
    expect((await paramsOf('proxy_conf')).path).toBe('/srv/medialib/proxy/default.conf');
    expect((await paramsOf('rabbitmq_conf')).path).toBe('/srv/medialib/mbus/rabbitmq.conf');
    expect(text).not.toContain('\\');
  });

  it('trap 19: nginx asks the services by the names that they have in the network', async () => {
    const conf = await fileOf('proxy_conf');
    for (const [name, port] of [
      ['identity', 5051],
      ['media', 5052],
    ] as const) {
      expect(conf).toContain(`set $${name} https://wekode.mml.${name}:${port};`);
      expect(service(name).networks.mml.aliases).toContain(`wekode.mml.${name}`);
    }
  });

  it('trap 20: the address of a visitor has one dollar, and nothing is left for another program to fill in', async () => {
    const conf = await fileOf('proxy_conf');
    expect(conf).toContain('limit_req_zone $binary_remote_addr ');
    expect(conf).not.toMatch(/\$\$|\$\{/);
  });

  it('trap 21: health is asked with GET, and of nginx as of any app: 401 without the key, 200 with it and the issuer', async () => {
    expect(await fileOf('proxy_conf')).toContain('(GET|OPTIONS|POST|DELETE)');
    for (const id of ['refuses', 'identity', 'media']) expect((await paramsOf(id)).method, id).toBeUndefined();
    expect(await paramsOf('refuses')).toMatchObject({ status: 401, resolve: '127.0.0.1' });
    expect(await paramsOf('identity')).toMatchObject({ json: { '/issuer': 'https://medialib.darkstar.lan:5555/' } });
  });

  it('trap 22: the program is called, and not an alias of an interactive shell', () => {
    expect(calls.length).toBeGreaterThan(8);
    for (const call of calls) expect(JSON.stringify(call)).toMatch(/dotnet(","| )\/app\/cli\/Identity\.CLI\.dll/);
  });

  it('trap 23: the first admin is made at a terminal, with a password that is asked for twice and has no key in it that would end it', async () => {
    expect(stepOf('admin').uses).toBe('container.dialog');
    const { script } = (await paramsOf('admin')) as { script: readonly { expect: string }[] };
    expect(script.map(({ expect: prompt }) => prompt)).toEqual([
      'Enter username of admin:',
      'Enter user password:',
      'Repeat user password:',
    ]);
    for (const password of ['too short', 'correct horse\u007f', 'correct horse\b', 'correct horse\r']) {
      expect(refused({ admin_password: password }), JSON.stringify(password)).toEqual(['admin_password']);
    }
  });

  it('trap 24: the program is judged by its words, since it ends with 0 whatever came of it', async () => {
    const { success, failure } = (await paramsOf('admin')) as { success: string; failure: Readonly<Record<string, string>> };
    expect('User admin created.').toMatch(new RegExp(success));
    for (const words of [
      'User already exists. Start again.',
      'Unhandled exception! Npgsql',
      'Unknown command. Please try again.',
    ]) {
      expect(words).not.toMatch(new RegExp(success));
      expect(
        Object.keys(failure).some((pattern) => new RegExp(pattern).test(words)),
        words,
      ).toBe(true);
    }
  });

  it('trap 25: a client is seen to be there before it is removed, and to be gone afterwards', () => {
    const task = recipe.tasks.find(({ name }) => name === 'admin-remove');
    expect(task?.steps.map(({ id }) => id)).toEqual(['there', 'remove', 'gone']);
  });

  it('trap 26: the two certificates of tokens have no password, are of 4096 bits, and are for signing and encryption', () => {
    expect(secretOf('sign_pfx')).toMatchObject({ generate: 'pkcs12', of: 'sign_certificate' });
    expect(secretOf('encrypt_pfx')).toMatchObject({ generate: 'pkcs12', of: 'encrypt_certificate' });
    for (const name of ['sign_pfx', 'encrypt_pfx']) expect(secretOf(name)).not.toHaveProperty('password');
    expect(secretOf('sign_certificate')).toMatchObject({ usage: 'signing', days: 18262 });
    expect(secretOf('encrypt_certificate')).toMatchObject({ usage: 'encryption', days: 18262 });
    for (const name of ['sign_private', 'encrypt_private']) expect(secretOf(name)).toMatchObject({ bits: 4096 });
  });

  it('trap 27 and 28: PostgreSQL and RabbitMQ answer before a service starts, and so before its program is called', async () => {
    for (const id of ['up_db', 'up_mbus']) {
      expect((await paramsOf(id)).wait, id).toBeDefined();
      expect(at(id)).toBeLessThan(at('up_identity'));
    }
    for (const name of ['db', 'cache', 'mbus', 'identity', 'media']) expect(service(name)).toHaveProperty('healthcheck');
    expect(at('up_identity')).toBeLessThan(at('admin'));
  });

  // Trap 29 is a missing `sudo` in one of the article's lines: a run is root's, or nobody's.

  it('trap 30: both services are of 1.x, and a program with another command line is noticed', () => {
    for (const name of ['identity', 'media']) expect(service(name).image).toMatch(/:1\./);
    for (const call of calls.filter(({ uses }) => uses.startsWith('container.'))) {
      expect(JSON.stringify(call)).toContain('Unknown command');
    }
  });
});

describe('around mml', () => {
  it('each step that differs from the article says so', () => {
    for (const id of [
      'docker',
      'folders',
      'imported',
      'sign',
      'db_password',
      'identity_db',
      'postgres_conf',
      'redis_conf',
      'rabbitmq_plugins',
      'rabbitmq_conf',
      'proxy_conf',
      'identity_settings',
      'media_settings',
      'compose_file',
      'databases',
      'refuses',
      'admin',
    ]) {
      expect(stepOf(id).explain, id).toBeDefined();
    }
  });

  it('PostgreSQL reads a file of the operator after ours', async () => {
    expect(await fileOf('postgres_conf')).toMatch(
      /^listen_addresses = '\*'\n(#.*\n)*include_if_exists = '\/configs\/own\.conf'\n$/m,
    );
    expect(service('db').volumes).toContain('/srv/medialib/db/config:/configs:ro');
  });
});
