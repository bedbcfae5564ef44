import fc from 'fast-check';
import { encode } from '../model/encodings.ts';
import { sanitize } from '../model/untrusted-text.ts';

/** A piece of what a program prints. */
export interface Fragment {
  readonly text: string;
  /** The part of it that is made of a secret; '' where none is. */
  readonly material: string;
}

const UNITS = {
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  hex: '0123456789abcdef',
  digits: '0123456789',
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  // What people choose, and what is special to some language.
  odd: `aB3xyZ"$'\`\\/+*?.()[]{}|^&<> %#=!:;,~@-_äß漢😀\t\u200b\u0007`,
};

/** Secrets of every generated kind, chosen ones, and ones of several lines, of 8 to 200 characters. */
export const arbitrarySecret: fc.Arbitrary<string> = fc.oneof(
  ...Object.values(UNITS).map((units) => fc.string({ unit: fc.constantFrom(...units), minLength: 8, maxLength: 200 })),
  fc.uuid(),
  fc
    .array(fc.string({ unit: fc.constantFrom(...UNITS.base64), minLength: 1, maxLength: 64 }), { minLength: 2, maxLength: 3 })
    .map((lines) => `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`),
  fc
    .array(fc.string({ unit: fc.constantFrom(...UNITS.odd), minLength: 4, maxLength: 40 }), { minLength: 2, maxLength: 4 })
    .map((lines) => lines.join('\n')),
);

const around = (before: string, material: string, after: string): Fragment => ({
  text: `${before}${material}${after}`,
  material,
});
const unicode = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
const lowerHex = (text: string): string => text.replaceAll(/%../g, (code) => code.toLowerCase());
const json = (value: string): string => encode(value, 'json');

/** Every form of a secret that programs print, by name. */
const writers: Readonly<Record<string, (value: string) => Fragment>> = {
  plain: (value) => around('password is ', value, ' ok'),
  url: (value) => around('https://x/?p=', encode(value, 'url'), '&q'),
  lowerUrl: (value) => around('https://x:', lowerHex(encode(value, 'url')), '@h/'),
  form: (value) => around('p=', new URLSearchParams({ p: value }).toString().slice(2), '&'),
  json: (value) => around('{"a":"', json(value), '"}'),
  jsonInJson: (value) => around('{"a":"{\\"b\\":\\"', json(json(value)), '\\"}"}'),
  goJson: (value) => around('"', json(value).replaceAll(/[<>&]/g, unicode), '"'),
  phpJson: (value) => around('"', json(value).replaceAll('/', '\\/'), '"'),
  pythonJson: (value) => around('"', json(value).replaceAll(/[^\0-\x7f]/g, unicode), '"'),
  yaml: (value) => around('key: ', encode(value, 'yaml'), ' # note'),
  sql: (value) => around("values ('", encode(value, 'sql'), "')"),
  shell: (value) => around('P=', encode(value, 'shell').slice(1, -1), ' x'),
  shlex: (value) => around("'", value.replaceAll("'", `'"'"'`), "'"),
  doubleQuoted: (value) => around('P="', value.replaceAll(/["$`\\]/g, '\\$&'), '"'),
  bashQ: (value) => around('P=', value.replaceAll(/[ \t!"$&'()*,;<>?[\\\]^`{|}]/g, '\\$&'), ' x'),
  ansiQuoted: (value) => around("$'", value.replaceAll(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t'), "'"),
  compose: (value) => around('KEY=', value.replaceAll('$', '$$$$'), ''),
};

/** A fragment that is one secret in some form. */
export function fragmentOf(value: string): fc.Arbitrary<Fragment> {
  return fc.oneof(
    fc.constantFrom(...Object.values(writers)).map((write) => write(value)),
    fc
      .record({ before: fc.nat(80), after: fc.nat(9), width: fc.constantFrom(undefined, 64, 76), urlSafe: fc.boolean() })
      .map((how) => asBase64(value, how)),
  );
}

/** Stands around a secret that is encoded with it: no secret has it, so that no run of what is encoded is a secret's by chance. */
const PADDING = '\u0002';

function asBase64(
  value: string,
  { before, after, width, urlSafe }: { before: number; after: number; width: number | undefined; urlSafe: boolean },
): Fragment {
  const whole = Buffer.from(`${PADDING.repeat(before)}${value}${PADDING.repeat(after)}`).toString(
    urlSafe ? 'base64url' : 'base64',
  );
  const start = Math.ceil((before * 4) / 3);
  const end = Math.floor(((before + Buffer.byteLength(value)) * 4) / 3);
  const wrapped = (text: string, from: number): string =>
    [...text]
      .map((unit, index) => (width !== undefined && (from + index) % width === 0 && from + index > 0 ? `\n${unit}` : unit))
      .join('');
  // Wrapped base64 begins where a line does.
  return { text: `\n${wrapped(whole, 0)}\n`, material: wrapped(whole.slice(start, end), start) };
}

/** Eight characters of so few different ones say nothing: of `%20%20%2`, or of an indentation. */
const FEWEST_DIFFERENT = 4;

/** All runs of 8 characters of what is made of secrets, as a text of one line may show them. */
export function runsOf(fragments: readonly Fragment[]): ReadonlySet<string> {
  const runs = new Set<string>();
  for (const { material } of fragments) {
    for (const line of [material, sanitize(material, true)].flatMap((text) => text.split('\n'))) {
      for (let at = 0; at + 8 <= line.length; at++) {
        const run = line.slice(at, at + 8);
        if (new Set(run).size >= FEWEST_DIFFERENT) runs.add(run);
      }
    }
  }
  return runs;
}

/** The first of these runs that a text holds, with what stands around it. */
export function firstLeak(text: string, runs: ReadonlySet<string>): string | undefined {
  for (let at = 0; at + 8 <= text.length; at++) {
    if (runs.has(text.slice(at, at + 8))) return JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  }
  return undefined;
}
