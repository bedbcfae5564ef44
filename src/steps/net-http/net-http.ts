import Type, { type Static } from 'typebox';
import { parseDuration } from '../../model/duration.ts';
import { canonicalJson, type Json } from '../../model/json.ts';
import { type Reveal, SecretText } from '../../model/secrets.ts';
import type { Change, ReadContext, StepType } from '../../model/step.ts';
import { CUT, sanitize } from '../../model/untrusted-text.ts';
import { compilePattern } from '../lib/captures.ts';
import { atPointer, JSON_POINTER_PATTERN } from '../lib/json-pointer.ts';
import { duration, text } from '../lib/schema.ts';
import { type HttpLook, type HttpSeen, lookOnce } from './look-once.ts';

const pointer = { pattern: JSON_POINTER_PATTERN };

const schema = Type.Object(
  {
    url: Type.String({ pattern: '^https?://[^\\s@]+$', description: 'What to ask. Never with a secret in it: it is shown.' }),
    method: Type.Optional(Type.String({ pattern: '^[A-Z]+$', description: 'Default: GET, or POST with a `body`.' })),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }), text("A header's value; may hold secrets."), {
        description: 'Headers to send.',
      }),
    ),
    body: Type.Optional(text('What to send; may hold secrets.')),
    status: Type.Optional(
      Type.Union(
        [Type.Integer({ minimum: 100, maximum: 599 }), Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), { minItems: 1 })],
        { description: 'The status, or statuses, that will do. Default: 200. A redirection is not followed: it is a status.' },
      ),
    ),
    contains: Type.Optional(Type.String({ minLength: 1, description: 'A regular expression that the body must match.' })),
    json: Type.Optional(
      Type.Record(Type.String(pointer), Type.Unsafe<Json>({}), {
        description: 'JSON pointer → the value that the body, read as JSON, must have there.',
      }),
    ),
    resolve: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Fa-f.:]+$',
        description: "Connect to this IP address instead of what the URL's host resolves to.",
      }),
    ),
    insecure: Type.Optional(
      Type.Boolean({ description: 'Accept a certificate that nobody vouches for: a self-signed one. Default: false.' }),
    ),
    every: Type.Optional(duration('How long to wait between two looks. Default: 1s.')),
    outputs: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
        Type.Union([
          Type.Object({ json: Type.String(pointer) }, { additionalProperties: false }),
          Type.Object({ pattern: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
        ]),
        { description: 'What to keep of the body: name → a JSON pointer, or a regular expression whose first group is kept.' },
      ),
    ),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** What one look saw. */
interface State {
  /** For people: `HTTP 502: Bad gateway`, or why there was no answer; null where nobody looked. */
  readonly seen: string | null;
  /** What is not as wanted. */
  readonly wrong: readonly string[];
  readonly outputs: Readonly<Record<string, Json>>;
}

const SHOWN_CHARACTERS = 200;
const READING_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** A check: something answers over HTTP as it should. */
export const netHttp: StepType<Params, State> = {
  name: 'net.http',
  summary: 'A URL answers as it should.',
  schema,
  looksForItself: true,
  outputs: { status: 'The status of the answer.' },
  outputNames: ({ outputs }) => (typeof outputs === 'object' && outputs !== null ? Object.keys(outputs) : []),
  needs: () => [],
  whenInDoubt: () => 'read-again',
  pollEveryMs: ({ every }) => parseDuration(every ?? '1s') ?? 1000,
  read,
  diff: (params, { seen, wrong }): readonly Change[] =>
    wrong.length === 0 ? [] : [{ action: 'check', target: params.url, before: seen, after: wanted(params) }],
  notes: (_, { seen }) =>
    seen === null ? ['looked at in the run only: the request sends a secret or could change something'] : [],
  outputsOf: (_, { outputs }) => outputs,
};

async function read(params: Params, ctx: ReadContext): Promise<State> {
  ctx.signal.throwIfAborted();
  const request = await requestOf(params, ctx);
  if (request === undefined) return { seen: null, wrong: ['not looked at'], outputs: {} };
  const state = judge(params, await lookOnce(request, ctx.signal));
  if (!ctx.forecast && state.wrong.length > 0) ctx.progress(`${params.url}: ${state.wrong.join('; ')}`);
  return state;
}

/** The request to send, or undefined where a plan must not send it: it could change something, or tells a secret. */
async function requestOf(params: Params, ctx: ReadContext): Promise<HttpLook | undefined> {
  const method = params.method ?? (params.body === undefined ? 'GET' : 'POST');
  if (ctx.forecast && !READING_METHODS.includes(method)) return undefined;
  const texts = { ...params.headers, ...(params.body === undefined ? {} : { '': params.body }) };
  const revealed: Record<string, string> = {};
  for (const [name, value] of Object.entries(texts)) {
    if (value instanceof SecretText && !canReveal(ctx)) return undefined;
    revealed[name] = canReveal(ctx) ? await ctx.reveal(value) : String(value);
  }
  const { '': body, ...headers } = revealed;
  return {
    url: params.url,
    method,
    headers,
    insecure: params.insecure ?? false,
    ...(body === undefined ? {} : { body }),
    ...(params.resolve === undefined ? {} : { resolve: params.resolve }),
  };
}

/** The context of a check has a way to secrets in a run, and none in a plan. */
function canReveal(ctx: ReadContext): ctx is ReadContext & Reveal {
  return !ctx.forecast && 'reveal' in ctx && typeof ctx.reveal === 'function';
}

function judge(params: Params, seen: HttpSeen): State {
  if ('error' in seen) return { seen: sanitize(seen.error), wrong: [sanitize(seen.error)], outputs: {} };
  const { status, body } = seen;
  const wrong: string[] = [];
  if (!statuses(params).includes(status)) wrong.push(`HTTP ${status}`);
  if (params.contains !== undefined && !compilePattern(params.contains, 'contains').test(body)) {
    wrong.push(`the body does not match ${params.contains}`);
  }
  const document = needsJson(params) ? parsed(body) : undefined;
  if (needsJson(params) && document === undefined) wrong.push('the body is not JSON');
  for (const [at, expected] of Object.entries(params.json ?? {})) {
    const value = found(document, at);
    if (value === undefined) wrong.push(`nothing at ${at}`);
    else if (canonicalJson(value) !== canonicalJson(expected)) wrong.push(`${at} is ${canonicalJson(value)}`);
  }
  const outputs: Record<string, Json> = { status };
  for (const [name, source] of Object.entries(params.outputs ?? {})) {
    const value = 'json' in source ? found(document, source.json) : captured(body, source.pattern, name);
    if (value === undefined) wrong.push(`no value for the output ${name}`);
    else outputs[name] = value;
  }
  const text = sanitize(body).trim();
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}${CUT}` : text;
  return { seen: shown === '' ? `HTTP ${status}` : `HTTP ${status}: ${shown}`, wrong, outputs };
}

function needsJson(params: Params): boolean {
  return params.json !== undefined || Object.values(params.outputs ?? {}).some((source) => 'json' in source);
}

function parsed(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}

function found(document: Json | undefined, at: string): Json | undefined {
  return document === undefined ? undefined : atPointer(document, at);
}

function captured(body: string, pattern: string, name: string): string | undefined {
  const match = compilePattern(pattern, `outputs.${name}.pattern`).exec(body);
  return match?.[1] ?? match?.[0];
}

function statuses({ status = 200 }: Params): readonly number[] {
  return typeof status === 'number' ? [status] : status;
}

function wanted(params: Params): string {
  const parts = [`HTTP ${statuses(params).join(' or ')}`];
  if (params.contains !== undefined) parts.push(`a body that matches ${params.contains}`);
  for (const [at, value] of Object.entries(params.json ?? {})) parts.push(`${at} is ${canonicalJson(value)}`);
  for (const name of Object.keys(params.outputs ?? {})) parts.push(`a value for ${name}`);
  return parts.join(', ');
}
