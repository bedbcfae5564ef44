import { EXPRESSION_REF } from './expression-schema.ts';

/** A JSON Schema, or a part of one. */
export type Schema = { readonly [keyword: string]: unknown };

const ANNOTATIONS = ['title', 'description', 'default', 'examples', 'deprecated'];
const STRING_BOUNDS = ['pattern', 'format', 'enum', 'const', 'minLength', 'maxLength'];

/**
 * The schema of params as an author writes them, from the schema of params as a step gets them: texts and files
 * are strings, and wherever something narrower than text is wanted, an expression may stand instead.
 */
export function authoringSchema(params: object): Schema {
  return asWritten(params as Schema, true);
}

function asWritten(schema: Schema, root = false): Schema {
  if (typeof schema.fairlead === 'string') return fairleadString(schema);
  const inner = mapSubschemas(schema, (sub) => asWritten(sub));
  const branches = (inner.anyOf ?? inner.oneOf) as readonly Schema[] | undefined;
  if (root || !saysKind(schema) || isPlainString(inner)) return inner;
  const annotations = Object.fromEntries(Object.entries(inner).filter(([key]) => ANNOTATIONS.includes(key)));
  const rest = Object.fromEntries(Object.entries(inner).filter(([key]) => !ANNOTATIONS.includes(key)));
  const onlyBranches = branches !== undefined && Object.keys(rest).length === 1;
  return { ...annotations, anyOf: [...(onlyBranches ? branches.map(unwrapped) : [rest]), { $ref: EXPRESSION_REF }] };
}

/** Does it say what kind of value is wanted, and not only what else must hold? */
function saysKind(schema: Schema): boolean {
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  return ['type', 'const', 'enum', '$ref', 'fairlead'].some((key) => key in schema) || branches?.every(saysKind) === true;
}

/** A branch without its own expression alternative: the union that it stands in has one. */
function unwrapped(branch: Schema): Schema {
  const inner = branch.anyOf as readonly Schema[] | undefined;
  if (inner?.length !== 2 || inner[1]?.$ref !== EXPRESSION_REF) return branch;
  const { anyOf: _, ...annotations } = branch;
  return { ...annotations, ...inner[0] };
}

function fairleadString(schema: Schema): Schema {
  const { fairlead, ...rest } = schema;
  if (fairlead === 'text') return { type: 'string', ...rest };
  const says =
    fairlead === 'template'
      ? 'A path in `files/`; its expressions are filled in.'
      : "A path in the recipe's folder; taken as it is.";
  return { type: 'string', minLength: 1, ...rest, description: [schema.description, says].filter(Boolean).join(' ') };
}

function isFree(schema: Schema): boolean {
  return !Object.keys(schema).some((key) => !ANNOTATIONS.includes(key));
}

function isPlainString(schema: Schema): boolean {
  return schema.type === 'string' && !STRING_BOUNDS.some((key) => key in schema);
}

const UNIONS = ['anyOf', 'oneOf', 'allOf'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
/** Not `not`, `if` and `contains`: what they look for must not be met by an expression. */
const SINGLES = ['items', 'additionalProperties', 'then', 'else'];

/** A schema with each of its direct subschemas changed. */
export function mapSubschemas(schema: Schema, change: (sub: Schema) => Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (LISTS.includes(key) && Array.isArray(value)) return [key, value.map((sub) => (isSchema(sub) ? change(sub) : sub))];
      if (MAPS.includes(key)) return [key, mapValues(value as Record<string, unknown>, change)];
      if (SINGLES.includes(key) && isSchema(value)) return [key, change(value)];
      return [key, value];
    }),
  );
}

function mapValues(map: Record<string, unknown>, change: (sub: Schema) => Schema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, sub]) => [key, isSchema(sub) ? change(sub) : sub]));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All schemas that may hold for a param's value: each branch of a union is one. */
export function alternatives(schema: unknown): readonly Schema[] {
  if (!isSchema(schema)) return [];
  const branches = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  if (branches.length === 0) return [schema];
  const own = Object.keys(schema).some((key) => !ANNOTATIONS.includes(key) && !UNIONS.includes(key));
  return [...(own ? [schema] : []), ...branches.flatMap(alternatives)];
}

/** The schemas that may hold for what lies under a key or an index. */
export function below(schemas: readonly Schema[], key: string | number): readonly Schema[] {
  return schemas.flatMap((schema): readonly Schema[] => {
    // A value without any constraint has none below either.
    if (isFree(schema)) return [{}];
    if (typeof key === 'number') return alternatives(schema.items);
    const named = (schema.properties as Record<string, unknown> | undefined)?.[key];
    if (named !== undefined) return alternatives(named);
    const patterns = Object.entries((schema.patternProperties ?? {}) as Record<string, unknown>);
    const matching = patterns.filter(([pattern]) => new RegExp(pattern).test(key)).flatMap(([, sub]) => alternatives(sub));
    return matching.length > 0 ? matching : alternatives(schema.additionalProperties);
  });
}

/** May a secret stand here? Texts and templates hold one, and so does what the schema leaves free. */
export function holdsSecrets(schemas: readonly Schema[]): boolean {
  return schemas.some((schema) => schema.fairlead === 'text' || schema.fairlead === 'template' || isFree(schema));
}

/** The JSON types that may stand here; undefined where any may. */
export function typesOf(schemas: readonly Schema[]): ReadonlySet<string> | undefined {
  const types = new Set<string>();
  for (const schema of schemas) {
    const named = typeof schema.fairlead === 'string' ? 'string' : schema.type;
    const constants = 'const' in schema ? [schema.const] : (schema.enum as readonly unknown[] | undefined);
    if (typeof named === 'string') types.add(named);
    else if (Array.isArray(named)) for (const type of named) types.add(String(type));
    else if (constants !== undefined) for (const value of constants) types.add(value === null ? 'null' : typeof value);
    else return undefined;
  }
  return types.size === 0 ? undefined : types;
}

/** Is text the only thing that may stand here? */
export function takesOnlyText(schemas: readonly Schema[]): boolean {
  const types = typesOf(schemas);
  return types?.size === 1 && types.has('string');
}
