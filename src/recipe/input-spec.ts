import type { Json, JsonObject } from '../model/json.ts';
import type { AskedWhere, InputSpec, InputType, Position, Problem } from '../model/recipe.ts';
import { type Filled, fillCondition, type Use } from './filled-text.ts';
import { inputFault } from './input-value.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** Inputs that are numbers; all others but `boolean` are text. */
const NUMBERS: ReadonlySet<InputType> = new Set(['integer', 'port']);

const OCTET = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

const schemas: Readonly<Record<InputType, JsonObject>> = {
  string: { type: 'string', minLength: 1, pattern: '^[^\\r\\n]*$' },
  text: { type: 'string', minLength: 1 },
  // No name ends in a number: that would be an address.
  hostname: { type: 'string', maxLength: 253, pattern: `^(${LABEL}\\.)*(?!\\d+$)${LABEL}$` },
  email: { type: 'string', format: 'email' },
  port: { type: 'integer', minimum: 1, maximum: 65535 },
  path: { type: 'string', pattern: '^(?!.*/\\.\\.(/|$))/[^\\r\\n\\u0000]*$' },
  cidr: { type: 'string', pattern: `^(${OCTET}\\.){3}${OCTET}/(3[0-2]|[12]?\\d)$` },
  ip: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  url: { type: 'string', format: 'uri', pattern: '^https?://[^\\s/]+' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  choice: { type: 'string' },
  secret: { type: 'string', minLength: 1 },
};

interface RawInput {
  readonly type: InputType;
  readonly title: string;
  readonly explain?: string;
  readonly default?: Json;
  readonly optional?: boolean;
  readonly when?: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly pattern_means?: string;
}

/** An input as it was read, and what is needed to check it among the others. */
export interface ReadInput {
  readonly spec: InputSpec;
  /** Expressions of `when`. */
  readonly conditions: readonly Use[];
  readonly problems: readonly Problem[];
}

/** An input as the recipe states it (its keys and their types are checked already), and what is wrong with it. */
export function inputSpec(name: string, raw: RawInput, source: YamlSource, path: Path): ReadInput {
  const problems: Problem[] = [];
  const refuse = (code: string, key: string, expected: string, at: Position = source.place([...path, key], 'key')): void => {
    problems.push({ code, at, found: `\`${key}: ${source.written([...path, key]).replaceAll('`', '')}\``, expected });
  };
  const isText = raw.type !== 'boolean' && !NUMBERS.has(raw.type);

  if (raw.type === 'choice' && raw.choices === undefined) {
    problems.push({
      code: 'recipe.missing-key',
      at: source.place(path, 'key'),
      found: 'no `choices`',
      expected: '`choices`: what it offers',
    });
  }
  if (raw.type !== 'choice' && raw.choices !== undefined) {
    refuse('recipe.misplaced-key', 'choices', '`type: choice` for an input with choices');
  }
  for (const key of ['min', 'max'] as const) {
    if (raw[key] !== undefined && (raw.type === 'boolean' || raw.type === 'choice')) {
      refuse('recipe.misplaced-key', key, 'a bound only for numbers and text');
    }
  }
  if (raw.min !== undefined && raw.max !== undefined && raw.min > raw.max) {
    refuse('recipe.wrong-value', 'min', 'no more than `max`');
  }
  if (raw.pattern !== undefined) {
    if (!isText || raw.type === 'choice') refuse('recipe.misplaced-key', 'pattern', 'a pattern only for text');
    else if (!isRegExp(raw.pattern)) refuse('recipe.wrong-value', 'pattern', 'a regular expression');
  }
  if (raw.pattern_means !== undefined && raw.pattern === undefined) {
    refuse('recipe.misplaced-key', 'pattern_means', 'a `pattern` that it tells about');
  }
  if (raw.optional === true && raw.default !== undefined) {
    refuse('recipe.misplaced-key', 'optional', 'either a default or `optional`');
  }
  if (raw.type === 'secret' && raw.default !== undefined) {
    refuse('recipe.misplaced-key', 'default', 'no default: a secret is never written in a recipe');
  }

  const when = conditionOf(raw.when, [...path, 'when'], source);
  problems.push(...(when?.filled.problems ?? []));

  const spec: InputSpec = {
    name,
    type: raw.type,
    title: raw.title,
    ...(raw.explain !== undefined && { explain: raw.explain }),
    ...(raw.default !== undefined && { default: raw.default }),
    optional: raw.optional ?? false,
    ...(when !== undefined && { when: when.asked }),
    ...(raw.choices !== undefined && { choices: raw.choices }),
    schema: schemaOf(raw, isText),
    ...(raw.pattern_means !== undefined && { patternMeans: raw.pattern_means }),
    at: source.place(path, 'key'),
  };
  if (problems.length === 0 && raw.default !== undefined) {
    const fault = inputFault(spec, raw.default);
    if (fault !== undefined) {
      const at = [...path, 'default'];
      problems.push({ code: 'recipe.bad-default', at: source.place(at), found: source.written(at), expected: fault });
    }
  }
  return { spec, conditions: when?.filled.uses ?? [], problems };
}

/** Where it is asked for. A key of another type is reported already. */
function conditionOf(
  raw: unknown,
  path: Path,
  source: YamlSource,
): { readonly filled: Filled; readonly asked: AskedWhere } | undefined {
  if (typeof raw !== 'string') return undefined;
  const filled = fillCondition(
    raw,
    (nth, offset) => source.placeIn(path, nth, offset),
    (offset) => source.placeOfChar(path, offset),
  );
  const { references, evaluate } = filled;
  return { filled, asked: { references, evaluate, source: filled.uses[0]?.expression.source.trim() ?? raw } };
}

function schemaOf(raw: RawInput, isText: boolean): JsonObject {
  const own: JsonObject = schemas[raw.type];
  if (raw.type === 'choice') return { ...own, enum: raw.choices ?? [] };
  const [least, greatest] = isText ? (['minLength', 'maxLength'] as const) : (['minimum', 'maximum'] as const);
  const bounds: JsonObject = {
    ...(raw.min !== undefined && { [least]: raw.min }),
    ...(raw.max !== undefined && { [greatest]: raw.max }),
    ...(raw.pattern !== undefined && { pattern: raw.pattern }),
  };
  // Both the type's bounds and the recipe's must hold, and a schema has each keyword once.
  return Object.keys(bounds).some((key) => key in own) ? { ...own, allOf: [bounds] } : { ...own, ...bounds };
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
