import { fail, NotYet } from '../model/failure.ts';
import type { KeptData } from '../model/kept-data.ts';
import type { Host, Vault } from '../model/ports.ts';
import type { Recipe, RecipeStep, SecretSpec } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import { dependentsOf, withBases } from '../model/secret-order.ts';
import { hostOf } from './look.ts';
import type { Looking } from './outside.ts';
import type { Program } from './program.ts';
import { referencesOf, scopeOf } from './scope.ts';

/** A new file system has it: it is nobody's data. */
const NO_DATA = 'lost+found';
/** Where an engine that does not answer now keeps its volumes, unless it was told otherwise. */
const DOCKER_VOLUMES = '/var/lib/docker/volumes';

/** The data that a secret keeps, where it is there on the step's host; undefined where nothing is, or it keeps none. */
export async function dataKept(
  spec: SecretSpec,
  step: RecipeStep,
  { recipe, tellings = [] }: Pick<Program, 'recipe' | 'tellings'>,
  state: RunState,
  world: Looking,
): Promise<KeptData | undefined> {
  const { keeps, name: secret } = spec;
  if (keeps === undefined) return undefined;
  const host = hostOf(step, world);
  const rotates = tellings.some((telling) => telling.secret === secret) ? { rotates: true as const } : {};
  if ('path' in keeps) {
    const path = String(keeps.path.evaluate(scopeOf(recipe, state, keeps.path.references))).replace(/(?<=.)\/+$/, '');
    // What it leads to is what a wipe removes.
    const isPlain = /^\/[^/]/.test(path) && !path.split('/').some((part) => part === '.' || part === '..');
    if (!isPlain) throw badKeeps(secret, path, 'an absolute path without `.` and `..` in it, and not `/` itself');
    return (await holdsData(path, host)) ? { secret, ...rotates, path } : undefined;
  }
  const volume = String(keeps.volume.evaluate(scopeOf(recipe, state, keeps.volume.references)));
  if (!/^[A-Za-z0-9][\w.-]*$/.test(volume)) throw badKeeps(secret, volume, 'the name of a Docker volume');
  return (await isThere(volume, host, world)) ? { secret, ...rotates, volume } : undefined;
}

/**
 * The data that is there of all secrets which a step uses and the vault does not hold, but for those that an earlier
 * step of the plan asks about (`before`).
 */
export async function dataToAskAbout(
  step: RecipeStep,
  program: Pick<Program, 'recipe' | 'tellings'>,
  state: RunState,
  world: Looking,
  before: readonly KeptData[],
): Promise<readonly KeptData[]> {
  const found: KeptData[] = [];
  if (program.recipe.secrets.every(({ keeps }) => keeps === undefined)) return found;
  for (const spec of secretsToMake(step, program.recipe, state, world.vault)) {
    if (spec.keeps === undefined) continue;
    if (before.some(({ secret }) => secret === spec.name) || isLeftStaged(spec.name, state, world.vault)) continue;
    const data = await dataKept(spec, step, program, state, world);
    if (data !== undefined) found.push(data);
  }
  return found;
}

/**
 * Did a crash fall between the fact that a value was made, of which the system will be told, and its coming in force? Then
 * nothing is asked any more.
 */
export function isLeftStaged(name: string, state: RunState, vault: Vault): boolean {
  return vault.staged(name) !== undefined && [...state.steps.values()].some(({ tells }) => tells === name);
}

/** Takes the data away: a folder's content and not the folder, which may be a mount point and has an owner; a file; a volume. */
export async function removeData(data: KeptData, step: RecipeStep, world: Looking): Promise<void> {
  if ('volume' in data) return world.docker.removeVolume(data.volume);
  const host = hostOf(step, world);
  const { path } = data;
  const [stat] = await host.files([{ op: 'stat', path }]);
  const names = stat?.kind === 'dir' ? await contentOf(path, host) : undefined;
  const paths = names === undefined ? [path] : names.map((name) => `${path}/${name}`);
  await host.files(paths.map((one) => ({ op: 'remove', path: one, recursive: true }) as const));
}

/**
 * Names of secrets, and of those whose data is the same: they are made together. Once the first of them is in use the data
 * is there, and nobody could tell any more whether it was there before.
 */
export function withSameData(names: Iterable<string>, recipe: Recipe, state: RunState): ReadonlySet<string> {
  const all = new Set(names);
  if (recipe.secrets.every(({ keeps }) => keeps === undefined)) return all;
  const data = (spec: SecretSpec): string => JSON.stringify(keptBy(spec, recipe, state));
  const kept = new Set(recipe.secrets.filter((spec) => spec.keeps !== undefined && all.has(spec.name)).map(data));
  for (const spec of recipe.secrets) if (spec.keeps !== undefined && kept.has(data(spec))) all.add(spec.name);
  return all;
}

/** The path or the volume, as the inputs say. */
function keptBy({ keeps }: SecretSpec, recipe: Recipe, state: RunState): readonly string[] {
  if (keeps === undefined) return [];
  const [kind, deferred] = 'path' in keeps ? (['path', keeps.path] as const) : (['volume', keeps.volume] as const);
  return [kind, String(deferred.evaluate(scopeOf(recipe, state, deferred.references))).replace(/(?<=.)\/+$/, '')];
}

/** Those that would be made for it: it mentions them, or one that is made of them, and the vault does not hold it. */
function secretsToMake(step: RecipeStep, recipe: Recipe, state: RunState, vault: Vault): readonly SecretSpec[] {
  const mentioned = referencesOf(step).flatMap(({ root, name }) => (root === 'secrets' && name !== undefined ? [name] : []));
  const names = withSameData(mentioned, recipe, state);
  const missing = (name: string): boolean => vault.value(name) === undefined;
  return withBases(names, recipe.secrets).filter(
    (spec) => missing(spec.name) && dependentsOf(spec.name, recipe.secrets).some((name) => names.has(name) && missing(name)),
  );
}

async function holdsData(path: string, host: Host): Promise<boolean> {
  const [stat] = await host.files([{ op: 'stat', path }]);
  if (stat === undefined) return false;
  return stat.kind === 'dir' ? (await contentOf(path, host)).length > 0 : stat.kind !== 'file' || stat.size > 0;
}

async function contentOf(path: string, host: Host): Promise<readonly string[]> {
  const [names = []] = await host.files([{ op: 'list', path }]);
  return names.filter((name) => name !== NO_DATA);
}

/** An engine that is down, or taken off and not back yet, does not make its volumes go. */
async function isThere(volume: string, host: Host, world: Looking): Promise<boolean> {
  try {
    return (await world.docker.volumes({})).includes(volume);
  } catch (error) {
    if (!(error instanceof NotYet)) throw error;
    // Without being root nobody can look there.
    if (host.uid !== 0) return false;
    const [stat] = await host.files([{ op: 'stat', path: `${DOCKER_VOLUMES}/${volume}` }]);
    return stat !== undefined;
  }
}

function badKeeps(secret: string, found: string, expected: string): Error {
  return fail('recipe.bad-keeps', `The secret ${secret} keeps ${JSON.stringify(found)}, which is not ${expected}.`, {
    hints: ['Look at the inputs that it is put together from.'],
  });
}
