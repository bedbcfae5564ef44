import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { DOMAIN, docker, type OwnedMml } from './owned-mml.ts';

/** What a client id looks like. */
export const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** The services of the compose file, in the order of their names. */
export const SERVICES = ['cache', 'db', 'identity', 'mbus', 'media', 'reverseproxy'];

/** A secret of the vault. */
export const secretOf = async (mml: OwnedMml, name: string): Promise<string> =>
  (await mml.fairlead.run('secrets', 'get', mml.name, name, '--reveal')).stdout.trim();

/** The ids of the admin apps' clients, as the identity service's program lists them. */
export const clientsOf = async (mml: OwnedMml): Promise<readonly string[]> =>
  (await docker('exec', `wekode.${mml.name}.identity`, 'dotnet', '/app/cli/Identity.CLI.dll', '-al')).stdout.match(GUID) ?? [];

/** What a statement answers, in the database of that name. */
export async function sql(mml: OwnedMml, database: string, statement: string): Promise<string> {
  const argv = ['psql', '-XAtq', '-U', 'postgres', '-d', database, '-c', statement];
  return (await docker('exec', `wekode.${mml.name}.db`, ...argv)).stdout.trim();
}

/** What came back through nginx. */
export interface Answer {
  readonly status: number;
  /** The SHA-256 fingerprint of the certificate that it came with. */
  readonly fingerprint: string;
}

/** Asks through nginx, as an app does; who vouches for the certificate is not looked at unless `ca` says so. */
export function ask(
  { values }: OwnedMml,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  ca?: string,
): Promise<Answer> {
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
  const options = { host: '127.0.0.1', port: Number(values.ssl_port), servername: DOMAIN, path, headers, agent: false, ...trust };
  return new Promise((resolve, reject) => {
    request(options, (answer) => {
      const { fingerprint256: fingerprint } = (answer.socket as TLSSocket).getPeerCertificate();
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, fingerprint });
    })
      .on('error', reject)
      .end();
  });
}

/** Each running container's id, by its service. */
export async function containersOf({ name }: OwnedMml): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await docker('ps', '--no-trunc', '--filter', `name=wekode.${name}.`, '--format', '{{.Names}} {{.ID}}');
  const lines = stdout.trim().split('\n').sort();
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0]?.split('.').at(-1), line.split(' ')[1]]));
}

/** The digest of each file that is no data, by its path in the folder. */
export async function settingsOf({ folder }: OwnedMml): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/\/(data|records)(\/|$)/.test(entry.parentPath));
  const digests = files.map(async ({ parentPath, name }): Promise<readonly [string, string]> => {
    const path = join(parentPath, name);
    const digest = createHash('sha256').update(await readFile(path));
    return [path.slice(folder.length + 1), digest.digest('hex')];
  });
  return new Map(await Promise.all(digests));
}

/** Rotates a secret, which must succeed; answers which files and which containers are others now. */
export async function rotated(mml: OwnedMml, name: string) {
  const [files, before, old] = [await settingsOf(mml), await containersOf(mml), await secretOf(mml, name)];
  const { code, stdout } = await mml.fairlead.run('secrets', 'rotate', mml.name, name, '--yes');
  if (code !== 0) throw new Error(`the rotation of ${name} ended with ${code}: ${stdout}`);
  if ((await secretOf(mml, name)) === old) throw new Error(`${name} is what it was`);
  const [after, now] = [await settingsOf(mml), await containersOf(mml)];
  const paths = [...new Set([...files.keys(), ...after.keys()])];
  return {
    files: paths.filter((path) => files.get(path) !== after.get(path)).sort(),
    containers: SERVICES.filter((service) => now[service] !== before[service]),
  };
}

/** All that the engine has of a deployment: containers, networks, volumes. */
export async function leftOf(name: string): Promise<readonly string[]> {
  const lists = await Promise.all([
    docker('ps', '-a', '--filter', `name=wekode.${name}`, '--format', '{{.Names}}'),
    docker('network', 'ls', '--filter', `name=wekode.${name}`, '--format', '{{.Name}}'),
    docker('volume', 'ls', '--filter', `label=com.docker.compose.project=${name}`, '--format', '{{.Name}}'),
  ]);
  return lists.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== '')).sort();
}
