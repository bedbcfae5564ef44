import { parseCidr } from './cidr.ts';

/** What a certificate can be for: a host's name, or an address in network byte order (4 or 16 bytes). */
export type CertificateName =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly bytes: Uint8Array<ArrayBuffer> };

const LABEL = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^(\\*\\.)?(${LABEL}\\.)*(?!\\d+$)${LABEL}$`);

/** A host name (`*.` may stand before it) or an address, as a certificate holds it; undefined for anything else. */
export function certificateName(text: string): CertificateName | undefined {
  const range = text.includes('/') ? undefined : parseCidr(text);
  if (range !== undefined) return { kind: 'ip', bytes: bytesOf(range.first, range.version === 4 ? 4 : 16) };
  const name = text.toLowerCase();
  return name.length <= 253 && HOST_NAME.test(name) ? { kind: 'dns', name } : undefined;
}

function bytesOf(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let index = length - 1, rest = value; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 255n);
  return bytes;
}
