import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Json } from '../../../src/model/json.ts';
import { createFairlead, type Fairlead } from '../../../src/testing/fairlead-process.ts';
import { freePort } from '../../../src/testing/free-room.ts';
import { type MmlImages, mmlImages } from '../../../src/testing/mml/mml-images.ts';

const exec = promisify(execFile);

/** Runs the docker program. */
export const docker = (...args: string[]) => exec('docker', args);

/** The password of the first admin; what a shell, compose and a terminal could take for more than a character is in it. */
export const PASSWORD = `Corr$ct 'horse' "battery"`;

/** The host name of all of them: it is known in each one's own network only. */
export const DOMAIN = 'medialib.home.lan';

/** A My Media Lib of one test's own: its name, user, folder, port and images are nobody else's. */
export interface OwnedMml {
  readonly name: string;
  readonly place: string;
  readonly folder: string;
  readonly user: string;
  readonly fairlead: Fairlead;
  readonly images: MmlImages;
  readonly values: Readonly<Record<string, Json>>;
  /** The options of `run` and `plan`, with `--name` and the file of its inputs. */
  args(): Promise<readonly string[]>;
}

/** Makes its images and finds room for it; nothing is installed yet. `given` are inputs of its own, `place` the folder of all of it. */
export async function createMml(
  given: (place: string) => Readonly<Record<string, Json>> | Promise<Readonly<Record<string, Json>>> = () => ({}),
): Promise<OwnedMml> {
  const id = randomBytes(4).toString('hex');
  const [name, user] = [`mml-${id}`, `mml${id}`];
  const images = await mmlImages();
  const place = await mkdtemp('/srv/fairlead-test-');
  const folder = join(place, 'medialib');
  const values: Readonly<Record<string, Json>> = {
    domain: DOMAIN,
    ssl_port: await freePort(),
    admin_password: PASSWORD,
    folder,
    user,
    uid: randomInt(30_000, 59_000),
    postgres_image: images.postgres,
    redis_image: images.redis,
    rabbitmq_image: images.rabbitmq,
    nginx_image: images.nginx,
    identity_image: images.identity,
    media_image: images.media,
    health_interval: '2s',
    ...(await given(place)),
  };
  const args: OwnedMml['args'] = async () => {
    const file = join(place, 'inputs.yaml');
    await writeFile(file, stringify(values), { mode: 0o600 });
    return ['mml', '--name', name, '--inputs', file];
  };
  return { name, place, folder, user, fairlead: await createFairlead(), images, values, args };
}

/** Removes all of it, however far it came. */
export async function removeMml({ name, place, user, fairlead, images }: OwnedMml): Promise<void> {
  const quietly = (promise: Promise<unknown>) => promise.catch(() => undefined);
  const services = ['db', 'cache', 'mbus', 'identity', 'media', 'reverseproxy'];
  for (const deployment of [name, `${name}-restore-test`]) {
    await quietly(docker('rm', '-f', '-v', ...services.map((service) => `wekode.${deployment}.${service}`)));
    await quietly(docker('network', 'rm', `wekode.${deployment}`));
  }
  await quietly(images.cleanUp());
  await quietly(exec('userdel', [user]));
  await quietly(exec('groupdel', [user]));
  await rm(place, { recursive: true, force: true });
  await fairlead.cleanUp();
}
