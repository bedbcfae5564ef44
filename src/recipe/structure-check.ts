import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { DURATION_PATTERN } from '../model/duration.ts';
import type { Problem } from '../model/recipe.ts';
import type { AnyStepType } from '../model/step.ts';
import { createFit } from './fits.ts';
import { envelopeSchema, paramsSchema } from './recipe-schema.ts';
import { HYPHEN_NAME_PATTERN, NAME_PATTERN, patternWords } from './recipe-words.ts';
import { expectedWords, helpfulErrors } from './schema-errors.ts';
import { didYouMean, oneOf } from './suggestion.ts';
import type { Path, YamlSource } from './yaml-source.ts';

// Quick to compile rather than quick to run: not checked against the meta-schema either, as tests do that.
const unchecked = { meta: false, validateSchema: false, code: { optimize: false } } as const;
const strict = { strict: true, strictTypes: false, allErrors: true, verbose: true, allowUnionTypes: true } as const;
let ajv: Ajv | undefined;

function compile(schema: object): ValidateFunction {
  if (ajv === undefined) {
    ajv = new Ajv({ ...unchecked, ...strict });
    formats.default(ajv);
  }
  return ajv.compile(schema);
}

/** Does a value meet a schema; and where it does not, what is wrong, for which the schema is compiled once more. */
interface SchemaCheck {
  readonly fits: (value: unknown) => boolean;
  readonly schema: object;
  validate?: ValidateFunction;
}

let envelope: SchemaCheck | undefined;
const paramsOf = new WeakMap<AnyStepType, SchemaCheck>();

function schemaCheck(schema: object): SchemaCheck {
  return { fits: createFit(schema), schema };
}

/** What is wrong with a recipe's keys and values, apart from its steps' params. */
export function checkEnvelope(source: YamlSource): readonly Problem[] {
  envelope ??= schemaCheck(envelopeSchema());
  return check(envelope, source.data, source, [], 'key');
}

/** What is wrong with the params of one step, which stand at `path`. */
export function checkParams(type: AnyStepType, params: unknown, source: YamlSource, path: Path): readonly Problem[] {
  const known = paramsOf.get(type) ?? schemaCheck(paramsSchema(type));
  paramsOf.set(type, known);
  return check(known, params, source, path, 'param');
}

function check(known: SchemaCheck, data: unknown, source: YamlSource, path: Path, noun: 'key' | 'param'): Problem[] {
  if (known.fits(data)) return [];
  known.validate ??= compile(known.schema);
  const { validate } = known;
  if (validate(data)) return [];
  return helpfulErrors(validate.errors ?? []).map((error) => toProblem(error, source, path, noun));
}

function toProblem(error: ErrorObject, source: YamlSource, base: Path, noun: 'key' | 'param'): Problem {
  const path = [...base, ...pointerPath(error.instancePath)];
  const at = source.place(path, error.data === null ? 'key' : 'value');
  if (error.propertyName !== undefined) {
    const place = source.place([...path, error.propertyName], 'key');
    return {
      code: 'recipe.bad-name',
      at: place,
      found: `\`${error.propertyName}\``,
      expected: expectedWords(error, patternWords),
    };
  }
  const params = error.params as Readonly<Record<string, unknown>>;
  const siblings = (error.parentSchema?.properties ?? {}) as Readonly<Record<string, { readonly description?: string }>>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const names = Object.keys(siblings);
      return {
        code: `recipe.unknown-${noun}`,
        at: source.place([...path, key], 'key'),
        found: `\`${key}\``,
        expected: oneOf(names) + didYouMean(key, names),
      };
    }
    case 'required': {
      const key = String(params.missingProperty);
      const description = siblings[key]?.description;
      return {
        code: `recipe.missing-${noun}`,
        at: source.place(path, typeof path.at(-1) === 'string' ? 'key' : 'value'),
        found: `no \`${key}\``,
        expected: `\`${key}\`${description === undefined ? '' : `: ${description}`}`,
      };
    }
    case 'uniqueItems': {
      const place = [...path, Math.max(Number(params.i), Number(params.j))];
      return { code: 'recipe.wrong-value', at: source.place(place), found: source.written(place), expected: 'each item once' };
    }
    default: {
      const name = error.keyword === 'not' ? undefined : path.findLast((part) => typeof part === 'string');
      const subject = name === undefined ? '' : ` for \`${name}\``;
      return { code: codeOf(error), at, found: source.written(path), expected: expectedWords(error, patternWords) + subject };
    }
  }
}

function codeOf(error: ErrorObject): string {
  if (error.keyword === 'anyOf') {
    const fixed = (error.schema as readonly object[]).some((branch) => 'const' in branch || 'enum' in branch);
    return fixed ? 'recipe.wrong-value' : 'recipe.wrong-type';
  }
  if (error.keyword === 'type') return 'recipe.wrong-type';
  if (error.schema === DURATION_PATTERN) return 'recipe.bad-duration';
  if (error.schema === NAME_PATTERN || error.schema === HYPHEN_NAME_PATTERN) return 'recipe.bad-name';
  return 'recipe.wrong-value';
}

/** A JSON pointer as a path; list indexes become numbers. */
function pointerPath(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
