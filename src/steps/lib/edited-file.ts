import Type from 'typebox';
import { fail } from '../../model/failure.ts';
import type { Text } from '../../model/secrets.ts';
import type { ApplyContext, Change, Need, ReadContext } from '../../model/step.ts';
import { modeBits, shownMode } from './file-modes.ts';
import { lookUpOwner, type Owner, ownerParam, ownIds, owns, requireOwner, shownIds } from './owners.ts';
import { absolutePath, ensure, fileMode } from './schema.ts';

/** Params that all step types share which change a part of a file. */
export interface EditedFileParams {
  readonly path: string;
  readonly owner?: string | number;
  readonly mode?: string;
  readonly create?: boolean;
  readonly ensure?: 'present' | 'absent';
}

/** The schema of `EditedFileParams`, to be spread into a step type's own; `part` is what `absent` removes. */
export function editedFileProperties(part: string) {
  return {
    path: absolutePath('The file to change. All of it that this step does not name stays as it is.'),
    owner: Type.Optional(
      ownerParam('Owner: `user`, `:group` or `user:group`, names or numbers. By default an existing file keeps its owner.'),
    ),
    mode: Type.Optional(
      fileMode(
        'Octal mode in quotes. By default an existing file keeps its mode; a new one gets `0600` if it holds secrets, else `0644`.',
      ),
    ),
    create: Type.Optional(Type.Boolean({ description: 'Make the file if it is missing (default true).' })),
    ensure: ensure(part),
  };
}

/** The file as it was found. */
export interface FoundFile {
  /** Undefined where nothing is. */
  readonly text: string | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The owner that the params name. */
  readonly owner: Owner | undefined;
  /** Did fairlead make the file itself? */
  readonly made: boolean;
}

/** Root is needed to give files away, and for nothing else here. */
export function editedFileNeeds(params: EditedFileParams): readonly Need[] {
  return params.owner === undefined ? [] : ['root'];
}

/**
 * Looks at the file. A folder at its path fails with `host.is-a-directory`, bytes that are no UTF-8 with
 * `file.not-text`; nothing there, or no folder to hold it, is `text: undefined`.
 */
export async function readFound(params: EditedFileParams, ctx: ReadContext): Promise<FoundFile> {
  const { path } = params;
  const [stat, bytes] = await ctx.host.files([
    { op: 'stat', path },
    { op: 'read', path },
  ]);
  const { uid, gid } = stat ?? (await ownIds(ctx));
  return {
    text: bytes === undefined ? undefined : decodeText(path, bytes),
    mode: stat?.mode ?? 0,
    uid,
    gid,
    owner: params.owner === undefined ? undefined : await lookUpOwner(ctx, params.owner),
    made: ctx.made(path),
  };
}

/** What a part of a file is called in changes, and by `ctx.made`: the file's path, then the part. */
export function partTarget(path: string, part: string): string {
  return `${path} ${part}`;
}

/** Did fairlead put this part there, by itself or with the whole file? */
export function madePart(found: FoundFile, ctx: ReadContext, path: string, part: string): boolean {
  return found.made || ctx.made(partTarget(path, part));
}

/**
 * All changes of one edit: `create` for a file that is missing and may be made, else the parts' own changes and
 * what differs in mode and owner.
 */
export function editedFileChanges(
  params: EditedFileParams,
  found: FoundFile,
  edit: {
    /** One for each part that differs. */
    readonly parts: readonly Change[];
    /** What a file that is made anew is said to hold. */
    readonly whenNew: Pick<Change, 'after' | 'diff' | 'secret'>;
    /** Nothing of the file would be left that fairlead didn't make. */
    readonly emptied: boolean;
  },
): readonly Change[] {
  const { path } = params;
  if (params.ensure === 'absent') {
    const removed: Change[] = found.text !== undefined && edit.emptied && found.made ? [{ action: 'delete', target: path }] : [];
    return [...edit.parts, ...removed];
  }
  if (found.text === undefined && params.create !== false) return [{ action: 'create', target: path, ...edit.whenNew }];
  return [...edit.parts, ...modeChanges(params, found), ...ownerChanges(params, found)];
}

function modeChanges(params: EditedFileParams, found: FoundFile): readonly Change[] {
  if (params.mode === undefined || found.text === undefined || modeBits(params.mode) === found.mode) return [];
  return [
    {
      action: 'update',
      target: params.path,
      property: 'mode',
      before: shownMode(found.mode),
      after: shownMode(modeBits(params.mode)),
    },
  ];
}

function ownerChanges(params: EditedFileParams, { owner, text, uid, gid }: FoundFile): readonly Change[] {
  if (owner === undefined || text === undefined || owns(owner, { uid, gid })) return [];
  const before = shownIds({ uid, gid }, owner.given);
  return [{ action: 'update', target: params.path, property: 'owner', before, after: owner.given }];
}

/**
 * Puts the edited text in the file's place: backs the old one up, writes the new one whole (temporary name, then
 * rename) with its owner and mode, and changes owner and mode alone where the text is as it was.
 * @param edited the new text, which may hold revealed secrets; undefined removes the file.
 */
export async function writeEdited(
  params: EditedFileParams,
  found: FoundFile,
  ctx: ApplyContext,
  edited: string | undefined,
  holdsSecrets: boolean,
): Promise<void> {
  const { path } = params;
  ctx.signal.throwIfAborted();
  if (found.text === undefined && params.create === false) {
    throw fail('file.missing', `${path} is not there, and this step may not make it (\`create: false\`).`, {
      hints: [`Let an earlier step write ${path}, or leave \`create: false\` out.`],
    });
  }
  const owner = ownerToWrite(params, found);
  if (found.text === edited) {
    if (edited === undefined) return;
    const mode = params.mode === undefined ? found.mode : modeBits(params.mode);
    await ctx.host.files([{ op: 'owner-mode', path, mode, ...owner }]);
    return;
  }
  if (found.text !== undefined) {
    await ctx.backUp(path, new TextEncoder().encode(found.text));
    ctx.signal.throwIfAborted();
  }
  if (edited === undefined) {
    await ctx.host.files([{ op: 'remove', path }]);
    return;
  }
  const kept = found.text === undefined ? (holdsSecrets ? 0o600 : 0o644) : found.mode;
  const mode = params.mode === undefined ? kept : modeBits(params.mode);
  await ctx.host.files([{ op: 'write', path, data: new TextEncoder().encode(edited), mode, ...owner }]);
}

function ownerToWrite(params: EditedFileParams, { owner, uid, gid }: FoundFile): { uid: number; gid: number } {
  if (owner === undefined || params.ensure === 'absent') return { uid, gid };
  requireOwner(owner);
  return { uid: owner.uid ?? uid, gid: owner.gid ?? gid };
}

/** How lines end in a text: `\\r\\n` only where all of them do. */
export function eolOf(text: string | undefined): '\r\n' | '\n' {
  return text !== undefined && /\r\n/.test(text) && !/[^\r]\n/.test(text) ? '\r\n' : '\n';
}

/** Is the wanted text, a secret's value included, exactly what is there? */
export function textMatches(ctx: ReadContext, wanted: Text, there: string): Promise<boolean> {
  return typeof wanted === 'string'
    ? Promise.resolve(wanted === there)
    : ctx.secrets.matches(wanted, new TextEncoder().encode(there));
}

function decodeText(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw fail('file.not-text', `${path} is not a text in UTF-8, so that no part of it can be changed.`, {
      hints: [`Look at it with \`file ${path}\`; convert it with iconv, or replace it whole (host.file).`],
      cause,
    });
  }
}
