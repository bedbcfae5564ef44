/** What journals and recipes hold in place of a secret: its name in the deployment's vault. */
export interface SecretRef {
  readonly $secret: string;
  /** The value that is to take its place, where a rotation has staged one; else the committed one. */
  readonly staged?: true;
}

/** How a secret is written inside a larger text, so that the text around it stays valid. */
export type Encoding = 'url' | 'base64' | 'json' | 'yaml' | 'sql' | 'shell';

/** One piece of a secret text: literal, a secret's name, or an encoding of further pieces. */
export type SecretPart = string | SecretRef | { readonly as: Encoding; readonly of: readonly SecretPart[] };

/** What every view, log and error shows in place of a secret. */
export const MASK = '•••';

/**
 * Literal parts and secrets in order. It can be joined and encoded; it has no way to its value. Whatever
 * turns it into text (`String()`, a template literal, JSON) yields the mask.
 */
export class SecretText {
  readonly parts: readonly SecretPart[];

  constructor(parts: readonly SecretPart[]) {
    this.parts = parts;
  }

  toJSON(): typeof MASK {
    return MASK;
  }

  toString(): typeof MASK {
    return MASK;
  }
}

/** A value that may hold secrets. */
export type Text = string | SecretText;

/** A text that is one secret of the vault, whole; `staged`: as a rotation wants it. */
export function secretText(name: string, staged = false): SecretText {
  return new SecretText([staged ? { $secret: name, staged } : { $secret: name }]);
}

/** Joins texts; the result is a plain string when no part holds a secret. */
export function joinTexts(texts: readonly Text[], separator = ''): Text {
  const parts: SecretPart[] = [];
  let holdsSecret = false;
  texts.forEach((text, index) => {
    if (index > 0 && separator !== '') parts.push(separator);
    if (text instanceof SecretText) {
      holdsSecret = true;
      parts.push(...text.parts);
    } else {
      parts.push(text);
    }
  });
  return holdsSecret ? new SecretText(parts) : parts.join('');
}

/** The same text, written in an encoding once its value is known. */
export function encodeText(text: SecretText, as: Encoding): SecretText {
  return new SecretText([{ as, of: text.parts }]);
}

/** The names of all secrets that a text mentions. */
export function secretNames(text: Text): readonly string[] {
  return [...new Set(secretRefs(text).map(({ $secret }) => $secret))];
}

/** All that a text mentions of the vault, in order. */
export function secretRefs(text: Text): readonly SecretRef[] {
  return text instanceof SecretText ? refsIn(text.parts) : [];
}

function refsIn(parts: readonly SecretPart[]): SecretRef[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return [];
    return '$secret' in part ? [part] : refsIn(part.of);
  });
}

/** Is this value a reference to a secret, as journals hold it? */
export function isSecretRef(value: unknown): value is SecretRef {
  return typeof value === 'object' && value !== null && '$secret' in value && typeof value.$secret === 'string';
}

/** Handed to `read`: compare without revealing. */
export interface SecretCompare {
  /** True when the text, revealed, is exactly these bytes (UTF-8). A secret that is not made yet matches nothing. */
  matches(text: Text, bytes: Uint8Array): Promise<boolean>;
  /** A keyed fingerprint (hex): equal texts give equal fingerprints, and it tells nothing about the value. */
  fingerprint(text: Text): Promise<string>;
  /**
   * Is this what a program keeps of the text in place of the text itself? Takes what PostgreSQL keeps of a role's
   * password: `SCRAM-SHA-256$…`, or `md5…` with the role's name as salt. A secret that is not made yet fits nothing.
   */
  fitsVerifier(text: Text, verifier: string, salt?: string): Promise<boolean>;
}

/** Handed to `apply` and adapters only: the one way to a secret's value. */
export interface Reveal {
  reveal(text: Text): Promise<string>;
}
