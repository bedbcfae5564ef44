import { type ASTNode, Environment, EvaluationError, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import { encode } from '../model/encodings.ts';
import { fail, InputNeeded } from '../model/failure.ts';
import type { Position, Reference, Scope, Value } from '../model/recipe.ts';
import { type Encoding, encodeText, joinTexts, SecretText } from '../model/secrets.ts';
import { fromCel, SealedSecret, toCel } from './expression-values.ts';

/** The roots that an expression may start a name with. */
export const ROOTS = ['inputs', 'secrets', 'previous', 'steps', 'deployment', 'recipe', 'needs'] as const;

/** The functions that write a text in an encoding; each takes a string or a secret. */
export const ENCODINGS: readonly Encoding[] = ['url', 'base64', 'json', 'yaml', 'sql', 'shell'];

/** A name inside an expression. `start` counts characters from the expression's first. */
export interface Mention {
  readonly reference: Reference;
  readonly start: number;
  readonly end: number;
  /** It is only asked whether it is null: of a secret that tells nothing. */
  readonly beside?: 'null';
}

/** What is wrong inside an expression. `start` counts characters from the expression's first. */
export interface ExpressionFault {
  readonly start: number;
  readonly message: string;
}

/** A parsed expression of the Common Expression Language (CEL). */
export interface Expression {
  readonly source: string;
  readonly mentions: readonly Mention[];
  /** Names that stop too early: `inputs` alone, `steps.ott` without an output. */
  readonly incomplete: readonly ExpressionFault[];
  /** `at` is where a failure says that the expression stands. */
  evaluate(scope: Scope, at: Position): Value;
}

/**
 * A new CEL environment with our functions and operators. Secrets are the opaque type `SecretText`: it can be
 * joined and encoded, nothing else. `forChecks` gives the functions exact types for static checks; without it,
 * types are looked at when an expression is evaluated, and comparing a secret with anything but `null` fails.
 */
export function createCel(forChecks: boolean): Environment {
  const cel = new Environment({ homogeneousAggregateLiterals: false, limits: { maxDepth: 64, maxAstNodes: 5000 } });
  cel.registerType('SecretText', { ctor: SealedSecret, fields: {} });
  for (const signature of ['SecretText + string', 'string + SecretText', 'SecretText + SecretText']) {
    cel.registerOperator(`${signature}: SecretText`, (left: string | SealedSecret, right: string | SealedSecret) =>
      seal(joinTexts([unseal(left), unseal(right)])),
    );
  }
  for (const encoding of ENCODINGS) {
    const written = (value: unknown): unknown => {
      if (typeof value === 'string') return encode(value, encoding);
      if (value instanceof SealedSecret) return seal(encodeText(value.text, encoding));
      throw new EvaluationError(`${encoding}() takes a string or a secret`);
    };
    const signatures = forChecks
      ? [`${encoding}(string): string`, `${encoding}(SecretText): SecretText`]
      : [`${encoding}(dyn): dyn`];
    for (const signature of signatures) cel.registerFunction(signature, written, { async: false });
  }
  if (!forChecks) {
    for (const root of ROOTS) cel.registerVariable(root, 'dyn');
    for (const signature of ['SecretText == dyn', 'SecretText == SecretText']) {
      cel.registerOperator(`${signature}: bool`, (_: unknown, other: unknown) => {
        // Whether an optional one was given tells nothing of what it is.
        if (other === null) return false;
        throw new EvaluationError('a secret cannot be compared');
      });
    }
  }
  return cel;
}

const evaluator = createCel(false);

/** Parses one expression; answers what is wrong with it where it can't be parsed. */
export function parseExpression(source: string): Expression | ExpressionFault {
  let parsed: ParseResult;
  try {
    parsed = evaluator.parse(source);
  } catch (error) {
    if (error instanceof ParseError) return { start: error.range?.start ?? 0, message: error.summary };
    throw error;
  }
  const mentions: Mention[] = [];
  const incomplete: ExpressionFault[] = [];
  collect(parsed.ast, mentions, incomplete);
  return {
    source,
    mentions,
    incomplete,
    evaluate: (scope, at) => {
      try {
        return fromCel(parsed(contextFor(mentions, scope)));
      } catch (error) {
        throw failed(source, at, error, mentions, scope);
      }
    },
  };
}

function seal(text: string | SecretText): string | SealedSecret {
  return text instanceof SecretText ? new SealedSecret(text) : text;
}

function unseal(value: string | SealedSecret): string | SecretText {
  return value instanceof SealedSecret ? value.text : value;
}

const NAMED = new Set<string>(ROOTS);

/** Walks the tree for `root.name` and `root.name.field`. */
function collect(node: ASTNode, mentions: Mention[], incomplete: ExpressionFault[], beside?: 'null'): void {
  if (node.op === 'id') {
    if (NAMED.has(node.args)) incomplete.push({ start: node.start, message: `\`${node.args}\` alone` });
    return;
  }
  if (node.op === '.') {
    const names = dotted(node);
    const [root, name, field] = names ?? [];
    if (root !== undefined && name !== undefined && NAMED.has(root)) {
      const takesField = root === 'steps' || root === 'needs';
      if (takesField && field === undefined) {
        incomplete.push({ start: node.start, message: `\`${root}.${name}\` without an output` });
        return;
      }
      const reference = { root, name, ...(takesField && field !== undefined && { field }) } as Reference;
      mentions.push({ reference, start: node.start, end: node.end, ...(beside !== undefined && { beside }) });
      return;
    }
  }
  const inner = children(node);
  const ofNull = (node.op === '==' || node.op === '!=') && inner.some(isNull) ? 'null' : undefined;
  for (const one of inner) collect(one, mentions, incomplete, ofNull);
}

function isNull(node: ASTNode): boolean {
  return node.op === 'value' && node.args === null;
}

/** `a.b.c` as its names; undefined where something else than a name is at its root. */
function dotted(node: ASTNode): string[] | undefined {
  const names: string[] = [];
  let current = node;
  while (current.op === '.') {
    names.unshift(current.args[1]);
    current = current.args[0];
  }
  return current.op === 'id' ? [current.args, ...names] : undefined;
}

/** The nodes below a node; a map's entries and a call's arguments are lists inside its args. */
function children(node: ASTNode): ASTNode[] {
  const nodes = (value: unknown): ASTNode[] => (Array.isArray(value) ? value.flatMap(nodes) : isNode(value) ? [value] : []);
  return nodes(node.args);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** Only what the expression mentions is handed over: a scope may hold a thousand steps. */
function contextFor(mentions: readonly Mention[], scope: Scope): Record<string, Record<string, unknown>> {
  const context: Record<string, Record<string, unknown>> = {};
  for (const { reference } of mentions) {
    const { root, name = '', field } = reference;
    context[root] ??= {};
    const values = context[root];
    const from = scopeEntry(scope, root, name);
    if (field === undefined) {
      if (from !== undefined) values[name] = toCel(from as Value);
    } else {
      values[name] ??= {};
      const outputs = from as Readonly<Record<string, Value>> | undefined;
      const value = outputs !== undefined && Object.hasOwn(outputs, field) ? outputs[field] : undefined;
      if (value !== undefined) (values[name] as Record<string, unknown>)[field] = toCel(value);
    }
  }
  return context;
}

/** What a scope holds under a name; the hyphens of a needed recipe's name are underscores in expressions. */
function scopeEntry(scope: Scope, root: Reference['root'], name: string): unknown {
  const entries: Readonly<Record<string, unknown>> = scope[root];
  if (Object.hasOwn(entries, name)) return entries[name];
  if (root !== 'needs') return undefined;
  const key = Object.keys(entries).find((recipe) => recipe.replaceAll('-', '_') === name);
  return key === undefined ? undefined : entries[key];
}

function failed(source: string, at: Position, error: unknown, mentions: readonly Mention[], scope: Scope): Error {
  const where = `${at.file}:${at.line}:${at.column}`;
  const absent =
    error instanceof EvaluationError && error.code === 'no_such_key' ? absentMention(error, mentions, scope) : undefined;
  const empty = absent === undefined ? emptyMention(error, mentions, scope) : undefined;
  const why =
    absent ??
    (empty === undefined ? undefined : `\`inputs.${empty}\` has no value`) ??
    (error instanceof Error ? ((error as { summary?: string }).summary ?? error.message) : String(error));
  const hints =
    absent !== undefined
      ? ['Guard it with `has(…)`, or give this step the same `when`.']
      : empty !== undefined
        ? ['It was left out, or is not asked for with these inputs: a `run` with `--input` gives it one.']
        : [];
  const message = `The expression \`${source}\` at ${where} can't be evaluated: ${why}.`;
  const told = fail('recipe.expression-failed', message, { hints, cause: error });
  return empty === undefined ? told : new InputNeeded(told.failure, empty, { cause: error });
}

/** The input without a value that an expression makes something of as if it had one. */
function emptyMention(error: unknown, mentions: readonly Mention[], scope: Scope): string | undefined {
  if (!(error instanceof EvaluationError) || !/\bnull\b/.test(error.message)) return undefined;
  const { start = 0, end = 0 } = error.range ?? {};
  const mention = mentions.find(
    ({ reference: { root, name = '' }, ...at }) =>
      root === 'inputs' && start <= at.start && at.end <= end && scopeEntry(scope, root, name) === null,
  );
  return mention?.reference.name;
}

function absentMention(error: EvaluationError, mentions: readonly Mention[], scope: Scope): string | undefined {
  const place = error.range?.start ?? -1;
  const mention = mentions.find(({ start, end }) => start <= place && place < end);
  if (mention === undefined) return undefined;
  const { root, name, field } = mention.reference;
  const entry = scopeEntry(scope, root, name ?? '');
  const who = root === 'needs' ? `the recipe \`${name}\`` : `the step \`${name}\``;
  if (field === undefined) return entry === undefined ? `\`${root}.${name}\` has no value` : undefined;
  if (entry === undefined) {
    return root === 'needs' ? `${who} is not installed` : `${who} was skipped or has not run, so it has no \`${field}\``;
  }
  return Object.hasOwn(entry as object, field) ? undefined : `${who} has no output \`${field}\``;
}
