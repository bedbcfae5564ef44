import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import { canonicalJson, type Json } from '../../model/json.ts';
import { MASK, SecretText, type Text } from '../../model/secrets.ts';
import type { ApplyContext, Change, ReadContext, StepType } from '../../model/step.ts';
import {
  type EditedFileParams,
  editedFileChanges,
  editedFileNeeds,
  editedFileProperties,
  type FoundFile,
  madePart,
  partTarget,
  readFound,
  writeEdited,
} from './edited-file.ts';
import { isForeign } from './foreign-text.ts';
import { template } from './schema.ts';
import { looksSecret } from './secret-names.ts';
import {
  type DataWithSecrets,
  dataMatches,
  hidesData,
  pointerParts,
  revealData,
  walk,
  withoutValue,
  withValue,
} from './structured-values.ts';

/** A format that holds plain data, edited value by value. Every text that `set` and `remove` get has been parsed. */
export interface StructuredFormat {
  /** `file.json`: failures begin with it, a dash for the dot. */
  readonly name: string;
  readonly summary: string;
  /** What its name is to people: `JSON`. */
  readonly title: string;
  /** The data of a text; of an empty one, an empty mapping. Throws a failure with line and column where it is damaged. */
  parse(text: string, path: string): Json;
  /** A new file's text. */
  fresh(data: Json): string;
  /** Sets a value whose parent is there; undefined where that would change anything else. */
  set(text: string, parts: readonly string[], value: Json): string | undefined;
  /** Removes a value that is there; undefined where that would change anything else. */
  remove(text: string, parts: readonly string[]): string | undefined;
}

const POINTER = '^(/([^~/]|~[01])*)+$';

function schemaOf({ title }: StructuredFormat) {
  return Type.Object(
    {
      ...editedFileProperties('each value that `set` names'),
      template: Type.Optional(
        template('What a file that is missing begins with: a file in `files/`, filled in. Nothing of it is looked at later on.'),
      ),
      set: Type.Optional(
        Type.Record(
          Type.String({ pattern: POINTER }),
          Type.Unsafe<DataWithSecrets>({ description: `Any ${title} value; texts in it may hold secrets.` }),
          {
            additionalProperties: false,
            description:
              'JSON pointer → value: `/services/web/image`, `/hosts/0`; `~1` stands for a slash within a name, `~0` for a tilde. ' +
              'What is missing on the way is made; an index right after a list’s end adds to it.',
          },
        ),
      ),
      remove: Type.Optional(
        Type.Array(Type.String({ pattern: POINTER }), { description: 'JSON pointers of values that must not be there.' }),
      ),
    },
    { additionalProperties: false },
  );
}

type Params = Static<ReturnType<typeof schemaOf>>;

interface ValueState {
  readonly pointer: string;
  /** Undefined: not wanted in the file. */
  readonly wanted: DataWithSecrets | undefined;
  readonly there: Json | undefined;
  readonly asWanted: boolean;
  readonly made: boolean;
  /** The value that is there was never written by this step. */
  readonly foreign: boolean;
}

interface State {
  readonly file: FoundFile;
  readonly values: readonly ValueState[];
  /** Nothing but empty mappings and lists would be left. */
  readonly emptied: boolean;
}

/** The step type that sets and removes values in files of a format. */
export function structuredFile(format: StructuredFormat): StepType<Params, State> {
  return {
    name: format.name,
    summary: format.summary,
    schema: schemaOf(format),
    removal: { targets: ({ path, set }) => Object.keys(set ?? {}).map((pointer) => partTarget(path, pointer)) },
    needs: editedFileNeeds,
    whenInDoubt: () => 'read-again',

    async read(params, ctx) {
      const file = await readFound(params, ctx);
      const root = file.text === undefined ? {} : format.parse(file.text, params.path);
      if (root === null || typeof root !== 'object') {
        throw failure(format, 'no-container', `${params.path} holds a single value, not a mapping or a list.`, [
          'Replace the file whole with host.file.',
        ]);
      }
      const values = await valueStates(format, params, ctx, file, root);
      const left = values
        .filter(({ asWanted, wanted }) => wanted === undefined && !asWanted)
        .reduce<Json>((data, { pointer }) => withoutValue(data, pointerParts(pointer)), root);
      return { file, values, emptied: isEmpty(left) };
    },

    diff(params, { file, values, emptied }) {
      const wanted = values.filter((value) => value.wanted !== undefined);
      return editedFileChanges(params, file, {
        parts: values.flatMap((value) => (value.asWanted ? [] : [valueChange(params, value)])),
        whenNew: {
          after: wanted.map(({ pointer }) => pointer),
          ...(wanted.some(isSecret) || params.template instanceof SecretText ? { secret: true as const } : {}),
        },
        emptied,
      });
    },

    managed({ ensure, path }, { file, values }) {
      if (ensure === 'absent' || file.text === undefined) return [];
      return values.map(({ pointer, there, asWanted }) => ({
        file: path,
        part: pointer,
        text: there === undefined ? '' : canonicalJson(there),
        asWanted,
      }));
    },

    notes(params, { values }) {
      if (params.ensure !== 'absent') return [];
      const kept = values.filter(({ there, made }) => there !== undefined && !made);
      return kept.map(({ pointer }) => `kept: ${pointer} in ${params.path} was here before`);
    },

    async apply(params, changes, ctx, { file, values }) {
      ctx.signal.throwIfAborted();
      if (changes.some(({ action, target }) => action === 'delete' && target === params.path)) {
        await writeEdited(params, file, ctx, undefined, false);
        return undefined;
      }
      const text = await edited(format, params, file, values, ctx);
      await writeEdited(params, file, ctx, text, values.some(isSecret) || params.template instanceof SecretText);
      return undefined;
    },
  };
}

async function valueStates(
  format: StructuredFormat,
  params: Params,
  ctx: ReadContext,
  file: FoundFile,
  root: Json,
): Promise<readonly ValueState[]> {
  const absent = params.ensure === 'absent';
  const states: ValueState[] = [];
  for (const [pointer, value] of Object.entries(params.set ?? {})) {
    const found = walk(root, pointerParts(pointer));
    if (!absent) refuseBlocked(format, params, pointer, root);
    const there = found.kind === 'there' ? found.value : undefined;
    const kept = ctx.kept?.has(pointer) === true;
    const equal = kept || (there !== undefined && (await dataMatches(value, there, ctx.secrets)));
    const made = madePart(file, ctx, params.path, pointer);
    // An item of a list has no name: once it is gone, the next one is in its place. Only the very same one is ours.
    const gone = there === undefined || !made || (!equal && isListItem(root, pointer));
    const foreign = isForeign(ctx, pointer);
    states.push({ pointer, wanted: absent ? undefined : value, there, asWanted: absent ? gone : equal, made, foreign });
  }
  if (absent) return states;
  for (const pointer of params.remove ?? []) {
    const found = walk(root, pointerParts(pointer));
    if (isListItem(root, pointer)) {
      throw failure(
        format,
        'remove-from-list',
        `${pointer} of ${params.path} is an item of a list, which can't be removed by its index.`,
        ['The next item would take its place, and be removed the next time: set the whole list instead.'],
      );
    }
    const there = found.kind === 'there' ? found.value : undefined;
    states.push({
      pointer,
      wanted: undefined,
      there,
      asWanted: there === undefined || ctx.kept?.has(pointer) === true,
      made: false,
      foreign: true,
    });
  }
  return states;
}

function valueChange(params: Params, value: ValueState): Change {
  const { pointer, wanted, there, foreign } = value;
  const target = partTarget(params.path, pointer);
  const action = wanted === undefined ? 'delete' : there === undefined ? 'create' : 'update';
  if (isSecret(value) || hidesData(there)) return { action, target, secret: true };
  const before = there === undefined ? {} : { before: foreign && !isSwitch(there) ? MASK : there };
  // Holds no secret text, as `isSecret` has just said.
  return { action, target, ...before, ...(wanted === undefined ? {} : { after: wanted as Json }) };
}

/** A value that can hide nothing. */
function isSwitch(value: Json): boolean {
  return value === null || typeof value === 'boolean';
}

function isSecret({ pointer, wanted }: ValueState): boolean {
  return pointerParts(pointer).some(looksSecret) || hidesData(wanted);
}

async function edited(
  format: StructuredFormat,
  params: Params,
  file: FoundFile,
  values: readonly ValueState[],
  ctx: ApplyContext,
): Promise<string> {
  let text = file.text ?? (await beginning(params.template, ctx));
  let data: Json = text === undefined ? {} : format.parse(text, params.path);
  const step = (next: string | undefined, pointer: string): string => {
    if (next !== undefined) return next;
    throw failure(format, 'shared-value', `${pointer} of ${params.path} can't be changed without changing something else.`, [
      'It comes through an anchor, a merge or a key that stands there twice: write it out in the file first.',
    ]);
  };
  for (const { pointer, wanted, asWanted } of values) {
    if (asWanted || wanted === undefined) continue;
    refuseBlocked(format, params, pointer, data);
    const { parts, value } = firstMissing(data, pointerParts(pointer), await revealData(wanted, ctx));
    data = withValue(data, parts, value);
    if (text !== undefined) text = step(format.set(text, parts, value), pointer);
  }
  if (text === undefined) return format.fresh(data);
  const isLeft = ({ pointer, asWanted }: ValueState): boolean =>
    file.text === undefined ? walk(data, pointerParts(pointer)).kind === 'there' : !asWanted;
  const removed = values.filter((value) => value.wanted === undefined && isLeft(value)).map(({ pointer }) => pointer);
  // The last item of a list first: the others keep their indexes.
  for (const pointer of removed.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))) {
    text = step(format.remove(text, pointerParts(pointer)), pointer);
  }
  return text;
}

/** What a new file begins with. */
async function beginning(template: Text | undefined, ctx: ApplyContext): Promise<string | undefined> {
  return template === undefined ? undefined : ctx.reveal(template);
}

/** The edit at the first part that is missing on the way: what lies below it is made with it. */
function firstMissing(root: Json, parts: readonly string[], value: Json): { parts: readonly string[]; value: Json } {
  const found = walk(root, parts);
  if (found.kind !== 'missing') return { parts, value };
  const below = parts.slice(found.depth + 1);
  return { parts: parts.slice(0, found.depth + 1), value: below.reduceRight<Json>((inner, part) => ({ [part]: inner }), value) };
}

function isListItem(root: Json, pointer: string): boolean {
  const parent = walk(root, pointerParts(pointer).slice(0, -1));
  return parent.kind === 'there' && Array.isArray(parent.value);
}

function isEmpty(data: Json): boolean {
  return (
    data === null ||
    (typeof data === 'object' && Object.values(data).every((item) => item !== null && typeof item === 'object' && isEmpty(item)))
  );
}

/** Throws `file-….no-container` where something on the way to a value can't hold it. */
function refuseBlocked(format: StructuredFormat, params: EditedFileParams, pointer: string, root: Json): void {
  const found = walk(root, pointerParts(pointer));
  if (found.kind === 'blocked') throw blocked(format, params, pointer, found.depth, found.by);
}

function blocked(
  format: StructuredFormat,
  params: EditedFileParams,
  pointer: string,
  depth: number,
  by: 'value' | 'index',
): Error {
  const parent = `/${pointer
    .split('/')
    .slice(1, depth + 1)
    .join('/')}`.replace(/^\/$/, 'the top');
  const what =
    by === 'index'
      ? `${parent} is a list, and ${pointer.split('/')[depth + 1]} is no index in it, nor the one after its end`
      : `${parent} is a plain value there, which can't hold anything`;
  return failure(format, 'no-container', `${pointer} can't be set in ${params.path}: ${what}.`, [
    `Look at ${parent} in the file, and correct the pointer, or set ${parent} whole.`,
  ]);
}

function failure({ name }: StructuredFormat, code: string, message: string, hints: readonly string[]): Error {
  return fail(`${name.replace('.', '-')}.${code}`, message, { hints });
}
