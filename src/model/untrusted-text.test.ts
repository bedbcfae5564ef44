import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitize, stripEscapes } from './untrusted-text.ts';

const ESC = '\u001b';
/** Pieces of escape sequences, whole and broken, among ordinary text. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ESC,
        `${ESC}[`,
        `${ESC}]`,
        `${ESC}P`,
        '31m',
        '2J',
        ';',
        '?25l',
        '\u0007',
        `${ESC}\\`,
        '\u009b',
        '\u009d',
        '\u009c',
        '\r',
        '\n',
        '\t',
        '\b',
      ),
      fc.constantFrom('\u202e', '\u2066', '\u200b', '\ufeff', '\u007f', '\0', 'ä', '漢', '🙂', 'word', ' '),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));
// biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is proved
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b\ufeff]/;

describe('untrusted text', () => {
  it('can’t move the cursor, set the clipboard or reorder what is read, whatever it holds', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = sanitize(text);
        expect(line).not.toMatch(CONTROL);
        expect(line).not.toContain('\n');
        expect(sanitize(text, true)).not.toMatch(CONTROL);
      }),
    );
  });

  it('is the same when it is cleaned twice', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(sanitize(sanitize(text))).toBe(sanitize(text));
        expect(sanitize(sanitize(text, true), true)).toBe(sanitize(text, true));
      }),
    );
  });

  it('that is plain stays as it is, tabs and all', () => {
    const plain = 'Grüße, 漢字 🙂👩‍👩‍👧\tcolumn [31m ]0;no';
    expect(sanitize(plain)).toBe(plain);
    expect(sanitize('one\ntwo\r\n', true)).toBe('one\ntwo\n');
    expect(sanitize('one\ntwo')).toBe('onetwo');
  });

  it.each([
    ['colours', `${ESC}[1;31mred${ESC}[0m`, 'red'],
    ['moving and clearing', `a${ESC}[2J${ESC}[10;5Hb${ESC}[?25lc`, 'abc'],
    ['a title, ended by BEL', `a${ESC}]0;title\u0007b`, 'ab'],
    ['the clipboard, ended by ST', `a${ESC}]52;c;aGk=${ESC}\\b`, 'ab'],
    ['a link', `${ESC}]8;;https://x${ESC}\\text${ESC}]8;;${ESC}\\`, 'text'],
    ['a device control string', `a${ESC}P1$r0m${ESC}\\b`, 'ab'],
    ['two characters', `a${ESC}7b${ESC}(Bc${ESC}=d`, 'abcd'],
    ['one that never ends', `a${ESC}]0;title and all the rest`, 'a'],
    ['one that is cut off', `a${ESC}[31`, 'a'],
    ['one byte that begins a sequence', 'a\u009b31mb', 'ab'],
  ])('loses escape sequences: %s', (_, text, plain) => {
    expect(stripEscapes(text)).toBe(plain);
    expect(sanitize(text)).toBe(plain);
  });

  it('is cleaned in time that grows with its length only', () => {
    const long = `${ESC}]`.repeat(50_000) + `${ESC}[`.repeat(50_000) + `${ESC} `.repeat(50_000);
    const before = process.cpuUsage();
    expect(sanitize(long)).toBe('');
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });
});
