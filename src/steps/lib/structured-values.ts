import type { Json, JsonObject } from '../../model/json.ts';
import { type Reveal, type SecretCompare, SecretText } from '../../model/secrets.ts';
import { looksSecret } from './secret-names.ts';

/** Plain data in which any string may be a secret text. */
export type DataWithSecrets = Json | SecretText | readonly DataWithSecrets[] | { readonly [key: string]: DataWithSecrets };

/** The parts of a JSON pointer (RFC 6901), unescaped. */
export function pointerParts(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Where the walk along a pointer came to. */
export type Walk =
  | { readonly kind: 'there'; readonly value: Json }
  /** Nothing at `depth`: all before it are mappings or lists that can take what is missing (`null` counts as nothing). */
  | { readonly kind: 'missing'; readonly depth: number }
  /** Part number `depth` can't be added to what is before it. */
  | { readonly kind: 'blocked'; readonly depth: number; readonly by: 'value' | 'index' };

/** Follows a pointer's parts into plain data. */
export function walk(root: Json, parts: readonly string[]): Walk {
  let here: Json = root;
  for (const [depth, part] of parts.entries()) {
    if (here === null) return { kind: 'missing', depth: depth - 1 };
    if (Array.isArray(here)) {
      const index = /^(0|[1-9]\d*)$/.test(part) ? Number(part) : Number.POSITIVE_INFINITY;
      if (index > here.length) return { kind: 'blocked', depth, by: 'index' };
      if (index === here.length) return { kind: 'missing', depth };
      here = here[index] as Json;
    } else if (typeof here === 'object') {
      if (!Object.hasOwn(here, part)) return { kind: 'missing', depth };
      here = (here as JsonObject)[part] as Json;
    } else {
      return { kind: 'blocked', depth, by: 'value' };
    }
  }
  return { kind: 'there', value: here };
}

/** A copy with a value set; all parts but the last lead to a mapping or a list. */
export function withValue(root: Json, parts: readonly string[], value: Json): Json {
  const [part, ...rest] = parts;
  if (part === undefined) return value;
  if (Array.isArray(root)) {
    const copy = [...(root as readonly Json[])];
    copy[Number(part)] = withValue(copy[Number(part)] ?? null, rest, value);
    return copy;
  }
  const object = (root ?? {}) as JsonObject;
  // Defined, not assigned: a key may be called `__proto__`.
  return Object.fromEntries([
    ...Object.entries(object).map(([key, item]) => [key, key === part ? withValue(item, rest, value) : item] as const),
    ...(Object.hasOwn(object, part) ? [] : [[part, withValue(null, rest, value)] as const]),
  ]);
}

/** A copy without the value at a path; what is not there is no error. */
export function withoutValue(root: Json, parts: readonly string[]): Json {
  const [part, ...rest] = parts;
  if (part === undefined || root === null || typeof root !== 'object') return root;
  if (Array.isArray(root)) {
    if (rest.length === 0) return root.filter((_, index) => index !== Number(part));
    return root.map((item, index) => (index === Number(part) ? withoutValue(item, rest) : item));
  }
  return Object.fromEntries(
    Object.entries(root as JsonObject)
      .filter(([key]) => key !== part || rest.length > 0)
      .map(([key, item]) => [key, key === part ? withoutValue(item, rest) : item]),
  );
}

/** Is the wanted data, its secrets compared without revealing them, exactly what is there? The order of keys is nothing. */
export async function dataMatches(wanted: DataWithSecrets, there: Json, secrets: SecretCompare): Promise<boolean> {
  if (wanted instanceof SecretText) {
    return typeof there === 'string' && (await secrets.matches(wanted, new TextEncoder().encode(there)));
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(there) || there.length !== wanted.length) return false;
    for (const [index, item] of wanted.entries()) {
      if (!(await dataMatches(item, there[index] as Json, secrets))) return false;
    }
    return true;
  }
  if (wanted !== null && typeof wanted === 'object') {
    if (there === null || typeof there !== 'object' || Array.isArray(there)) return false;
    const entries = Object.entries(wanted as { readonly [key: string]: DataWithSecrets });
    if (entries.length !== Object.keys(there).length) return false;
    for (const [key, item] of entries) {
      if (!Object.hasOwn(there, key) || !(await dataMatches(item, (there as JsonObject)[key] as Json, secrets))) return false;
    }
    return true;
  }
  return wanted === there;
}

/** The data with its secrets revealed: for `apply` only. */
export async function revealData(data: DataWithSecrets, ctx: Reveal): Promise<Json> {
  if (data instanceof SecretText) return ctx.reveal(data);
  if (Array.isArray(data)) return Promise.all(data.map((item) => revealData(item, ctx)));
  if (data !== null && typeof data === 'object') {
    const entries = Object.entries(data as { readonly [key: string]: DataWithSecrets });
    return Object.fromEntries(await Promise.all(entries.map(async ([key, item]) => [key, await revealData(item, ctx)] as const)));
  }
  return data as Json;
}

/** Holds the data a secret, or a key that a secret would be kept under? */
export function hidesData(data: DataWithSecrets | undefined): boolean {
  if (data instanceof SecretText) return true;
  if (Array.isArray(data)) return data.some(hidesData);
  if (data === null || typeof data !== 'object') return false;
  return Object.entries(data).some(([key, item]) => looksSecret(key) || hidesData(item));
}
