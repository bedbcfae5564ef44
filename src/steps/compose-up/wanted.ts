import { parse } from 'yaml';
import { type FairleadError, fail } from '../../model/failure.ts';
import type { Executed, Host } from '../../model/ports.ts';
import { type ComposeFlavour, composeRun } from '../lib/compose-cli.ts';
import { invalidFile, unsetVariables } from '../lib/compose-failures.ts';
import { blankVariable, type ProjectFiles } from '../lib/compose-files.ts';

/** One service as the compose file wants it, variables filled in and profiles heeded. */
export interface WantedService {
  readonly name: string;
  /** The config hash that compose would label its containers with; undefined where compose did not tell. */
  readonly hash?: string;
  /** As written; undefined where the image is built and has compose's own name. */
  readonly image?: string;
  /** How many containers. */
  readonly scale: number;
  /** It has a health check or publishes ports: it is meant to stay up. */
  readonly lasting: boolean;
  /** Another service waits for this one to complete. */
  readonly completes: boolean;
}

/** What compose makes of the project's files. */
export interface Wanted {
  /** In the order in which compose lists them; with `services` only those and what they depend on. */
  readonly services: readonly WantedService[];
  /** All names that are a service of the file, whatever their profile and whether asked for or not. */
  readonly known: ReadonlySet<string>;
}

interface RawService {
  readonly image?: string;
  readonly scale?: number;
  readonly deploy?: { readonly replicas?: number } | null;
  readonly healthcheck?: { readonly disable?: boolean } | null;
  readonly ports?: readonly unknown[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition?: string } | null>>;
  readonly links?: readonly string[];
  readonly volumes_from?: readonly string[];
  readonly network_mode?: string;
}

/**
 * What version 1 said of the files of each project: it takes half a second of a processor to say it, and a run asks before a
 * step, behind it, and for each step of the same project. Whether they are as good as they were its hashes tell each time.
 */
const told = new WeakMap<Host, Map<string, { readonly written: string; readonly config: Executed }>>();

async function configOf(host: Host, flavour: ComposeFlavour, files: ProjectFiles, signal: AbortSignal): Promise<Executed> {
  const { project, written } = files;
  const before = told.get(host) ?? new Map();
  told.set(host, before);
  const known = before.get(project);
  if (written !== undefined && known?.written === written) return known.config;
  before.delete(project);
  const config = await host.exec(composeRun(flavour, files, ['config']), { signal });
  if (written !== undefined && flavour.major === 1 && config.code === 0) before.set(project, { written, config });
  return config;
}

/**
 * Asks compose what its files mean. Throws `compose.blank-variable`, `compose.invalid`, `compose.no-such-service`.
 * What compose answers holds secrets in plain text: it stays in memory and is shown nowhere.
 */
export async function readWanted(
  host: Host,
  flavour: ComposeFlavour,
  files: ProjectFiles,
  asked: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Wanted> {
  if (files.blankSources.length > 0) throw blankVariable(files.blankSources, files.projectDirectory);
  const full = composeRun(flavour, files, ['config']);
  const direct = composeRun(flavour, files, ['config', '--hash', '*']);
  // Version 1 takes its time to start: both at once.
  const [config, hashed] = await Promise.all([
    configOf(host, flavour, files, signal),
    flavour.major === 1 ? host.exec(direct, { signal }) : undefined,
  ]);
  if (config.code !== 0) throw refused(flavour, files, full.argv, config);
  const unset = unsetVariables(config.stderr);
  if (unset.length > 0) throw blankVariable(unset, files.projectDirectory);

  const raw = servicesOf(config.stdout);
  const hashes = hashesOf(hashed ?? (await hashAsLabels(host, flavour, files, config.stdout, signal)));
  if (hashes === undefined) throw refused(flavour, files, direct.argv, hashed ?? config);
  const names = [...hashes.keys()].sort();
  const strangers = asked?.filter((name) => !hashes.has(name)) ?? [];
  if (strangers.length > 0) {
    throw fail('compose.no-such-service', `The compose file has no service ${strangers.join(', ')}.`, {
      hints: [`It has: ${names.join(', ')}.`, 'A service with a profile needs `COMPOSE_PROFILES` in .env.'],
    });
  }
  const enabled = asked === undefined ? new Set(names) : withDependencies(asked, raw);
  return {
    services: names
      .filter((name) => enabled.has(name))
      .map((name) => {
        const { image, healthcheck, ports, scale, deploy } = raw.get(name) ?? {};
        const hash = hashes.get(name);
        return {
          name,
          ...(hash === undefined ? {} : { hash }),
          ...(image === undefined ? {} : { image }),
          scale: scale ?? deploy?.replicas ?? 1,
          lasting: (healthcheck !== undefined && healthcheck?.disable !== true) || (ports?.length ?? 0) > 0,
          completes: [...raw.values()].some((other) => conditionOf(other, name) === 'service_completed_successfully'),
        };
      }),
    known: new Set([...names, ...raw.keys(), ...files.declared]),
  };
}

/**
 * Version 2 leaves env files out of `config --hash` of the file itself, but its containers' labels have them in; the
 * resolved configuration, given back to it, hashes as the labels do. Where it refuses its own words, the file it is.
 */
async function hashAsLabels(
  host: Host,
  flavour: ComposeFlavour,
  files: ProjectFiles,
  resolved: string,
  signal: AbortSignal,
): Promise<Executed> {
  const args = ['config', '--hash', '*'];
  const hashed = await host.exec(composeRun(flavour, { ...files, files: ['-'] }, args, resolved), { signal });
  return hashed.code === 0 ? hashed : host.exec(composeRun(flavour, files, args), { signal });
}

/**
 * Which services a differing hash really means to make anew, by compose's own account of what it would do: version
 * 2 only, undefined where it can't tell.
 */
export async function wouldRecreate(
  host: Host,
  flavour: ComposeFlavour,
  files: ProjectFiles,
  signal: AbortSignal,
): Promise<((container: string) => boolean) | undefined> {
  if (flavour.major !== 2) return undefined;
  const args = ['--dry-run', 'create', '--no-build', '--pull', 'never'];
  const { code, stdout, stderr } = await host.exec(composeRun(flavour, files, args), { signal });
  if (code !== 0) return undefined;
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim().split(/\s+/));
  const recreated = new Set(lines.filter((words) => words.at(-1)?.startsWith('Recreate')).map((words) => words.at(-2)));
  return (container) => recreated.has(container);
}

function refused(flavour: ComposeFlavour, files: ProjectFiles, argv: readonly string[], ended: Executed): FairleadError {
  return invalidFile(flavour, files.files[0] ?? files.projectDirectory, files.projectDirectory, argv, ended);
}

function hashesOf({ code, stdout }: Executed): Map<string, string> | undefined {
  if (code !== 0) return undefined;
  return new Map([...stdout.matchAll(/^(\S+) ([0-9a-f]{64})\s*$/gm)].map(([, name, hash]) => [name as string, hash as string]));
}

function servicesOf(resolved: string): Map<string, RawService> {
  const document = parse(resolved, { logLevel: 'silent' }) as { services?: Record<string, RawService | null> } | null;
  return new Map(Object.entries(document?.services ?? {}).map(([name, service]) => [name, service ?? {}]));
}

function conditionOf({ depends_on: depends }: RawService, name: string): string | undefined {
  return depends === undefined || Array.isArray(depends)
    ? undefined
    : (depends as Record<string, { condition?: string } | null>)[name]?.condition;
}

function withDependencies(asked: readonly string[], services: ReadonlyMap<string, RawService>): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const { depends_on = [], links = [], volumes_from = [], network_mode = '' } = services.get(name) ?? {};
    const depends = Array.isArray(depends_on) ? (depends_on as readonly string[]) : Object.keys(depends_on);
    const shared = network_mode.startsWith('service:') ? [network_mode.slice('service:'.length)] : [];
    for (const other of [...depends, ...links, ...volumes_from, ...shared].map((text) => text.split(':')[0] as string)) {
      if (services.has(other)) visit(other);
    }
  };
  for (const name of asked) visit(name);
  return found;
}
