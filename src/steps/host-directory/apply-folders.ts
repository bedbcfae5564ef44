import { fail, failureOf } from '../../model/failure.ts';
import type { FileOp } from '../../model/ports.ts';
import type { ApplyContext, Change } from '../../model/step.ts';
import { modeBits } from '../lib/file-modes.ts';
import { knownOwner, type Owner, owns } from '../lib/owners.ts';
import { BELOW, wantedMode } from './diff-folders.ts';
import type { DirectoryParams } from './params.ts';
import { type DirectoryState, readFolders } from './read-folders.ts';

/** So many entries get their owner in one batch: between two, an abort is looked for. */
const BATCH = 500;

/** So often we look again where entries vanish while their owner is set. */
const LOOKS = 5;

/** Makes, changes or removes the folders. */
export async function applyFolders(
  params: DirectoryParams,
  changes: readonly Change[],
  ctx: ApplyContext,
  state: DirectoryState,
): Promise<void> {
  ctx.signal.throwIfAborted();
  const wanted = params.ensure !== 'absent' && params.owner !== undefined;
  const owner = wanted ? await knownOwner(ctx, params.owner ?? '', state.owner) : undefined;
  for (const change of changes) {
    ctx.signal.throwIfAborted();
    if (change.property === BELOW) await ownBelow(params, change.target, ctx, state, idsOf(owner));
    else await ctx.host.files([opFor(change, params, idsOf(owner))]);
  }
  await refuseLinks(params, changes, ctx, owner);
}

function idsOf(owner: Owner | undefined): { uid?: number; gid?: number } {
  return {
    ...(owner?.uid === undefined ? {} : { uid: owner.uid }),
    ...(owner?.gid === undefined ? {} : { gid: owner.gid }),
  };
}

function opFor({ action, property, target: path }: Change, params: DirectoryParams, ids: { uid?: number; gid?: number }): FileOp {
  if (action === 'delete') return { op: 'remove', path, recursive: params.contents === 'delete' };
  if (action === 'create') return { op: 'mkdir', path, mode: wantedMode(params), ...ids };
  return { op: 'owner-mode', path, ...(property === 'mode' ? { mode: wantedMode(params) } : ids) };
}

/** Programs may work in there: an entry that vanished meanwhile needs no owner, and we look again. */
async function ownBelow(
  params: DirectoryParams,
  path: string,
  ctx: ApplyContext,
  state: DirectoryState,
  ids: { uid?: number; gid?: number },
): Promise<void> {
  let { folders } = state;
  for (let look = 1; ; look++) {
    const foreign = folders.find((folder) => folder.path === path)?.foreign ?? [];
    try {
      for (let start = 0; start < foreign.length; start += BATCH) {
        ctx.signal.throwIfAborted();
        if (foreign.length > BATCH) ctx.progress(`owner of what is below ${path}`, start, foreign.length);
        await ctx.host.files(
          foreign.slice(start, start + BATCH).map((below) => ({ op: 'owner-mode' as const, path: below, ...ids })),
        );
      }
      return;
    } catch (error) {
      if (failureOf(error).code !== 'host.no-such-file' || look === LOOKS) throw error;
      ({ folders } = await readFolders(params, ctx));
    }
  }
}

/** Owner and mode of a link are not those of the folder that it leads to, and no link is followed to change those. */
async function refuseLinks(
  params: DirectoryParams,
  changes: readonly Change[],
  { host }: ApplyContext,
  owner: Owner | undefined,
): Promise<void> {
  const paths = changes.filter(({ action, property }) => action === 'update' && property !== BELOW).map(({ target }) => target);
  const stats = await host.files(paths.map((path) => ({ op: 'stat' as const, path })));
  stats.forEach((stat, index) => {
    const ownerIs = stat === undefined || owner === undefined || owns(owner, stat);
    const modeIs = stat === undefined || params.mode === undefined || stat.mode === modeBits(params.mode);
    if (ownerIs && modeIs) return;
    throw fail('host.is-a-link', `${paths[index]} is a link; the folder that it leads to was left as it is.`, {
      hints: ['Name the folder that the link leads to in the recipe, or set its owner and mode by hand.'],
    });
  });
}
