import { fail } from '../../model/failure.ts';
import type { FileStat } from '../../model/ports.ts';
import type { Text } from '../../model/secrets.ts';
import type { ReadContext } from '../../model/step.ts';
import { isForeign } from '../lib/foreign-text.ts';
import { lookUpOwner, type Owner } from '../lib/owners.ts';
import { decodeBase64, encodeBase64, withoutSpace } from './base64-content.ts';
import type { FileParams } from './params.ts';

/** The property that differs where the content does; the one part of the file that is managed. */
export const CONTENT = 'content';

/** What is known of the file. */
export interface FileState {
  /** Undefined where nothing is. */
  readonly stat?: FileStat;
  /** What stands in it; undefined where nothing is. */
  readonly bytes?: Uint8Array;
  /** Is that what is wanted? */
  readonly same: boolean;
  readonly made: boolean;
  /** What stands in it was never written by this step. */
  readonly foreign: boolean;
  readonly owner?: Owner;
}

/** Looks at the file; fails where a folder, or something else that is not a file, lies in its place. */
export async function readFileState(params: FileParams, ctx: ReadContext): Promise<FileState> {
  const content = params.ensure === 'absent' ? undefined : contentOf(params);
  const made = ctx.made(params.path);
  const owner = params.owner === undefined || params.ensure === 'absent' ? undefined : await lookUpOwner(ctx, params.owner);
  const [stat] = await ctx.host.files([{ op: 'stat', path: params.path }]);
  const known = { made, foreign: isForeign(ctx, CONTENT), ...(owner && { owner }) };
  if (stat === undefined) return { ...known, same: false };
  if (stat.kind === 'dir') {
    throw fail('host.is-a-directory', `There should be a file at ${params.path}, and a folder is there.`, {
      hints: [
        'Look into it: Docker makes such a folder when it mounts a file that does not exist.',
        `If it is empty, stop the containers that use it and run \`rmdir ${params.path}\`.`,
      ],
    });
  }
  const [bytes] = await ctx.host.files([{ op: 'read', path: params.path }]);
  if (bytes === undefined) return { ...known, same: false };
  const same = content !== undefined && (ctx.kept?.has(CONTENT) === true || (await matches(params, content, bytes, ctx)));
  return { ...known, stat, bytes, same };
}

/** Compared in the form that is given, so that a secret need not be revealed to be decoded. */
function matches(params: FileParams, content: Text, bytes: Uint8Array, ctx: ReadContext): Promise<boolean> {
  return ctx.secrets.matches(content, params.decode === undefined ? bytes : encodeBase64(bytes));
}

/** What shall stand in the file: its text, or base64 of its bytes. */
export function contentOf({ content, template, decode }: FileParams): Text {
  const given = content ?? template;
  if (given === undefined || (content !== undefined && template !== undefined)) {
    throw fail('params.one-of', 'A step host.file takes either `content` or `template`.', {
      hints: ['Give one of them in the recipe.'],
    });
  }
  if (decode === undefined) return given;
  const base64 = withoutSpace(given);
  // A mistake in the recipe shows in the plan; a secret's only where it may be revealed.
  if (typeof base64 === 'string') decodeBase64(base64);
  return base64;
}
