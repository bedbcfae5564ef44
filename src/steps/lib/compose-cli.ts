import { FairleadError, fail, NotYet } from '../../model/failure.ts';
import type { Command, Host } from '../../model/ports.ts';
import type { Text } from '../../model/secrets.ts';

/** Which compose a host has: how it is called, and what it is. */
export interface ComposeFlavour {
  /** `['docker', 'compose']` or `['docker-compose']`. */
  readonly argv: readonly string[];
  /** 1 is the old Python program, whose files and options are fewer. */
  readonly major: 1 | 2;
  /** `1.29.2`, `2.26.1`. */
  readonly version: string;
}

/** Which project a compose command is about. */
export interface ComposeProject {
  /** Absolute paths; later files are laid over earlier ones. */
  readonly files: readonly string[];
  readonly project: string;
  /** Absolute: what relative paths start from, and where `.env` is looked for. */
  readonly projectDirectory: string;
  /** Absolute; in place of `.env`. */
  readonly envFile?: string;
  /** Names that `.env` sets: our own environment must not win over them. */
  readonly envNames?: readonly string[];
}

const CALLS = [['docker', 'compose'], ['docker-compose']] as const;

/**
 * What was found on each host, as version 1 takes most of a second to say its version. Only what is there is
 * remembered: what is missing may come at any moment.
 */
const found = new WeakMap<Host, ComposeFlavour>();

/** Looks anew next time: a step has just changed what is installed. */
export function forgetCompose(host: Host): void {
  found.delete(host);
}

/**
 * The compose of this host: the plugin of the `docker` program, else a `docker-compose` (which may be either
 * generation); undefined where there is none.
 */
export async function detectCompose(
  host: Host,
  signal: AbortSignal = AbortSignal.timeout(30_000),
): Promise<ComposeFlavour | undefined> {
  const known = found.get(host);
  if (known !== undefined) return known;
  for (const argv of CALLS) {
    const flavour = await versionOf(host, argv, signal);
    if (flavour === undefined) continue;
    found.set(host, flavour);
    return flavour;
  }
  return undefined;
}

async function versionOf(host: Host, argv: readonly string[], signal: AbortSignal): Promise<ComposeFlavour | undefined> {
  try {
    const { code, stdout } = await host.exec({ argv: [...argv, 'version'], env: composeEnv() }, { signal });
    // Without the plugin some `docker` programs print their own version: the name is part of the answer.
    const version = /compose version:? v?((\d+)\.[\w.]+)/i.exec(stdout);
    if (code !== 0 || version === null) return undefined;
    return { argv, major: version[2] === '1' ? 1 : 2, version: version[1] as string };
  } catch (error) {
    if (error instanceof FairleadError && error.failure.code === 'host.no-such-program') return undefined;
    throw error;
  }
}

/** What to throw where a host has no compose: a step that brings Docker may still bring it. */
export function noCompose(): NotYet {
  return new NotYet(
    'docker',
    fail('compose.not-installed', 'This host has neither `docker compose` nor `docker-compose`.', {
      fault: 'environment',
      hints: ['Install the package `docker-compose-plugin` or `docker-compose`, then resume.'],
    }).failure,
  );
}

/** The argv of a compose command. `--ansi never`: the operator's screen is ours to draw. */
export function composeCommand(flavour: ComposeFlavour, project: ComposeProject, args: readonly string[]): readonly string[] {
  return [
    ...flavour.argv,
    '--ansi',
    'never',
    ...project.files.flatMap((file) => ['--file', file]),
    '--project-name',
    project.project,
    '--project-directory',
    project.projectDirectory,
    ...(project.envFile === undefined ? [] : ['--env-file', project.envFile]),
    ...args,
  ];
}

/** A compose command, ready to run: in the project's folder, with nothing of our environment that would change its meaning. */
export function composeRun(
  flavour: ComposeFlavour,
  project: ComposeProject,
  args: readonly string[],
  stdin?: Text,
): Command & { readonly argv: readonly string[] } {
  return {
    argv: composeCommand(flavour, project, args),
    env: composeEnv(project.envNames),
    cwd: project.projectDirectory,
    ...(stdin === undefined ? {} : { stdin }),
  };
}

/** What compose itself reads from the environment and what would change which project or files are meant. */
const SCRUBBED = [
  'COMPOSE_ANSI',
  'COMPOSE_API_VERSION',
  'COMPOSE_BAKE',
  'COMPOSE_COMPATIBILITY',
  'COMPOSE_CONVERT_WINDOWS_PATHS',
  'COMPOSE_DISABLE_ENV_FILE',
  'COMPOSE_DOCKER_CLI_BUILD',
  'COMPOSE_ENV_FILES',
  'COMPOSE_EXPERIMENTAL',
  'COMPOSE_FILE',
  'COMPOSE_FORCE_WINDOWS_HOST',
  'COMPOSE_HTTP_TIMEOUT',
  'COMPOSE_IGNORE_ORPHANS',
  'COMPOSE_INTERACTIVE_NO_CLI',
  'COMPOSE_MENU',
  'COMPOSE_PARALLEL_LIMIT',
  'COMPOSE_PATH_SEPARATOR',
  'COMPOSE_PROFILES',
  'COMPOSE_PROGRESS',
  'COMPOSE_PROJECT_NAME',
  'COMPOSE_REMOVE_ORPHANS',
  'COMPOSE_STATUS_STDOUT',
  'COMPOSE_TLS_VERSION',
];

/**
 * Names to take out of the child's environment. An exported variable wins over `.env`, so whatever `.env` sets goes,
 * and so do `UID` and `GID`, which some shells export; what steers the `docker` program (`DOCKER_*`) stays.
 */
export function composeEnv(names: readonly string[] = []): Readonly<Record<string, undefined>> {
  const kept = (name: string): boolean => !name.startsWith('DOCKER_') && name !== 'PATH' && name !== 'HOME';
  return Object.fromEntries([...SCRUBBED, 'UID', 'GID', ...names.filter(kept)].map((name) => [name, undefined]));
}
