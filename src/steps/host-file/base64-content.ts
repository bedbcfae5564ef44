import { fail } from '../../model/failure.ts';
import { type SecretPart, SecretText, type Text } from '../../model/secrets.ts';

/** Base64 as a recipe has it: white space between its parts (the newline of a YAML block, a template) doesn't count. */
export function withoutSpace(text: Text): Text {
  const strip = (part: SecretPart): SecretPart => (typeof part === 'string' ? part.replaceAll(/\s+/g, '') : part);
  return text instanceof SecretText ? new SecretText(text.parts.map(strip)) : text.replaceAll(/\s+/g, '');
}

/** The bytes that base64 (RFC 4648 §4, padded) stands for. Fails for anything else, without saying what it is. */
export function decodeBase64(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') === base64) return bytes;
  throw fail('params.bad-base64', 'A step host.file is to decode its content, and that is not base64.', {
    hints: ['Give it standard base64 with its padding; a secret of kind `pkcs12` is that.'],
  });
}

/** Bytes as the base64 that `decodeBase64` reads. */
export function encodeBase64(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('base64'));
}
