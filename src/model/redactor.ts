import { encode, toBase64 } from './encodings.ts';
import { type Json, mapStrings } from './json.ts';
import { MASK } from './secrets.ts';

/** Takes the deployment's secrets out of text, in every form in which they commonly appear. */
export interface Redactor {
  /** The text with every known secret replaced by the mask, longest form first. */
  redact(text: string): string;
  /** The same for every string inside a JSON value. */
  redactJson(value: Json): Json;
  /** A stream of one source's text: holds back what may be the beginning of a secret. */
  stream(): RedactingStream;
}

/** Redacts text that arrives in chunks; a secret split over chunks is found all the same. */
export interface RedactingStream {
  /** The text that can be let through now. */
  push(chunk: string): string;
  /** What was held back, at the end. */
  end(): string;
}

/** Secrets shorter than this (in characters) are not searched for: they would blank ordinary words. */
const SHORTEST = 4;

/** A redactor for these secret values. Values may be added later with a new redactor: it holds no state. */
export function createRedactor(values: readonly string[]): Redactor {
  const forms = [...new Set(values.filter((value) => value.length >= SHORTEST).flatMap(formsOf))].sort(
    (a, b) => b.length - a.length,
  );
  const longest = forms[0]?.length ?? 0;
  const pattern = forms.length === 0 ? undefined : new RegExp(forms.map(escapeForRegExp).join('|'), 'g');
  const redact = (text: string): string => (pattern === undefined ? text : text.replace(pattern, MASK));

  return {
    redact,
    redactJson: (value) => mapStrings(value, redact),
    stream() {
      let held = '';
      return {
        push(chunk) {
          held = redact(held + chunk);
          const keep = heldBackLength(held, forms, longest);
          const out = held.slice(0, held.length - keep);
          held = held.slice(held.length - keep);
          return out;
        },
        end() {
          const out = redact(held);
          held = '';
          return out;
        },
      };
    },
  };
}

/** How many characters at the end of `text` could begin one of the forms. */
function heldBackLength(text: string, forms: readonly string[], longest: number): number {
  for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
    const tail = text.slice(text.length - length);
    if (forms.some((form) => form.length > length && form.startsWith(tail))) return length;
  }
  return 0;
}

/** Every form of a secret that is searched for: plain, base64 in its three alignments, quoted and encoded. */
export function formsOf(secret: string): readonly string[] {
  const lines = secret.split('\n').filter((line) => line.length >= 8);
  const plain = lines.length > 1 ? [secret, ...lines] : [secret];
  return plain.flatMap((value) => [
    value,
    ...base64Forms(value),
    encode(value, 'url'),
    encode(value, 'json'),
    encode(encode(value, 'json'), 'json'),
    encode(value, 'sql'),
    encode(value, 'shell').slice(1, -1),
    value.replaceAll('$', '$$$$'),
    value.replaceAll(/[^A-Za-z0-9_./-]/g, '\\$&'),
  ]);
}

/**
 * Base64 of a text depends on where it starts within a group of three bytes. Each alignment's stable middle
 * is a form of its own, in the standard and in the URL-safe alphabet.
 */
function base64Forms(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  const forms: string[] = [];
  for (let offset = 0; offset < 3; offset++) {
    const padded = new Uint8Array(offset + bytes.length);
    padded.set(bytes, offset);
    const text = toBase64(padded).replaceAll('=', '');
    const start = Math.ceil((offset * 4) / 3);
    const remainder = padded.length % 3;
    const middle = text.slice(start, remainder === 0 ? text.length : text.length - 1);
    if (middle.length >= SHORTEST) forms.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

function escapeForRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
