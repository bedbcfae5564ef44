import type { ApplyContext, StepType } from '../../model/step.ts';
import { type Ids, knownOwner, ownIds } from '../lib/owners.ts';
import { decodeBase64 } from './base64-content.ts';
import { diffFile, wantedMode } from './diff-file.ts';
import { type FileParams, fileSchema } from './params.ts';
import { CONTENT, contentOf, type FileState, readFileState } from './read-file.ts';

/** `host.file`: a file has this content, owner and mode. */
export const hostFile: StepType<FileParams, FileState> = {
  name: 'host.file',
  summary: 'A file has this content, owner and mode.',
  schema: fileSchema,
  removal: { targets: ({ path }) => [path] },
  needs: (params) => (params.owner === undefined ? [] : ['root']),
  whenInDoubt: () => 'read-again',

  read: (params, ctx) => readFileState(params, ctx),

  diff: (params, state) => diffFile(params, state),

  // Byte by byte: a file need not be a text.
  managed: ({ ensure, path }, { bytes, same }) =>
    ensure === 'absent' || bytes === undefined
      ? []
      : [{ file: path, part: CONTENT, text: Buffer.from(bytes).toString('latin1'), asWanted: same }],

  notes: (params, { stat, made }) =>
    params.ensure === 'absent' && stat !== undefined && !made ? [`kept: ${params.path} was here before`] : [],

  async apply(params, changes, ctx, state) {
    ctx.signal.throwIfAborted();
    const [first] = changes;
    if (first?.action === 'delete') {
      await keepCopy(params, ctx, state);
      await ctx.host.files([{ op: 'remove', path: params.path }]);
      return undefined;
    }
    const owner = params.owner === undefined ? undefined : await knownOwner(ctx, params.owner, state.owner);
    const there: Ids = state.stat ?? (await ownIds(ctx));
    const ids = { uid: owner?.uid ?? there.uid, gid: owner?.gid ?? there.gid };
    const mode = wantedMode(params, state);
    const { path } = params;

    if (first?.action === 'create' || changes.some(({ property }) => property === CONTENT)) {
      await keepCopy(params, ctx, state);
    } else {
      // Not rewritten: a container that mounts this one file would go on with the old one.
      const [, stat] = await ctx.host.files([
        { op: 'owner-mode', path, mode, ...ids },
        { op: 'stat', path },
      ]);
      if (stat?.mode === mode && stat.uid === ids.uid && stat.gid === ids.gid) return undefined;
      // A link: what it leads to is not ours to change, so a file takes its place.
    }
    const content = contentOf(params);
    const data = params.decode === undefined ? content : decodeBase64(await ctx.reveal(content));
    ctx.signal.throwIfAborted();
    await ctx.host.files([{ op: 'write', path, data, mode, ...ids }]);
    return undefined;
  },
};

async function keepCopy(params: FileParams, ctx: ApplyContext, { bytes }: FileState): Promise<void> {
  if (bytes !== undefined && (params.backup !== false || ctx.overwritesEdit === true)) await ctx.backUp(params.path, bytes);
}
