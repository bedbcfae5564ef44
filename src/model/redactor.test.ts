import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, toBase64 } from './encodings.ts';
import type { Json } from './json.ts';
import { createRedactor } from './redactor.ts';
import { MASK } from './secrets.ts';
import { sanitize } from './untrusted-text.ts';

/** Like generated ones and like those that people choose: with all that is special to some language. */
const secret = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ABCXYZabcxyz0189'), minLength: 12, maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'aB3$"\'\\`/+*?.()[]{}|^&<> %#=!:;,~@äß漢'), minLength: 12, maxLength: 40 }),
  fc
    .array(fc.string({ unit: fc.constantFrom(...'aB3/+='), minLength: 10, maxLength: 20 }), { minLength: 2, maxLength: 3 })
    .map((lines) => lines.join('\n')),
);
/** What stands around it: nothing that a secret is made of. */
const around = fc.string({ unit: fc.constantFrom(...'-_MNOPmnop567\t'), maxLength: 12 });

/** Does `text` hold a run of 8 characters of `value`? */
function leaks(text: string, value: string): boolean {
  for (let at = 0; at + 8 <= value.length; at++) if (text.includes(value.slice(at, at + 8))) return true;
  return false;
}

const base64 = (text: string): string => toBase64(new TextEncoder().encode(text));
const forms: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  'a URL': (value) => `https://x/?p=${encode(value, 'url')}&q`,
  'a URL in lower case': (value) => encode(value, 'url').replaceAll(/%../g, (code) => code.toLowerCase()),
  'a form': (value) => new URLSearchParams({ p: value }).toString(),
  JSON: (value) => JSON.stringify({ a: [value] }),
  'JSON in JSON': (value) => JSON.stringify({ a: JSON.stringify({ b: value }) }),
  'JSON as Go writes it': (value) =>
    JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026'),
  'JSON as PHP writes it': (value) => JSON.stringify(value).replaceAll('/', '\\/'),
  'JSON as Python writes it': (value) =>
    JSON.stringify(value).replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'YAML in double quotes': (value) => `key: ${encode(value, 'yaml')}`,
  'YAML or SQL in single quotes': (value) => `'${encode(value, 'sql')}'`,
  'a shell word': (value) => encode(value, 'shell'),
  "a shell word as Python's shlex writes it": (value) => `'${value.replaceAll("'", `'"'"'`)}'`,
  'a shell word in double quotes': (value) => `"${value.replaceAll(/["$`\\]/g, '\\$&')}"`,
  'a value for compose': (value) => `KEY=${value.replaceAll('$', '$$$$')}`,
};

describe('no secret passes', () => {
  it.each(Object.keys(forms))('as %s', (name) => {
    const write = forms[name] as (value: string) => string;
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const redacted = createRedactor([value]).redact(`${before}${write(value)}${after}`);
        expect(redacted).toBe(`${before}${write('HERE').replace('HERE', MASK)}${after}`);
      }),
    );
  });

  it('as base64 inside larger data, wherever it begins', () => {
    fc.assert(
      fc.property(secret, fc.integer({ min: 0, max: 8 }), around, fc.boolean(), (value, offset, after, urlSafe) => {
        const standard = base64(`${'-'.repeat(offset)}${value}${after}`);
        const data = urlSafe ? standard.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') : standard;
        const redacted = createRedactor([value]).redact(`data: ${data}`);
        expect(redacted).toContain(MASK);
        // What is left holds at most the bits of one byte at each end.
        const left = redacted.replace('data: ', '').split(MASK);
        expect(left.join('').length).toBeLessThanOrEqual(
          data.length - Math.floor((new TextEncoder().encode(value).length * 8 - 10) / 6),
        );
        for (const part of left) {
          for (const shift of ['', 'A', 'AA', 'AAA']) {
            const plain = Buffer.from(shift + part.replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString();
            expect(leaks(plain, value)).toBe(false);
          }
        }
      }),
    );
  });

  it('of several that overlap or contain one another', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abAB01$'), minLength: 30, maxLength: 40 }), around, (text, after) => {
        const values = [text.slice(0, 12), text.slice(0, 30), text.slice(8, 24), text.slice(20)];
        const redacted = createRedactor(values).redact(`${text}${after}`);
        expect(redacted).toBe(`${MASK}${after}`);
      }),
    );
  });

  it('split over chunks in any way: the same comes out as in one piece', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 3 }),
        fc.array(around, { minLength: 4, maxLength: 4 }),
        pieces,
        (found, gaps, sizes) => {
          const values = found.flatMap((value) => [value, value.slice(0, 10), `${value.slice(5)}${found[0]}`]);
          const text = gaps.map((gap, index) => gap + (found[index % found.length] ?? '') + JSON.stringify(found[0])).join('');
          const redactor = createRedactor(values);
          const stream = redactor.stream();
          let out = '';
          for (let at = 0, turn = 0; at < text.length; turn++) {
            const size = sizes[turn % sizes.length] as number;
            out += stream.push(text.slice(at, at + size));
            at += size;
          }
          out += stream.end();
          expect(out).toBe(redactor.redact(text));
          for (const value of values) expect(leaks(out, value)).toBe(false);
        },
      ),
    );
  });
});

describe('a part of a secret', () => {
  const wrapped = (data: string, width: number): string[] => base64(data).match(new RegExp(`.{1,${width}}`, 'g')) ?? [];

  it.each([64, 76])('passes on no line of base64 that is wrapped at %i characters, wherever the secret begins', (width) => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 12, maxLength: 120 }), fc.nat(120), (value, before) => {
        const redactor = createRedactor([value]);
        const size = new TextEncoder().encode(value.toWellFormed()).length;
        const lines = wrapped(`${'-'.repeat(before)}${value}${'-'.repeat(20)}`, width);
        lines.forEach((line, index) => {
          // Of the secret's own bytes, a line's first and last may share a character with others.
          const start = Math.ceil((before * 4) / 3) - index * width;
          const end = Math.floor(((before + size) * 4) / 3) - index * width;
          for (const piece of redactor.redact(line).split(MASK)) {
            const at = line.indexOf(piece);
            expect(Math.min(end, at + piece.length) - Math.max(start, at)).toBeLessThan(8);
          }
        });
      }),
      { numRuns: 20 },
    );
  });

  it('before the sign of a cut is taken for the whole, from 8 characters on', () => {
    const redactor = createRedactor(['swordfish-0815', 'sword', 'a "quoted" one']);
    expect(redactor.redact('pass: swordfish-…')).toBe(`pass: ${MASK}…`);
    expect(redactor.redact('pass: swordfish-')).toBe(`pass: ${MASK}fish-`);
    expect(redactor.redact('{"a": "a \\"quot…"}')).toBe(`{"a": "${MASK}…"}`);
    expect(redactor.redact('a "quo…')).toBe('a "quo…');
    expect(redactor.redactCut('swordfish-0815 swordfish-08')).toBe(`${MASK} ${MASK}`);
    expect(redactor.redactCut('all is well')).toBe('all is well');
    // Whole ones only: an ordinary value must not be refused for what it has in common with a secret.
    expect(redactor.finds({ a: ['swordfish-081…'.slice(5)] })).toBe(false);
    expect(redactor.finds({ a: ['x swordfish-0815'] })).toBe(true);
    const stream = redactor.stream();
    expect([...'x swordfis… swordfish-…'].map((one) => stream.push(one)).join('') + stream.end()).toBe(`x ${MASK}… ${MASK}…`);
  });

  it('is what is left of it without control characters, and without space around it', () => {
    const redactor = createRedactor(['abc\u200bdef\u0007ghi\rjkl', '  spaced out \n\n in lines\t']);
    expect(redactor.redact(sanitize('x abc\u200bdef\u0007ghi\rjkl'))).toBe(`x ${MASK}`);
    expect(redactor.redact(`x ${sanitize(JSON.stringify('abc\u200bdef\u0007ghi\rjkl'))}`)).toBe(`x "${MASK}"`);
    expect(redactor.redact('spaced out \n\n in lines')).toBe(MASK);
    expect(redactor.redact(' in lines')).toBe(` ${MASK}`);
  });
});

describe('a stream', () => {
  it('lets through at once what can’t be part of a secret', () => {
    const stream = createRedactor(['swordfish']).stream();
    expect(stream.push('all is well\n')).toBe('all is well\n');
    expect(stream.push('pass: swor')).toBe('pass: ');
    expect(stream.push('dfish!')).toBe(`${MASK}!`);
    expect(stream.push(' sword')).toBe(' ');
    expect(stream.push('s')).toBe('sword');
    expect(stream.end()).toBe('s');
  });

  it('waits for the longer of two secrets that begin alike', () => {
    const stream = createRedactor(['token-12', 'token-12-and-a-long-tail']).stream();
    expect(stream.push('token-12')).toBe('');
    expect(stream.push('-and-a-long-tail')).toBe(MASK);
    expect(stream.push(' token-12-and')).toBe(' ');
    expect(stream.push(' more')).toBe(`${MASK}-and more`);
  });

  it('holds back no more than the longest form, whatever comes', () => {
    const stream = createRedactor(['aaaaaaaa']).stream();
    let out = '';
    for (let turn = 0; turn < 1000; turn++) out += stream.push('aaaa');
    expect(`${out}${stream.end()}`).toBe(MASK);
  });

  it('does not know what another stream saw', () => {
    const redactor = createRedactor(['swordfish']);
    const [one, two] = [redactor.stream(), redactor.stream()];
    expect(one.push('sword')).toBe('');
    expect(two.push('fish')).toBe('fish');
  });
});

describe('what is no secret', () => {
  it('stays as it is', () => {
    const [redactor, empty] = [createRedactor(['Zq9-Zq9-Zq9-Zq9']), createRedactor([])];
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = String.fromCharCode(...units);
        expect(redactor.redact(text)).toBe(text);
        expect(empty.redact(text)).toBe(text);
      }),
    );
  });

  it('includes secrets too short to be told from words, and empty ones', () => {
    expect(createRedactor(['', 'on', 'abc']).redact('on abc of')).toBe('on abc of');
  });

  it('includes keys of data, and all that is not text', () => {
    const data: Json = { swordfish: ['swordfish', 1, null, true, { a: 'xswordfishx' }] };
    expect(createRedactor(['swordfish']).redactJson(data)).toEqual({ swordfish: [MASK, 1, null, true, { a: `x${MASK}x` }] });
  });
});

it('secrets that are not well-formed Unicode are found all the same', () => {
  expect(createRedactor(['\ud800abcdefgh']).redact('x\ud800abcdefghx')).toBe(`x${MASK}x`);
});

it('a stream of many secrets costs a few passes over its text, not one for each secret', () => {
  const values = Array.from({ length: 200 }, (_, index) => base64(`secret number ${index} / ${'?>'.repeat(20)}`).slice(0, 44));
  const line = (index: number): string =>
    `2026-11-22T19:55:30.${index % 1000}Z INFO [worker-${index % 7}] GET /api/v1/items/${index} status=200 took ${index % 97} ms user=anna@example.org\n`;
  const lines = Array.from({ length: 20_000 }, (_, index) => line(index));
  /** CPU time of this process alone, the best of three: others may keep the machine busy. */
  const cost = (count: number): number => {
    const redactor = createRedactor(values.slice(0, count));
    return Math.min(
      ...[1, 2, 3].map(() => {
        const before = process.cpuUsage();
        const stream = redactor.stream();
        for (const one of lines) stream.push(one);
        stream.end();
        const { user, system } = process.cpuUsage(before);
        return user + system;
      }),
    );
  };
  expect(cost(200) / cost(2)).toBeLessThan(20);
}, 20_000);
