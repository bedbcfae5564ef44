import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import { MASK, SecretText } from '../../model/secrets.ts';
import type { ReadContext, StepType } from '../../model/step.ts';
import {
  editedFileChanges,
  editedFileNeeds,
  editedFileProperties,
  eolOf,
  type FoundFile,
  madePart,
  partTarget,
  readFound,
  textMatches,
  writeEdited,
} from '../lib/edited-file.ts';
import { foreignLine, isForeign } from '../lib/foreign-text.ts';
import { text } from '../lib/schema.ts';
import { looksSecret } from '../lib/secret-names.ts';
import { linesOf, patternOf, placeFor, spliceLines } from '../lib/text-lines.ts';

const schema = Type.Object(
  {
    ...editedFileProperties('the line'),
    line: text('The line, without its end.'),
    match: Type.Optional(
      Type.String({
        description: 'Regular expression: the last line that matches is replaced; if none does, the line is added.',
      }),
    ),
    after: Type.Optional(Type.String({ description: 'Regular expression: a new line goes after the last one that matches.' })),
    before: Type.Optional(
      Type.String({
        description: 'Regular expression: a new line goes before the last one that matches, unless `after` found a place.',
      }),
    ),
  },
  { additionalProperties: false },
);
type Params = Static<typeof schema>;

interface State {
  readonly file: FoundFile;
  readonly lines: readonly string[];
  /** Indexes of the lines to replace (one) or to remove (all of these). */
  readonly old: readonly number[];
  readonly asWanted: boolean;
  readonly made: boolean;
  /** The old lines were never written by this step. */
  readonly foreign: boolean;
}

/** `file.line`: one line stands in a file. */
export const fileLine: StepType<Params, State> = {
  name: 'file.line',
  summary: 'A line stands in a text file.',
  schema,
  removal: { targets: (params) => [partTarget(params.path, partName(params))] },
  needs: editedFileNeeds,
  whenInDoubt: () => 'read-again',

  async read(params, ctx) {
    requireOneLine(params.path, params.line instanceof SecretText ? '' : params.line);
    for (const pattern of [params.match, params.after, params.before]) expression(pattern);
    const file = await readFound(params, ctx);
    const lines = linesOf(file.text ?? '');
    const made = madePart(file, ctx, params.path, partName(params));
    const foreign = isForeign(ctx, params.match ?? '');
    const match = expression(params.match);
    if (params.ensure === 'absent') {
      const old = await indexesOf(
        lines,
        async (line) => match?.test(line) === true || (await textMatches(ctx, params.line, line)),
      );
      return { file, lines, old, made, foreign, asWanted: old.length === 0 || !made };
    }
    const last = match === undefined ? -1 : lines.findLastIndex((line) => match.test(line));
    const kept = params.match !== undefined && ctx.kept?.has(params.match) === true;
    const asWanted = kept || (await stands(params, ctx, lines, last));
    return { file, lines, old: last === -1 ? [] : [last], made, foreign, asWanted };
  },

  diff(params, { file, lines, old, foreign, asWanted }) {
    const target = partTarget(params.path, partName(params));
    const hidden = isSecret(params.line) || old.some((index) => looksSecret(lines[index] ?? ''));
    const shown = (line: string): string => (foreign && line !== params.line ? foreignLine(line) : line);
    const before = old.length === 0 ? {} : { before: old.map((index) => shown(lines[index] ?? '')).join('\n') };
    const after = params.ensure === 'absent' ? {} : { after: String(params.line) };
    const action = params.ensure === 'absent' ? 'delete' : old.length === 0 ? 'create' : 'update';
    return editedFileChanges(params, file, {
      parts: asWanted ? [] : [hidden ? { action, target, secret: true } : { action, target, ...before, ...after }],
      whenNew: isSecret(params.line) ? { secret: true } : { after: String(params.line) },
      emptied: lines.length === (asWanted ? 0 : old.length),
    });
  },

  // A line that no pattern finds again is there as wanted, or it is missing: then it was not edited but removed.
  managed: ({ ensure, path, match }, { old, lines, asWanted }) =>
    ensure === 'absent' || match === undefined || old.length === 0
      ? []
      : [{ file: path, part: match, text: old.map((index) => lines[index]).join('\n'), asWanted }],

  notes(params, { old, made }) {
    return params.ensure === 'absent' && old.length > 0 && !made ? [`kept: the line in ${params.path} was here before`] : [];
  },

  async apply(params, changes, ctx, { file, lines, old, asWanted }) {
    ctx.signal.throwIfAborted();
    const source = file.text ?? '';
    if (changes.some(({ action, target }) => action === 'delete' && target === params.path)) {
      await writeEdited(params, file, ctx, undefined, false);
    } else if (params.ensure === 'absent') {
      const left = old.toReversed().reduce((body, index) => spliceLines(body, index, 1, [], '\n'), source);
      await writeEdited(params, file, ctx, left, false);
    } else if (asWanted) {
      await writeEdited(params, file, ctx, file.text, isSecret(params.line));
    } else {
      const line = await ctx.reveal(params.line);
      requireOneLine(params.path, line);
      const at = old[0] ?? placeFor(lines, expression(params.after), expression(params.before));
      const edited = spliceLines(source, at, old.length, [line], eolOf(file.text));
      await writeEdited(params, file, ctx, edited, isSecret(params.line));
    }
    return undefined;
  },
};

/**
 * Is the line where it should be: as the last one that matches, or anywhere if it does not match itself? (Else a
 * second `#Port` would be replaced the next time, after the first has become `Port 22`.)
 */
async function stands(params: Params, ctx: ReadContext, lines: readonly string[], last: number): Promise<boolean> {
  const match = expression(params.match);
  const candidates = lines.filter((line, index) => index === last || match?.test(line) !== true);
  for (const line of candidates) if (await textMatches(ctx, params.line, line)) return true;
  return false;
}

async function indexesOf(lines: readonly string[], holds: (line: string) => Promise<boolean>): Promise<readonly number[]> {
  const indexes: number[] = [];
  for (const [index, line] of lines.entries()) if (await holds(line)) indexes.push(index);
  return indexes;
}

/** What the line is called: its pattern, which outlives changes of its text, else its text, or what may be shown of it. */
function partName({ line, match }: Params): string {
  if (match !== undefined) return `/${match}/`;
  if (line instanceof SecretText || !looksSecret(line)) return String(line);
  const name = /^\s*([\w.-]+)[\s=:]/.exec(line)?.[1];
  return name === undefined ? MASK : `${name} ${MASK}`;
}

function isSecret(line: Params['line']): boolean {
  return line instanceof SecretText || looksSecret(line);
}

function expression(source: string | undefined): RegExp | undefined {
  return source === undefined ? undefined : patternOf(source, 'file-line.bad-pattern');
}

function requireOneLine(path: string, line: string): void {
  if (!/[\r\n]/.test(line)) return;
  throw fail('file-line.several-lines', `The line for ${path} has a line break in it.`, {
    hints: ['Use file.block for several lines, or a step for each.'],
  });
}
