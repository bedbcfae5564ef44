import type { Encoding, SecretPart, SecretRef } from './secrets.ts';

/** Writes a plain text in an encoding: what reveals a secret text calls for each encoded part. */
export function encode(plain: string, as: Encoding): string {
  switch (as) {
    case 'url':
      return encodeURIComponent(plain);
    case 'base64':
      return toBase64(new TextEncoder().encode(plain));
    case 'json':
      return JSON.stringify(plain).slice(1, -1);
    case 'yaml':
      return JSON.stringify(plain);
    case 'sql':
      return plain.replaceAll("'", "''");
    case 'shell':
      return `'${plain.replaceAll("'", `'\\''`)}'`;
  }
}

/** The value of a secret text's parts, given each secret's value. */
export function revealParts(parts: readonly SecretPart[], lookUp: (ref: SecretRef) => string): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      return '$secret' in part ? lookUp(part) : encode(revealParts(part.of, lookUp), part.as);
    })
    .join('');
}

/** Base64 (RFC 4648 §4) of bytes, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
