import type { Change } from '../../model/step.ts';
import { modeBits, shownMode } from '../lib/file-modes.ts';
import { type Owner, owns, shownIds } from '../lib/owners.ts';
import type { DirectoryParams } from './params.ts';
import type { DirectoryState, Folder } from './read-folders.ts';

/** The property that differs where entries below a folder belong to somebody else. */
export const BELOW = 'owner below';

const NEW_MODE = '0755';
const EXAMPLES = 5;

/** Pure: what differs between the wanted folders and those that are there. */
export function diffFolders(params: DirectoryParams, { folders, owner }: DirectoryState): readonly Change[] {
  return folders.flatMap((folder) =>
    params.ensure === 'absent' ? diffUnwanted(params, folder) : diffWanted(params, folder, owner),
  );
}

/** Pure: why a folder that is wanted gone stays. */
export function notesOfFolders(params: DirectoryParams, { folders }: DirectoryState): readonly string[] {
  if (params.ensure !== 'absent') return [];
  return folders.filter(({ stat }) => stat !== undefined).flatMap((folder) => noteUnwanted(params, folder));
}

/** Permission bits of a folder that is made, or whose mode the params give. */
export function wantedMode({ mode }: DirectoryParams): number {
  return modeBits(mode ?? NEW_MODE);
}

function diffWanted(params: DirectoryParams, { path: target, stat, foreign }: Folder, owner: Owner | undefined): Change[] {
  if (stat === undefined) {
    return [{ action: 'create', target, after: { ...(owner && { owner: owner.given }), mode: shownMode(wantedMode(params)) } }];
  }
  const changes: Change[] = [];
  if (owner !== undefined && !owns(owner, stat)) {
    changes.push({ action: 'update', target, property: 'owner', before: shownIds(stat, owner.given), after: owner.given });
  }
  if (params.mode !== undefined && modeBits(params.mode) !== stat.mode) {
    changes.push({
      action: 'update',
      target,
      property: 'mode',
      before: shownMode(stat.mode),
      after: shownMode(wantedMode(params)),
    });
  }
  if (owner !== undefined && foreign.length > 0) {
    const before = { entries: foreign.length, examples: foreign.slice(0, EXAMPLES) };
    changes.push({ action: 'update', target, property: BELOW, before, after: owner.given });
  }
  return changes;
}

function diffUnwanted(params: DirectoryParams, { path: target, stat, made, entries }: Folder): Change[] {
  if (stat?.kind !== 'dir' || !made) return [];
  if (entries === 0) return [{ action: 'delete', target }];
  return params.contents === 'delete' ? [{ action: 'delete', target, before: { entries } }] : [];
}

function noteUnwanted(params: DirectoryParams, { path, stat, made, entries }: Folder): string[] {
  if (!made) return [`kept: ${path} was here before`];
  if (stat?.kind !== 'dir') return [`kept: ${path} is not a folder any more`];
  return entries > 0 && params.contents !== 'delete' ? [`kept: ${path} is not empty`] : [];
}
