import { isIP } from 'node:net';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { Json } from '../model/json.ts';
import type { InputSpec, InputType } from '../model/recipe.ts';
import { expectedWords } from './schema-errors.ts';
import { didYouMean } from './suggestion.ts';

/** What an input's value must be, in words. */
const inputWords: Readonly<Record<InputType, string>> = {
  string: 'one line of text',
  text: 'text',
  hostname: 'a host name such as `cloud.example.org`',
  email: 'an e-mail address',
  port: 'a port, 1 to 65535',
  path: 'an absolute path without `..`',
  cidr: 'an IPv4 network such as `172.21.0.0/16`',
  ip: 'an IP address',
  url: 'a URL that starts with `http://` or `https://`',
  integer: 'a whole number',
  boolean: 'true or false',
  choice: 'one of its choices',
  secret: 'text that is not empty',
};

const ajv = new Ajv({ meta: false, validateSchema: false, strict: true, strictTypes: false, verbose: true });
formats.default(ajv);
const compiled = new WeakMap<InputSpec, ValidateFunction>();

/** What a value should be instead, in words; undefined where it is a good value of the input. */
export function inputFault(spec: InputSpec, value: Json): string | undefined {
  let validate = compiled.get(spec);
  if (validate === undefined) {
    validate = ajv.compile(spec.schema);
    compiled.set(spec, validate);
  }
  if (validate(value)) return undefined;
  if (spec.type === 'hostname' && isIP(String(value)) !== 0) return `${inputWords.hostname}, not an IP address`;
  const [error] = validate.errors ?? [];
  if (error === undefined || error.keyword === 'type') return inputWords[spec.type];
  if (error.keyword === 'enum') {
    const meant = typeof value === 'string' ? didYouMean(value, spec.choices ?? []) : '';
    return expectedWords(error) + meant;
  }
  const ofType = error.schema === spec.schema[error.keyword] && ['pattern', 'format'].includes(error.keyword);
  const isRecipes = error.keyword === 'pattern' && (!ofType || PLAIN_TEXT.has(spec.type));
  // The recipe's pattern may be the first that something breaks which is no address at all.
  if (isRecipes) return isNoEmail(spec, value) ? inputWords.email : (spec.patternMeans ?? expectedWords(error));
  return ofType || error.schemaPath.includes('anyOf') ? inputWords[spec.type] : expectedWords(error);
}

/** Types without a pattern of their own: a pattern is the recipe's there. */
const PLAIN_TEXT: ReadonlySet<InputType> = new Set(['text', 'secret', 'email']);

const isEmail = ajv.compile({ type: 'string', format: 'email' });

function isNoEmail({ type }: InputSpec, value: Json): boolean {
  return type === 'email' && !isEmail(value);
}

/** A value as the command line gives it (always text), as the input's type wants it where it can be read so. */
export function coerce(spec: InputSpec, value: Json): Json {
  if (typeof value !== 'string') return value;
  if (value === '' && spec.optional) return null;
  if (spec.type === 'integer' || spec.type === 'port') return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (spec.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}
