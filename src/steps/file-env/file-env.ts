import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import { MASK, SecretText, type Text } from '../../model/secrets.ts';
import type { ApplyContext, Change, ReadContext, StepType } from '../../model/step.ts';
import {
  editedFileChanges,
  editedFileNeeds,
  editedFileProperties,
  type FoundFile,
  madePart,
  partTarget,
  readFound,
  textMatches,
  writeEdited,
} from '../lib/edited-file.ts';
import { isForeign } from '../lib/foreign-text.ts';
import { text } from '../lib/schema.ts';
import { looksSecret } from '../lib/secret-names.ts';
import { type EnvEntry, encodeEnvValue, isPortable, openQuotes, parseEnv, setEnv } from './env-codec.ts';

const schema = Type.Object(
  {
    ...editedFileProperties('each of these names'),
    values: Type.Record(
      Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_.]*$' }),
      Type.Union([text('A text, written so that docker compose reads exactly it.'), Type.Number(), Type.Boolean(), Type.Null()]),
      {
        additionalProperties: false,
        description:
          'Name → value. A name that is in the file is changed where it stands, a new one is added at the end; `null` removes ' +
          'the name. Values are taken as they are: a `$` in them is no variable.',
      },
    ),
  },
  { additionalProperties: false },
);
type Params = Static<typeof schema>;

interface KeyState {
  readonly key: string;
  /** Null: not wanted in the file. */
  readonly wanted: Text | null;
  readonly found: EnvEntry | undefined;
  readonly asWanted: boolean;
  readonly made: boolean;
  /** The value that is there was never written by this step. */
  readonly foreign: boolean;
}

interface State {
  readonly file: FoundFile;
  readonly keys: readonly KeyState[];
  /** Names in the file that this step does not remove. */
  readonly others: number;
}

/** `file.env`: names in a `.env` file have these values, for docker compose v1 and v2 alike. */
export const fileEnv: StepType<Params, State> = {
  name: 'file.env',
  summary: 'Names in a `.env` file have these values; docker compose reads them exactly so.',
  schema,
  removal: { targets: ({ path, values }) => Object.keys(values).map((key) => partTarget(path, key)) },
  needs: editedFileNeeds,
  whenInDoubt: () => 'read-again',

  async read(params, ctx) {
    const file = await readFound(params, ctx);
    const [open] = file.text === undefined ? [] : openQuotes(file.text);
    if (open !== undefined) throw openQuoteFailure(params.path, open.line, open.key);
    const entries = parseEnv(file.text ?? '');
    const keys: KeyState[] = [];
    for (const [key, value] of Object.entries(params.values)) {
      keys.push(await keyState(params, ctx, file, key, asText(value), entries.get(key)));
    }
    const removed = keys.filter(({ key, wanted, made }) => entries.has(key) && wanted === null && made).length;
    return { file, keys, others: entries.size - removed };
  },

  diff(params, { file, keys, others }) {
    const absent = params.ensure === 'absent';
    const parts = keys.flatMap((state) => (state.asWanted ? [] : [keyChange(params, state)]));
    const names = keys.flatMap(({ key, wanted }) => (wanted === null ? [] : [key]));
    const secret = keys.some(isSecret);
    return editedFileChanges(params, file, {
      parts,
      whenNew: { after: names, ...(secret ? { secret: true as const } : {}) },
      emptied: absent && others === 0,
    });
  },

  managed({ ensure, path }, { file, keys }) {
    if (ensure === 'absent' || file.text === undefined) return [];
    return keys.map(({ key, found, asWanted }) => ({
      file: path,
      part: key,
      text: found?.value ?? found?.written ?? '',
      asWanted,
    }));
  },

  notes(params, { keys }) {
    if (params.ensure !== 'absent') return [];
    const kept = keys.filter(({ found, made }) => found !== undefined && !made);
    return kept.map(({ key }) => `kept: ${key} in ${params.path} was here before`);
  },

  async apply(params, changes, ctx, { file, keys }) {
    ctx.signal.throwIfAborted();
    if (changes.some(({ action, target }) => action === 'delete' && target === params.path)) {
      await writeEdited(params, file, ctx, undefined, false);
      return undefined;
    }
    const values = new Map<string, string | null>();
    for (const state of keys) {
      if (!state.asWanted) values.set(state.key, await revealed(params.path, state, ctx));
    }
    await writeEdited(params, file, ctx, setEnv(file.text ?? '', values), keys.some(isSecret));
    return undefined;
  },
};

async function keyState(
  params: Params,
  ctx: ReadContext,
  file: FoundFile,
  key: string,
  value: Text | null,
  found: EnvEntry | undefined,
): Promise<KeyState> {
  const made = madePart(file, ctx, params.path, key);
  // A name that is not wanted was never given a value by us.
  const known = { key, found, made, foreign: value === null || isForeign(ctx, key) };
  if (params.ensure === 'absent') return { ...known, wanted: null, asWanted: found === undefined || !made };
  if (value === null) return { ...known, wanted: null, asWanted: found === undefined || ctx.kept?.has(key) === true };
  if (typeof value === 'string' && !isPortable(value)) throw notPortable(params.path, key);
  const asWanted = ctx.kept?.has(key) === true || (found?.value !== undefined && (await textMatches(ctx, value, found.value)));
  return { ...known, wanted: value, asWanted };
}

function keyChange(params: Params, { key, wanted, found, foreign }: KeyState): Change {
  const target = partTarget(params.path, key);
  const action = wanted === null ? 'delete' : found === undefined ? 'create' : 'update';
  if (wanted instanceof SecretText || looksSecret(key)) return { action, target, secret: true };
  // Where compose v1 and v2 read the old text differently, its own value says nothing: both are shown as written.
  const asWritten = found !== undefined && found.value === undefined && !foreign;
  const before = found === undefined ? {} : { before: foreign ? MASK : (found.value ?? found.written) };
  const after = wanted === null ? {} : { after: asWritten ? encodeEnvValue(wanted) : wanted };
  return { action, target, ...before, ...after };
}

function isSecret({ key, wanted }: KeyState): boolean {
  return wanted instanceof SecretText || (wanted !== null && looksSecret(key));
}

async function revealed(path: string, { key, wanted }: KeyState, ctx: ApplyContext): Promise<string | null> {
  if (wanted === null) return null;
  const value = await ctx.reveal(wanted);
  if (!isPortable(value)) throw notPortable(path, key);
  return value;
}

function asText(value: Params['values'][string] | undefined): Text | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function notPortable(path: string, key: string): Error {
  return fail(
    'file-env.value-not-portable',
    `The value of ${key} holds a NUL character or half a character; ${path} can't hold that.`,
    {
      hints: [`Give ${key} another value, or pass it in a file of its own.`],
    },
  );
}

function openQuoteFailure(path: string, line: number, key: string): Error {
  return fail('file-env.open-quote', `${path}:${line}: the quote that begins the value of ${key} never ends.`, {
    hints: [`Close the quote in line ${line}. docker compose v2 refuses the file as it is, and v1 drops the value.`],
  });
}
