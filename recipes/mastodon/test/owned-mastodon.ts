import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Json } from '../../../src/model/json.ts';
import { createFairlead, type Fairlead } from '../../../src/testing/fairlead-process.ts';
import { freePorts, freeSubnet } from '../../../src/testing/free-room.ts';
import {
  type MastodonImages,
  type MastodonImagesOptions,
  mastodonImages,
} from '../../../src/testing/mastodon/mastodon-images.ts';

const exec = promisify(execFile);

/** Runs the docker program. */
export const docker = (...args: string[]) => exec('docker', args);

/** A Mastodon of one test's own: its name, folders, ports, subnet and images are nobody else's. */
export interface OwnedMastodon {
  /** The deployment's name, and what the names of its containers and networks begin with. */
  readonly name: string;
  /** A folder of its own that all of it lies in. */
  readonly place: string;
  readonly folder: string;
  readonly data: string;
  readonly fairlead: Fairlead;
  readonly images: MastodonImages;
  readonly values: Readonly<Record<string, Json>>;
  /** The options of `run` and `plan`, with `--name` and the file of its inputs; `more` are given instead of its own values. */
  args(more?: Readonly<Record<string, Json>>): Promise<readonly string[]>;
  /** What a program in one of its containers prints. */
  inside(service: string, ...argv: string[]): Promise<string>;
  /** A statement as `postgres` in the database of the server; answers what it gives, without spaces around. */
  sql(statement: string): Promise<string>;
  /** Logs in at its web as a browser behind the proxy does; answers the status: 302 is welcome, 422 is not. */
  signIn(email: string, password: string): Promise<number>;
}

/** Makes its images and finds room for it; nothing is installed yet. */
export async function createMastodon(
  given: Readonly<Record<string, Json>> = {},
  options: MastodonImagesOptions = {},
): Promise<OwnedMastodon> {
  const name = `mstdn-${randomBytes(4).toString('hex')}`;
  const images = await mastodonImages(options);
  const place = await mkdtemp('/srv/fairlead-test-');
  const [folder, data] = [join(place, 'settings'), join(place, 'data')];
  const [web_port = 0, streaming_port = 0, redis_port = 0] = await freePorts(3);
  const values: Readonly<Record<string, Json>> = {
    prefix: name,
    domain: 'social.darkstar.lan',
    admin_name: 'captain',
    admin_email: 'captain@darkstar.lan',
    proxy: 'none',
    folder,
    data,
    subnet: await freeSubnet(),
    web_port,
    streaming_port,
    redis_port,
    mastodon_image: images.mastodon,
    streaming_image: images.streaming,
    postgres_image: images.postgres,
    redis_image: images.redis,
    elasticsearch_image: images.elasticsearch,
    health_interval: '2s',
    ...given,
  };
  const args: OwnedMastodon['args'] = async (more = {}) => {
    const file = join(place, 'inputs.yaml');
    await writeFile(file, stringify({ ...values, ...more }), { mode: 0o600 });
    return ['mastodon', '--name', name, '--inputs', file];
  };
  const inside = async (service: string, ...argv: string[]) => (await docker('exec', `${name}_${service}`, ...argv)).stdout;
  const sql = async (statement: string): Promise<string> => {
    const psql = ['psql', '-XAtq', '-U', 'postgres', '-d', 'mastodon', '-c', statement];
    return (await inside('postgres', ...psql)).trim();
  };
  const signIn = async (email: string, password: string): Promise<number> => {
    const form = ['--data-urlencode', `user[email]=${email}`, '--data-urlencode', `user[password]=${password}`];
    const headers = ['-H', `Host: ${values.domain}`, '-H', 'X-Forwarded-Proto: https'];
    const options = ['-s', '-o', '/dev/null', '-w', '%{http_code}', ...headers, ...form];
    return Number((await exec('curl', [...options, `http://127.0.0.1:${web_port}/auth/sign_in`])).stdout);
  };
  return { name, place, folder, data, fairlead: await createFairlead(), images, values, args, inside, sql, signIn };
}

/** Removes all of it, however far it came. */
export async function removeMastodon({ name, place, fairlead, images }: OwnedMastodon): Promise<void> {
  const quietly = (promise: Promise<unknown>) => promise.catch(() => undefined);
  const services = ['bootstrap', 'setup', 'migrate', 'web', 'streaming', 'sidekiq', 'es', 'redis', 'postgres'];
  const beside = ['web', 'redis', 'postgres'].map((service) => `${name}_restore_test_${service}`);
  await quietly(docker('rm', '-f', '-v', ...services.map((service) => `${name}_${service}`), ...beside));
  for (const network of ['external_network', 'internal_network', 'restore_test']) {
    await quietly(docker('network', 'rm', `${name}_${network}`));
  }
  await quietly(docker('volume', 'rm', `${name}-restore-test_postgres`));
  await quietly(images.cleanUp());
  await rm(place, { recursive: true, force: true });
  await fairlead.cleanUp();
}
