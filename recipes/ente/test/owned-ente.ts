import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { JournalEvent } from '../../../src/model/events.ts';
import type { Json } from '../../../src/model/json.ts';
import { type EnteImages, enteCliRepository, enteImages } from '../../../src/testing/ente/ente-images.ts';
import { createPhone, type EntePhone } from '../../../src/testing/ente/ente-phone.ts';
import { createFairlead, type Fairlead } from '../../../src/testing/fairlead-process.ts';
import { freePorts, freeSubnet } from '../../../src/testing/free-room.ts';

const exec = promisify(execFile);

/** Runs the docker program. */
export const docker = (...args: string[]) => exec('docker', args);

/** The password of the first account; what a shell, compose and a terminal could take for more than a character is in it. */
export const PASSWORD = `Corr$ct 'horse' "battery"`;

/** An Ente of one test's own: its name, folders, ports, subnet and images are nobody else's. */
export interface OwnedEnte {
  readonly name: string;
  /** A folder of its own that all of it lies in. */
  readonly place: string;
  readonly folder: string;
  readonly data: string;
  readonly fairlead: Fairlead;
  readonly images: EnteImages;
  readonly values: Readonly<Record<string, Json>>;
  /** The options of `run` and `plan`, with `--name` and the file of its inputs; `more` are given instead of its own values. */
  args(more?: Readonly<Record<string, Json>>): Promise<readonly string[]>;
  /** A new phone, which knows the server. */
  phone(): EntePhone;
}

/** How it is made. */
export interface OwnedEnteOptions {
  /** The day on which its release of museum came out; see `enteImages`. */
  readonly release?: string;
  /** Inputs of the recipe that differ from the usual ones here: a web server that is looked after by hand, a token chosen before. */
  readonly given?: Readonly<Record<string, Json>>;
}

/** Makes its images and finds room for it; nothing is installed yet. */
export async function createEnte({ release, given = {} }: OwnedEnteOptions = {}): Promise<OwnedEnte> {
  const name = `ente-${randomBytes(4).toString('hex')}`;
  const images = await enteImages(release === undefined ? {} : { release });
  const place = await mkdtemp('/srv/fairlead-test-');
  const [folder, data, repository] = [join(place, 'settings'), join(place, 'data'), join(place, 'repository')];
  const [museum_port = 0, web_port = 0, minio_port = 0, minio_console_port = 0] = await freePorts(4);
  await enteCliRepository(repository, images.base);
  const values: Readonly<Record<string, Json>> = {
    proxy: 'none',
    admin_email: 'Me@Home.lan',
    account_password: PASSWORD,
    first_token: '424242',
    folder,
    data,
    subnet: await freeSubnet(),
    museum_port,
    web_port,
    minio_port,
    minio_console_port,
    server_image: images.server,
    web_image: images.web,
    postgres_image: images.postgres,
    minio_image: images.minio,
    mc_image: images.mc,
    health_interval: '2s',
    source_url: repository,
    ...given,
  };
  const args: OwnedEnte['args'] = async (more = {}) => {
    const file = join(place, 'inputs.yaml');
    await writeFile(file, stringify({ ...values, ...more }), { mode: 0o600 });
    return ['ente', '--name', name, '--inputs', file];
  };
  const phone = () => createPhone(`http://127.0.0.1:${museum_port}`);
  return { name, place, folder, data, fairlead: await createFairlead(), images, values, args, phone };
}

/** Removes all of it, however far it came. */
export async function removeEnte({ name, place, fairlead, images }: OwnedEnte): Promise<void> {
  const quietly = (promise: Promise<unknown>) => promise.catch(() => undefined);
  const containers = ['postgres', 'minio', 'provision', 'museum', 'web', 'cli'].map((service) => `${name}-${service}`);
  await quietly(docker('rm', '-f', '-v', ...containers));
  await quietly(docker('network', 'rm', `${name}.lan`));
  await quietly(docker('rmi', '-f', `${name}-cli:cli-v0.2.3`));
  await quietly(images.cleanUp());
  await rm(place, { recursive: true, force: true });
  await fairlead.cleanUp();
}

/**
 * The phone of whoever reads the lines of `--json`: asks for a token once the run waits for one, and registers with the one that
 * the run caught. Answers what watches the lines, and when the account is there.
 */
export function registering(ente: OwnedEnte, password: string = PASSWORD) {
  const phone = ente.phone();
  const email = String(ente.values.admin_email);
  const { promise: registered, resolve, reject } = Promise.withResolvers<string>();
  // Whoever doesn't ask how it went must not be told by the process.
  registered.catch(() => undefined);
  const onLine = (line: string): void => {
    const event = JSON.parse(line) as JournalEvent;
    if (event.type === 'step.started' && event.step === 'token') phone.askForToken(email).catch(reject);
    if (event.type !== 'step.finished' || event.step !== 'token') return;
    phone.register(email, String(event.carried?.outputs.code), password).then(resolve, reject);
  };
  return { phone, registered, onLine };
}
