import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createFairlead, type Fairlead } from '../../../src/testing/fairlead-process.ts';
import { freePort, freeSubnet } from '../../../src/testing/free-room.ts';

const exec = promisify(execFile);

/** Runs the docker program. */
export const docker = (...args: string[]) => exec('docker', args);

/** A lighthouse of one test's own: its name, folder, port and subnet are nobody else's. */
export interface Lighthouse {
  readonly name: string;
  /** A folder of its own, there before anything is installed; `folder` or what `folder` lies in. */
  readonly place: string;
  readonly folder: string;
  readonly fairlead: Fairlead;
  readonly values: { readonly folder: string; readonly port: number; readonly subnet: string; readonly admin_email: string };
  /** The same as options of the command line, with the deployment's name. */
  readonly inputs: readonly string[];
}

/** Names it and finds room for it; nothing is installed yet. Its folder is there, or with `bare` still to be made. */
export async function createLighthouse({ bare = false } = {}): Promise<Lighthouse> {
  const name = `lh-${randomBytes(4).toString('hex')}`;
  const place = await mkdtemp('/srv/fairlead-test-');
  const folder = bare ? join(place, 'lighthouse') : place;
  const values = { folder, port: await freePort(), subnet: await freeSubnet(), admin_email: 'keeper@lighthouse.lan' };
  return {
    name,
    place,
    folder,
    fairlead: await createFairlead(),
    values,
    inputs: ['--name', name, ...Object.entries(values).flatMap(([key, value]) => ['--input', `${key}=${value}`])],
  };
}

/** Removes all of it, however far it came. */
export async function removeLighthouse({ name, place, fairlead }: Lighthouse): Promise<void> {
  const quietly = (promise: Promise<unknown>) => promise.catch(() => undefined);
  await quietly(docker('rm', '-f', '-v', name));
  await quietly(docker('volume', 'rm', '-f', `${name}_ledger`));
  await quietly(docker('network', 'rm', `${name}.lan`));
  await quietly(docker('rmi', '-f', `fairlead/${name}:1.0.0`));
  await quietly(exec('userdel', [name]));
  await quietly(exec('groupdel', [name]));
  await rm(place, { recursive: true, force: true });
  await fairlead.cleanUp();
}

/** The lines of its ledger. */
export async function ledgerOf({ name }: Lighthouse): Promise<readonly string[]> {
  const { stdout } = await docker('exec', name, '/bin/cat', '/data/ledger');
  return stdout.split('\n').filter((line) => line !== '');
}

/** How often the service was started since its container was made, by its own log. */
export async function startsOf({ name }: Lighthouse): Promise<number> {
  const { stdout } = await docker('logs', name);
  return stdout.split('\n').filter((line) => line.includes('lighthouse is lit')).length;
}
