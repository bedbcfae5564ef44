import { encode, toBase64 } from './encodings.ts';
import { sanitize } from './untrusted-text.ts';

/** Secrets and forms shorter than this (in characters) are not searched for: they would blank ordinary words. */
export const SHORTEST = 4;
/**
 * Shorter parts of a secret are not looked for on their own: lines of one that has several (a private key, say), and
 * what a cut or a wrapped line leaves of one.
 */
export const SHORTEST_PART = 8;
/** Where programs wrap base64: OpenSSL and PEM at 64 characters, `base64` and MIME at 76. */
const WRAPPED_AT = [64, 76];

/**
 * Every form in which a secret is searched for: plain, base64 in its three alignments (wrapped into lines, too), and as
 * URLs, JSON, YAML, SQL, shells and `.env` files write it; also as it looks once control characters, or spaces around it,
 * are taken out of a text. A secret of several lines is searched for as a whole and line by line.
 */
export function formsOf(secret: string): readonly string[] {
  const whole = secret.toWellFormed();
  const lines = whole.includes('\n') ? whole.split(/\r?\n/).filter((line) => line.length >= SHORTEST) : [];
  // A short line may be long once it is quoted.
  const forms = [...allForms([secret, whole]), ...allForms(lines).filter((form) => form.length >= SHORTEST_PART)];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

function allForms(texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => [text, text.trim()])
    .flatMap((text) => [text, ...writtenForms(text.toWellFormed())])
    .flatMap((form) => [form, ...shownForms(form)]);
}

/** What `sanitize` makes of a form: text of programs and files passes it before we look for secrets. */
function shownForms(form: string): readonly string[] {
  return ODD.test(form) ? [sanitize(form), sanitize(form, true)] : [];
}

/** Anything but printable ASCII: of nothing else `sanitize` takes away. */
const ODD = /[^ -~]/;

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
    forms.push(middle, ...wrappedParts(middle, start));
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/**
 * What stands on one line where base64 is wrapped: its beginning at a line's end, its end at a line's beginning, and whole
 * lines of its middle. Lines break between groups of four characters; `start` is where the text stands in its first group.
 */
function wrappedParts(middle: string, start: number): string[] {
  const parts: string[] = [];
  const longest = Math.max(...WRAPPED_AT);
  for (let at = (4 - (start % 4)) % 4; at < middle.length; at += 4) {
    if (at <= longest) parts.push(middle.slice(0, at));
    if (middle.length - at <= longest) parts.push(middle.slice(at));
    for (const width of WRAPPED_AT) if (at + width < middle.length) parts.push(middle.slice(at, at + width));
  }
  return parts.filter((part) => part.length >= SHORTEST_PART);
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
    // bash's `printf %q`, and what it and zx write where there are line ends: $'…'.
    value.replaceAll(/[ \t!"$&'()*,;<>?[\\\]^`{|}]/g, '\\$&'),
    value.replaceAll(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t'),
    value.replaceAll('$', '$$$$'),
  ];
}
