import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../model/json.ts';
import type { Value } from '../model/recipe.ts';
import { type SecretCompare, SecretText } from '../model/secrets.ts';

/**
 * SHA-256 (hex) of evaluated params. A secret counts by its keyed fingerprint, a file of the recipe by its name
 * and content: so a changed value changes the digest, and the digest tells no value.
 */
export async function paramsDigest(uses: string, params: Value, secrets: SecretCompare): Promise<string> {
  return sha256({ uses, params: await digestible(params, secrets) });
}

/** SHA-256 (hex) of data, whatever its keys' order. */
export function sha256(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

async function digestible(value: Value, secrets: SecretCompare): Promise<Json> {
  if (value instanceof SecretText) return { $fingerprint: await secrets.fingerprint(value) };
  if (Array.isArray(value)) return Promise.all(value.map((item) => digestible(item, secrets)));
  if (value !== null && typeof value === 'object') {
    if ('recipeFile' in value && 'digest' in value) return { recipeFile: value.recipeFile as Json, digest: value.digest as Json };
    const entries = await Promise.all(
      Object.entries(value).map(async ([key, item]) => [key, await digestible(item as Value, secrets)] as const),
    );
    return Object.fromEntries(entries);
  }
  return value as Json;
}
