import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import { SecretText, type Text } from '../../model/secrets.ts';
import type { Change, ReadContext, StepType } from '../../model/step.ts';
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
import { isForeign } from '../lib/foreign-text.ts';
import { template, text } from '../lib/schema.ts';
import { textDiff } from '../lib/text-diff.ts';
import { linesOf, patternOf, placeFor, spliceLines } from '../lib/text-lines.ts';

const schema = Type.Object(
  {
    ...editedFileProperties('the block with its markers'),
    name: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]*$',
      description:
        'Name of the block, part of its markers `# BEGIN fairlead <name>` and `# END fairlead <name>`; unique in the file.',
    }),
    content: Type.Optional(text('The lines between the markers. Either this or `template`.')),
    template: Type.Optional(template('A template whose text stands between the markers.')),
    comment: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'What begins a comment in this file (default `#`); `<!--` and `/*` are closed at the marker’s end.',
      }),
    ),
    after: Type.Optional(Type.String({ description: 'Regular expression: a new block goes after the last line that matches.' })),
    before: Type.Optional(
      Type.String({
        description: 'Regular expression: a new block goes before the last line that matches, unless `after` found a place.',
      }),
    ),
  },
  { additionalProperties: false },
);
type Params = Static<typeof schema>;

/** Where the block stands: the line of its first marker, and how many lines there are with both markers. */
interface Place {
  readonly at: number;
  readonly count: number;
}

interface State {
  readonly file: FoundFile;
  readonly lines: readonly string[];
  readonly place: Place | undefined;
  readonly asWanted: boolean;
  readonly made: boolean;
  /** What stands between the markers was never written by this step. */
  readonly foreign: boolean;
}

/** `file.block`: lines between two markers stand in a file. */
export const fileBlock: StepType<Params, State> = {
  name: 'file.block',
  summary: 'A block of lines, between two markers, stands in a text file.',
  schema,
  removal: { targets: ({ path, name }) => [partTarget(path, name)] },
  needs: editedFileNeeds,
  whenInDoubt: () => 'read-again',

  async read(params, ctx) {
    const wanted = wantedText(params);
    if (!(wanted instanceof SecretText)) requireNoMarker(params, linesOf(wanted ?? ''));
    for (const pattern of [params.after, params.before]) expression(pattern);
    const file = await readFound(params, ctx);
    const lines = linesOf(file.text ?? '');
    const place = findBlock(params, lines);
    const made = madePart(file, ctx, params.path, params.name);
    const foreign = isForeign(ctx, params.name);
    if (params.ensure === 'absent') return { file, lines, place, made, foreign, asWanted: place === undefined || !made };
    const kept = ctx.kept?.has(params.name) === true;
    const asWanted = place !== undefined && (kept || (await sameLines(ctx, wanted ?? '', inside(lines, place))));
    return { file, lines, place, made, foreign, asWanted };
  },

  diff(params, { file, lines, place, foreign, asWanted }) {
    const count = asWanted ? 0 : (place?.count ?? 0);
    return editedFileChanges(params, file, {
      parts: asWanted ? [] : [blockChange(params, lines, place, foreign)],
      whenNew: shown(params, undefined, false),
      emptied: lines.length === count,
    });
  },

  managed: ({ ensure, path, name }, { lines, place, asWanted }) =>
    ensure === 'absent' || place === undefined
      ? []
      : [{ file: path, part: name, text: inside(lines, place).join('\n'), asWanted }],

  notes(params, { place, made }) {
    const kept = params.ensure === 'absent' && place !== undefined && !made;
    return kept ? [`kept: the block ${params.name} in ${params.path} was here before`] : [];
  },

  async apply(params, changes, ctx, { file, lines, place, asWanted }) {
    ctx.signal.throwIfAborted();
    const wanted = wantedText(params);
    const holdsSecrets = wanted instanceof SecretText;
    const source = file.text ?? '';
    if (changes.some(({ action, target }) => action === 'delete' && target === params.path)) {
      await writeEdited(params, file, ctx, undefined, false);
    } else if (params.ensure === 'absent') {
      await writeEdited(
        params,
        file,
        ctx,
        place === undefined ? source : spliceLines(source, place.at, place.count, [], '\n'),
        false,
      );
    } else if (asWanted) {
      await writeEdited(params, file, ctx, file.text, holdsSecrets);
    } else {
      const body = linesOf(await ctx.reveal(wanted ?? ''));
      requireNoMarker(params, body);
      const [begin, end] = markers(params);
      const at = place?.at ?? placeFor(lines, expression(params.after), expression(params.before));
      const edited = spliceLines(source, at, place?.count ?? 0, [begin, ...body, end], eolOf(file.text));
      await writeEdited(params, file, ctx, edited, holdsSecrets);
    }
    return undefined;
  },
};

function blockChange(params: Params, lines: readonly string[], place: Place | undefined, foreign: boolean): Change {
  const target = partTarget(params.path, params.name);
  if (params.ensure === 'absent') return { action: 'delete', target };
  return { action: place === undefined ? 'create' : 'update', target, ...shown(params, place && inside(lines, place), foreign) };
}

/** A diff of the block, unless it holds a secret. */
function shown(params: Params, before: readonly string[] | undefined, foreign: boolean): Pick<Change, 'diff' | 'secret'> {
  const wanted = wantedText(params);
  if (wanted instanceof SecretText) return { secret: true };
  return { diff: textDiff(ended(before ?? []), ended(linesOf(wanted ?? '')), foreign) };
}

function ended(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Line ends and a last line end are nothing: a block has the file's own. */
async function sameLines(ctx: ReadContext, wanted: Text, lines: readonly string[]): Promise<boolean> {
  if (!(wanted instanceof SecretText)) return ended(linesOf(wanted)) === ended(lines);
  for (const eol of ['\n', '\r\n']) {
    const joined = lines.join(eol);
    if ((await textMatches(ctx, wanted, joined)) || (await textMatches(ctx, wanted, joined + eol))) return true;
  }
  return false;
}

function inside(lines: readonly string[], { at, count }: Place): readonly string[] {
  return lines.slice(at + 1, at + count - 1);
}

function findBlock(params: Params, lines: readonly string[]): Place | undefined {
  const [begin, end] = markers(params);
  const begins = indexesOf(lines, begin);
  const ends = indexesOf(lines, end);
  const [first, last] = [begins[0], ends[0]];
  if (first === undefined && last === undefined) return undefined;
  if (begins.length === 1 && ends.length === 1 && first !== undefined && last !== undefined && first < last) {
    return { at: first, count: last - first + 1 };
  }
  const places = [...begins, ...ends].sort((a, b) => a - b).map((index) => index + 1);
  throw fail(
    'file-block.damaged-markers',
    `The markers of the block ${params.name} in ${params.path} don't make one pair (lines ${places.join(', ')}).`,
    { hints: [`Leave one \`${begin}\` and one \`${end}\` after it, or remove them all with what is between them.`] },
  );
}

function indexesOf(lines: readonly string[], marker: string): readonly number[] {
  return lines.flatMap((line, index) => (line.trim() === marker ? [index] : []));
}

function markers({ comment = '#', name }: Params): readonly [string, string] {
  const close = comment === '<!--' ? ' -->' : comment === '/*' ? ' */' : '';
  return [`${comment} BEGIN fairlead ${name}${close}`, `${comment} END fairlead ${name}${close}`];
}

function wantedText({ path, content, template: filled, ensure }: Params): Text | undefined {
  if (ensure === 'absent' || (content === undefined) !== (filled === undefined)) return content ?? filled;
  throw fail('file-block.no-content', `The block in ${path} needs either \`content\` or \`template\`, one of the two.`, {
    hints: ['Correct the step in the recipe.'],
  });
}

function requireNoMarker(params: Params, body: readonly string[]): void {
  const all = markers(params);
  if (!body.some((line) => all.includes(line.trim()))) return;
  throw fail(
    'file-block.marker-in-content',
    `The content of the block ${params.name} in ${params.path} holds the block's own marker.`,
    {
      hints: ['Leave the markers out of the content; fairlead writes them.'],
    },
  );
}

function expression(source: string | undefined): RegExp | undefined {
  return source === undefined ? undefined : patternOf(source, 'file-block.bad-pattern');
}
