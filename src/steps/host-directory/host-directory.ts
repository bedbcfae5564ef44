import type { StepType } from '../../model/step.ts';
import { applyFolders } from './apply-folders.ts';
import { diffFolders, notesOfFolders } from './diff-folders.ts';
import { type DirectoryParams, directorySchema } from './params.ts';
import { type DirectoryState, readFolders } from './read-folders.ts';

/** `host.directory`: folders exist, with this owner and mode. */
export const hostDirectory: StepType<DirectoryParams, DirectoryState> = {
  name: 'host.directory',
  summary: 'Folders exist, with this owner and mode.',
  schema: directorySchema,
  removal: { targets: ({ path, paths }) => [...(path === undefined ? [] : [path]), ...(paths ?? [])] },
  needs: (params) => (params.owner === undefined ? [] : ['root']),
  whenInDoubt: () => 'read-again',
  read: (params, ctx) => readFolders(params, ctx),
  diff: (params, state) => diffFolders(params, state),
  notes: (params, state) => notesOfFolders(params, state),

  async apply(params, changes, ctx, state) {
    await applyFolders(params, changes, ctx, state);
    return undefined;
  },
};
