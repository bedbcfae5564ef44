import type { Json, JsonObject } from '../../model/json.ts';

/** A JSON Schema pattern for JSON pointers (RFC 6901): empty, or each part with a slash before it. */
export const JSON_POINTER_PATTERN = '^(/([^~]|~[01])*)?$';

/** What a JSON pointer leads to; undefined where nothing is. */
export function atPointer(document: Json, pointer: string): Json | undefined {
  let here: Json | undefined = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(here)) here = /^(0|[1-9]\d*)$/.test(key) ? here[Number(key)] : undefined;
    else if (typeof here === 'object' && here !== null && Object.hasOwn(here, key)) here = (here as JsonObject)[key];
    else return undefined;
  }
  return here;
}
