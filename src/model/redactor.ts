import { type Json, mapStrings } from './json.ts';
import { formsOf, SHORTEST, SHORTEST_PART } from './secret-forms.ts';
import { MASK } from './secrets.ts';
import { CUT } from './untrusted-text.ts';

/** Takes the deployment's secrets out of text, in every form in which they commonly appear. */
export interface Redactor {
  /**
   * The text with every known secret replaced by the mask; forms that overlap share one. Before the sign of a cut (`CUT`)
   * a form's beginning counts as the form, from 8 characters on.
   */
  redact(text: string): string;
  /** The same for a text that may have been cut at its end without a sign. */
  redactCut(text: string): string;
  /** Does any string inside a JSON value hold a known secret, whole? */
  finds(value: Json): boolean;
  /** The same as `redact` for every string inside a JSON value. */
  redactJson(value: Json): Json;
  /** A stream of one source's text: holds back what may be the beginning of a secret. */
  stream(): RedactingStream;
}

/** Redacts text that arrives in chunks; what comes out, joined, is what `redact` makes of the whole. */
export interface RedactingStream {
  /** The text that can be let through now. */
  push(chunk: string): string;
  /** What was held back, at the end. */
  end(): string;
}

/** A redactor for these secret values. Values may be added later with a new redactor: it holds no state. */
export function createRedactor(values: readonly string[]): Redactor {
  const forms = indexForms([...new Set(values.filter((value) => value.length >= SHORTEST).flatMap(formsOf))]);
  const redact = (text: string): string => mask(forms, text, 0, true).out;

  return {
    redact,
    redactCut(text) {
      // The last character may be broken.
      const redacted = redact(`${text.replace(/\ufffd+$/, '')}${CUT}`);
      return redacted.endsWith(CUT) ? redacted.slice(0, -CUT.length) : redacted;
    },
    finds(value) {
      let found = false;
      mapStrings(value, (text) => {
        found ||= mask(forms, text, 0, true, false).out !== text;
        return text;
      });
      return found;
    },
    redactJson: (value) => mapStrings(value, redact),
    stream() {
      let held = '';
      let covered = 0;
      const letThrough = (final: boolean): string => {
        const masked = mask(forms, held, covered, final);
        held = held.slice(masked.settled);
        covered = masked.covered;
        return masked.out;
      };
      return {
        push(chunk) {
          held += chunk;
          return letThrough(false);
        },
        end: () => letThrough(true),
      };
    },
  };
}

/** All forms, to be found by how they begin. */
interface FormIndex {
  /** By their first four characters; longest first. */
  readonly byStart: ReadonlyMap<string, readonly string[]>;
  /** Is 1 for the hash of each such beginning: tells for nearly every place of a text that no form begins there. */
  readonly starts: Uint8Array;
  /** Beginnings of one, two and three characters. */
  readonly shortStarts: ReadonlySet<string>;
}

function indexForms(forms: readonly string[]): FormIndex {
  const byStart = new Map<string, string[]>();
  const starts = new Uint8Array(roomFor(forms.length));
  const last = starts.length - 1;
  const shortStarts = new Set<string>();
  for (const form of forms.toSorted((a, b) => b.length - a.length)) {
    const start = form.slice(0, SHORTEST);
    byStart.set(start, [...(byStart.get(start) ?? []), form]);
    starts[hash(start.charCodeAt(0), start.charCodeAt(1), start.charCodeAt(2), start.charCodeAt(3)) & last] = 1;
    for (let length = 1; length < SHORTEST; length++) shortStarts.add(form.slice(0, length));
  }
  return { byStart, starts, shortStarts };
}

/** A hash of four characters (20 bits and more); its last bits are an index of `starts`, whose size is a power of two. */
function hash(a: number, b: number, c: number, d: number): number {
  return a ^ (b << 4) ^ (c << 9) ^ (d << 13);
}

/** Room for so many beginnings that few places of a text look like one; no more, as a redactor is made for each run. */
function roomFor(forms: number): number {
  return 2 ** Math.min(20, Math.max(10, Math.ceil(Math.log2(forms * 64))));
}

/** A text, masked up to where nothing can become a form any more, whatever is added to it. */
interface Masked {
  readonly out: string;
  readonly settled: number;
  /** How far beyond that the last mask reaches. */
  readonly covered: number;
}

/**
 * Masks a text whose first `covered` characters are masked already; `final`: nothing will be added to it; `cuts`: also what
 * stands before the sign of a cut.
 */
function mask(forms: FormIndex, text: string, covered: number, final: boolean, cuts = true): Masked {
  const { starts, byStart } = forms;
  const last = starts.length - 1;
  if (byStart.size === 0) return { out: text, settled: text.length, covered: 0 };
  let out = '';
  let maskedTo = covered;
  const wasCut = cuts && text.includes(CUT);
  let settled = final ? text.length : startOfTail(forms, text);
  let [a, b, c] = [text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2)];
  for (let at = 0; at + SHORTEST <= text.length; at++) {
    const d = text.charCodeAt(at + 3);
    const candidates = starts[hash(a, b, c, d) & last] === 1 ? byStart.get(text.slice(at, at + SHORTEST)) : undefined;
    if (candidates !== undefined) {
      if (!final && candidates.some((form) => isLongerThanRest(form, text, at))) {
        settled = at;
        break;
      }
      const whole = candidates.find((candidate) => text.startsWith(candidate, at))?.length ?? 0;
      const length = wasCut ? Math.max(whole, lengthBeforeCut(candidates, text, at)) : whole;
      if (length > 0) {
        if (at >= maskedTo) out += text.slice(maskedTo, at) + MASK;
        maskedTo = Math.max(maskedTo, at + length);
      }
    }
    a = b;
    b = c;
    c = d;
  }
  return { out: out + text.slice(maskedTo, Math.max(maskedTo, settled)), settled, covered: Math.max(0, maskedTo - settled) };
}

/** Is the rest of the text, from a place on, the beginning of this form? */
function isLongerThanRest(form: string, text: string, at: number): boolean {
  return form.length > text.length - at && form.startsWith(text.slice(at));
}

/** How much of a form stands at a place before the text was cut; 0 where that is too little, or none. */
function lengthBeforeCut(forms: readonly string[], text: string, at: number): number {
  const longest = forms[0]?.length ?? 0;
  const length = text.slice(at, at + longest).indexOf(CUT);
  if (length < SHORTEST_PART) return 0;
  const piece = text.slice(at, at + length);
  return forms.some((form) => form.startsWith(piece)) ? length : 0;
}

/** Where the last one, two or three characters begin that may begin a form; else the text's end. */
function startOfTail({ shortStarts }: FormIndex, text: string): number {
  for (let at = Math.max(0, text.length - SHORTEST + 1); at < text.length; at++) {
    if (shortStarts.has(text.slice(at))) return at;
  }
  return text.length;
}
