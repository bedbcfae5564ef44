import type { ErrorObject } from 'ajv';
import { EXPRESSION_REF } from './expression-schema.ts';

/**
 * Of all that ajv complains about (with `allErrors` and `verbose`), the one complaint per mistake that helps:
 * where a union fails, the complaints of the branch that was most likely meant.
 */
export function helpfulErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  return reduce(errors.filter((error) => !error.schemaPath.startsWith(EXPRESSION_REF) && error.keyword !== 'if'));
}

function reduce(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const outermost = unions.filter((error) => !unions.some((other) => other !== error && isInside(error, other)));
  const inUnion = new Set<ErrorObject>();
  const reduced = outermost.flatMap((union) => {
    const inside = errors.filter((error) => error !== union && isInside(error, union));
    inUnion.add(union);
    for (const error of inside) inUnion.add(error);
    return bestOf(union, inside);
  });
  const plain = errors.filter((error) => !inUnion.has(error));
  return [...withoutPropertyNames(plain), ...reduced];
}

function isInside(error: ErrorObject, union: ErrorObject): boolean {
  return error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath);
}

function bestOf(union: ErrorObject, inside: readonly ErrorObject[]): readonly ErrorObject[] {
  const branches = union.schema as readonly { readonly $ref?: unknown }[];
  const candidates = branches.flatMap((branch, index) => {
    if (branch.$ref === EXPRESSION_REF) return [];
    const own = inside.filter((error) => error.schemaPath.startsWith(`${union.schemaPath}/${index}/`));
    return [reduce(own)];
  });
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined && only.length > 0) return only;
  // The branch was meant whose type and fixed values fit; if none is, the union itself is the complaint.
  const meant = candidates.filter((own) => own.length > 0 && !own.some((error) => misses(error, union)));
  // Where every branch only wants a key, the choice between them is the complaint.
  if (meant.length > 1 && candidates.every((own) => own.every((error) => wantsKey(error, union)))) return [union];
  const best = meant.toSorted((a, b) => a.length - b.length)[0];
  return best ?? [union];
}

function misses(error: ErrorObject, union: ErrorObject): boolean {
  if (error.instancePath === union.instancePath) return ['type', 'const', 'enum'].includes(error.keyword);
  return error.keyword === 'const';
}

function wantsKey(error: ErrorObject, union: ErrorObject): boolean {
  return error.keyword === 'required' && error.instancePath === union.instancePath;
}

/** A bad key is complained about twice: once for the key and once for its map. */
function withoutPropertyNames(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  return errors.filter((error) => error.keyword !== 'propertyNames');
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

/** What is wanted, in words: `a whole number from 1 to 65535`. Never mentions the value. */
export function expectedWords(error: ErrorObject, patternWords: Readonly<Record<string, string>> = {}): string {
  const limit = (error.params as { limit?: number }).limit;
  switch (error.keyword) {
    case 'type':
      return typeWords((error.params as { type: string | string[] }).type);
    case 'anyOf':
    case 'oneOf':
      return unionWords(error.schema as readonly unknown[]);
    case 'enum':
      return `one of ${(error.schema as unknown[]).map(String).join(', ')}`;
    case 'const':
      return `\`${String(error.schema)}\``;
    case 'pattern':
      return patternWords[String(error.schema)] ?? `text that matches \`${String(error.schema)}\``;
    case 'format':
      return `a valid ${String(error.schema)}`;
    case 'minimum':
      return `${limit} or more`;
    case 'maximum':
      return `${limit} or less`;
    case 'minLength':
      return limit === 1 ? 'text that is not empty' : `${limit} characters or more`;
    case 'maxLength':
      return `${limit} characters or less`;
    case 'minItems':
      return limit === 1 ? 'a list that is not empty' : `${limit} items or more`;
    case 'not': {
      const keys = (error.schema as { required?: readonly string[] }).required ?? [];
      return keys.length > 1 ? `not ${keys.map((key) => `\`${key}\``).join(' and ')} together` : 'another value';
    }
    case 'fairlead':
      return error.schema === 'recipe-file' ? 'a file of the recipe' : 'text';
    default:
      return error.message ?? 'something else';
  }
}

function typeWords(types: string | readonly string[]): string {
  const list = typeof types === 'string' ? [types] : types;
  return list.map((type) => TYPE_WORDS[type] ?? type).join(' or ');
}

function unionWords(branches: readonly unknown[]): string {
  const words = branches.flatMap((branch) => {
    const schema = branch as {
      $ref?: string;
      required?: string[];
      const?: unknown;
      enum?: unknown[];
      type?: string | string[];
      fairlead?: string;
    };
    if (schema.$ref === EXPRESSION_REF) return [];
    if ('const' in schema) return [`\`${String(schema.const)}\``];
    if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``);
    if (schema.fairlead !== undefined) return ['text'];
    if (schema.type === undefined)
      return schema.required === undefined ? [] : [schema.required.map((key) => `\`${key}\``).join(' with ')];
    return [typeWords(schema.type)];
  });
  return words.length === 0 ? 'another value' : [...new Set(words)].join(' or ');
}
