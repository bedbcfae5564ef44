import { fail } from '../../model/failure.ts';
import type { FileStat, TreeEntry } from '../../model/ports.ts';
import type { ReadContext } from '../../model/step.ts';
import { lookUpOwner, type Owner, owns } from '../lib/owners.ts';
import type { DirectoryParams } from './params.ts';

/** One of the folders as it is. */
export interface Folder {
  readonly path: string;
  /** Undefined where nothing is. */
  readonly stat?: FileStat;
  /** Did fairlead make it? */
  readonly made: boolean;
  /** Paths below it (at any depth) that belong to somebody else; only where that is wanted. */
  readonly foreign: readonly string[];
  /** How many entries it holds that this step does not remove first; only where the folder is wanted gone. */
  readonly entries: number;
}

/** What is known of the folders, and of who shall own them. */
export interface DirectoryState {
  readonly folders: readonly Folder[];
  readonly owner?: Owner;
}

/** Looks at every folder; fails where something else lies in the place of one. */
export async function readFolders(params: DirectoryParams, ctx: ReadContext): Promise<DirectoryState> {
  const paths = pathsOf(params);
  const stats = await ctx.host.files(paths.map((path) => ({ op: 'stat' as const, path })));
  if (params.ensure === 'absent') return { folders: await readUnwanted(paths, stats, ctx) };
  const owner = params.owner === undefined ? undefined : await lookUpOwner(ctx, params.owner);
  const trees = await readTrees(params, paths, stats, ctx);
  const folders = paths.map((path, index): Folder => {
    const stat = stats[index];
    if (stat !== undefined && stat.kind !== 'dir') throw notADirectory(path);
    const foreign = owner === undefined ? [] : (trees[index] ?? []).filter((entry) => !owns(owner, entry));
    return { path, ...(stat && { stat }), made: ctx.made(path), foreign: foreign.map((entry) => entry.path), entries: 0 };
  });
  return { folders, ...(owner && { owner }) };
}

/** The params' folders, without a slash at the end. */
function pathsOf({ path, paths }: DirectoryParams): readonly string[] {
  if ((path === undefined) === (paths === undefined)) {
    throw fail('params.one-of', 'A step host.directory takes either `path` or `paths`.', {
      hints: ['Give one of them in the recipe.'],
    });
  }
  return (paths ?? [path ?? '']).map((each) => each.replace(/(.)\/+$/, '$1'));
}

async function readTrees(
  { recursive, owner }: DirectoryParams,
  paths: readonly string[],
  stats: readonly (FileStat | undefined)[],
  { host }: ReadContext,
): Promise<readonly (readonly TreeEntry[] | undefined)[]> {
  if (recursive !== true || owner === undefined) return [];
  return host
    .files(paths.map((path, index) => (stats[index]?.kind === 'dir' ? { op: 'tree', path } : { op: 'stat', path })))
    .then((results) => results.map((result) => (Array.isArray(result) ? result : undefined)));
}

/** Those inside others come first: what they leave may be empty. */
async function readUnwanted(
  paths: readonly string[],
  stats: readonly (FileStat | undefined)[],
  ctx: ReadContext,
): Promise<readonly Folder[]> {
  const folders = paths
    .map((path, index) => ({ path, stat: stats[index], made: ctx.made(path) }))
    .sort((a, b) => depth(b.path) - depth(a.path));
  const removable = folders.filter(({ stat, made }) => made && stat?.kind === 'dir');
  const lists = await ctx.host.files(removable.map(({ path }) => ({ op: 'list' as const, path })));
  const goes = new Set<string>();
  const entries = new Map<string, number>();
  removable.forEach(({ path }, index) => {
    const left = (lists[index] ?? []).filter((name) => !goes.has(`${path}/${name}`)).length;
    entries.set(path, left);
    if (left === 0) goes.add(path);
  });
  return folders.map(({ path, stat, made }) => ({
    path,
    ...(stat && { stat }),
    made,
    foreign: [],
    entries: entries.get(path) ?? 0,
  }));
}

function depth(path: string): number {
  return path.split('/').length;
}

function notADirectory(path: string) {
  return fail('host.not-a-directory', `There should be a folder at ${path}, and something else is there.`, {
    hints: [`Look with \`ls -l ${path}\`, and move what is there out of the way.`],
  });
}
