import { encode, toBase64 } from './encodings.ts';

/** Secrets and forms shorter than this (in characters) are not searched for: they would blank ordinary words. */
export const SHORTEST = 4;
/** Shorter lines of a secret of several lines (a private key, say) are not looked for on their own. */
const SHORTEST_LINE = 8;

/**
 * Every form in which a secret is searched for: plain, base64 in its three alignments, and as URLs, JSON, YAML,
 * SQL, shells and `.env` files write it. A secret of several lines is searched for as a whole and line by line.
 */
export function formsOf(secret: string): readonly string[] {
  const whole = secret.toWellFormed();
  const lines = whole.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE);
  const texts = whole.includes('\n') ? [secret, whole, ...lines] : [secret, whole];
  const forms = [...new Set(texts)].flatMap((text) => [text, ...writtenForms(text.toWellFormed())]);
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

function writtenForms(value: string): readonly string[] {
  return [...base64Forms(value), ...urlForms(value), ...jsonForms(value), ...quotedForms(value)];
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
    forms.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Programs differ in what they leave bare, in the case of hex digits, and in how they write a space. */
function urlForms(value: string): string[] {
  const plain = encode(value, 'url');
  const more = [/[!'()*]/g, /[!'()~]/g, /[!'()*~]/g].map((set) =>
    plain.replaceAll(set, (bare) => `%${bare.charCodeAt(0).toString(16).toUpperCase()}`),
  );
  const upper = [plain, ...more].flatMap((form) => [form, form.replaceAll('%20', '+')]);
  return [...upper, ...upper.map((form) => form.replaceAll(/%../g, (code) => code.toLowerCase()))];
}

/** As JavaScript writes it, and as PHP (slashes), Go (HTML characters) and Python (ASCII only) do; JSON in JSON, too. */
function jsonForms(value: string): string[] {
  const plain = encode(value, 'json');
  const unicode = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const forms = [
    plain,
    plain.replaceAll('/', '\\/'),
    plain.replaceAll(/[<>&\u2028\u2029]/g, unicode),
    plain.replaceAll(/[^\0-\x7f]/g, unicode),
  ];
  return [...forms, ...forms.map((form) => encode(form, 'json'))];
}

/** In SQL and YAML quotes, in a shell's single and double quotes and with backslashes, in `.env` files. */
function quotedForms(value: string): string[] {
  return [
    encode(value, 'sql'),
    encode(value, 'shell').slice(1, -1),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll(/["$`\\]/g, '\\$&'),
    value.replaceAll(/[^A-Za-z0-9_./-]/g, '\\$&'),
    value.replaceAll('$', '$$$$'),
  ];
}
