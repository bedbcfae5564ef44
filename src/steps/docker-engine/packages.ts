import type { ReadContext } from '../../model/step.ts';

/** Whose packages an engine is installed from. */
export type Source = 'distribution' | 'docker';

/** What a system says of itself in `/etc/os-release`. */
export interface SystemName {
  /** Which of the two families of archives it uses. */
  readonly family: 'debian' | 'ubuntu';
  /** Of the release, as archives name it: `bookworm`, `noble`. */
  readonly codename: string;
  /** Of Debian: 12; undefined where it has none (testing) or is another's. */
  readonly debian?: number;
}

/** Where Docker's own archive is named once it is set up. */
export const SOURCES_FILE = '/etc/apt/sources.list.d/docker.sources';

const OF_DOCKER = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-buildx-plugin', 'docker-compose-plugin'];
/** Compose as the archives call it: Ubuntu's plugin, Docker's plugin, Debian's program (version 1 up to Debian 12). */
const COMPOSE = ['docker-compose-v2', 'docker-compose-plugin', 'docker-compose'];

/** Every package that fairlead may have installed for an engine. */
export const ALL_PACKAGES: readonly string[] = [...OF_DOCKER, 'docker.io', 'docker-cli', 'docker-compose-v2', 'docker-compose'];

/** Reads `/etc/os-release`; derivatives count as what they derive from. */
export function systemName(osRelease: string): SystemName {
  const value = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const ids = [value('ID'), ...value('ID_LIKE').split(' ')];
  if (ids.includes('ubuntu')) return { family: 'ubuntu', codename: value('UBUNTU_CODENAME') || value('VERSION_CODENAME') };
  const version = Number.parseInt(value('VERSION_ID'), 10);
  return {
    family: 'debian',
    codename: value('DEBIAN_CODENAME') || value('VERSION_CODENAME'),
    ...(['debian', 'raspbian'].includes(ids[0] ?? '') && !Number.isNaN(version) ? { debian: version } : {}),
  };
}

/** What to install where there is no engine: the daemon, its program, and compose where it is wanted. */
export async function enginePackages(
  ctx: Pick<ReadContext, 'host' | 'signal'>,
  source: Source,
  system: SystemName,
  compose: boolean,
): Promise<readonly string[]> {
  if (source === 'docker') return OF_DOCKER.filter((name) => compose || name !== 'docker-compose-plugin');
  const offered = await candidates(ctx, ['docker.io', 'docker-cli', ...COMPOSE]);
  // Without lists of packages nothing is offered yet: then the release tells what it will be.
  const known = offered.has('docker.io') ? offered : expected(system);
  return ['docker.io', ...(known.has('docker-cli') ? ['docker-cli'] : []), ...(compose ? firstCompose(known) : [])];
}

/** What to install where only compose is missing. */
export async function composePackages(ctx: Pick<ReadContext, 'host' | 'signal'>, system: SystemName): Promise<readonly string[]> {
  const offered = await candidates(ctx, ['docker.io', ...COMPOSE]);
  return firstCompose(COMPOSE.some((name) => offered.has(name)) ? offered : expected(system));
}

function firstCompose(offered: ReadonlySet<string>): readonly string[] {
  return COMPOSE.filter((name) => offered.has(name)).slice(0, 1);
}

function expected({ family, debian }: SystemName): ReadonlySet<string> {
  if (family === 'ubuntu') return new Set(['docker.io', 'docker-compose-v2']);
  // Since Debian 13 the program is a package of its own.
  return new Set(['docker.io', 'docker-compose', ...(debian !== undefined && debian <= 12 ? [] : ['docker-cli'])]);
}

/** Packages that the lists offer: `apt-cache policy` prints a name, then its candidate. */
async function candidates(ctx: Pick<ReadContext, 'host' | 'signal'>, names: readonly string[]): Promise<ReadonlySet<string>> {
  const env = { LC_ALL: 'C.UTF-8', LANGUAGE: undefined };
  const { stdout } = await ctx.host.exec({ argv: ['apt-cache', 'policy', ...names], env }, { signal: ctx.signal });
  const offered = new Set<string>();
  let current = '';
  for (const line of stdout.split('\n')) {
    const name = /^(\S+):$/.exec(line)?.[1];
    if (name !== undefined) current = name;
    else if (/^\s+Candidate: (?!\(none\))/.test(line)) offered.add(current);
  }
  return offered;
}
