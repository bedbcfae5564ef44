import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEnvValue, isPortable, openQuotes, parseEnv, setEnv } from './env-codec.ts';

const set = (text: string, values: Record<string, string | null>): string => setEnv(text, new Map(Object.entries(values)));
const valueIn = (text: string, key: string): string | undefined => parseEnv(text).get(key)?.value;

describe('parseEnv', () => {
  it.each([
    ['K=a', 'a'],
    ['  K = a  ', 'a'],
    ['export K=a', 'a'],
    ['K=a b # note', 'a b'],
    ['K=', ''],
    ["K=''", ''],
    ["K='a # $x' # note", 'a # $x'],
    ['K="a\\n\\"b\\\\c"', 'a\n"b\\c'],
    ["K='two\nlines'", 'two\nlines'],
    ['\ufeffK=a', 'a'],
  ])('reads %j', (text, value) => {
    expect(valueIn(text, 'K')).toBe(value);
  });

  it.each([
    ['v2 takes $x for a variable', 'K=a$x'],
    ['v1 expands ${x} in single quotes too', "K='a${x}'"],
    ['v2 keeps both backslashes', "K='a\\\\b'"],
    ['v1 keeps \\$', 'K="a\\$b"'],
    ['$$ is one or two', 'K="a$$b"'],
    ['a backslash escapes the last quote on v1', 'K="a\\\\"'],
    ['text after the closing quote', "K='a'b"],
    ['a colon separates on v2 only', 'K: a'],
    ['a bare name', 'K'],
  ])('does not claim to know a value that the two read differently: %s', (_, text) => {
    expect(parseEnv(text).has('K')).toBe(true);
    expect(valueIn(text, 'K')).toBeUndefined();
  });

  it('takes the last of several', () => {
    expect(valueIn('K=a\nK=b\n', 'K')).toBe('b');
  });

  it('does not see names in comments, nor in the lines of a quoted value', () => {
    expect([...parseEnv("#K=a\n # L=b\nM='x\nN=1\n'\n").keys()]).toEqual(['M']);
  });

  it('names the line of a quote that never ends', () => {
    expect(openQuotes("A=1\nB='it\nC=2\n")).toEqual([{ key: 'B', line: 2 }]);
    expect(openQuotes("B='it\nC='x'\n")).toEqual([{ key: 'B', line: 1 }]);
  });
});

describe('setEnv', () => {
  it.each([
    ['changes a value where it stands', '# top\nA=1\n\nB=2\n', { A: '3' }, '# top\nA=3\n\nB=2\n'],
    ['adds at the end', 'A=1\n', { B: '2', C: '3' }, 'A=1\nB=2\nC=3\n'],
    ['ends an unfinished last line first', 'A=1', { B: '2' }, 'A=1\nB=2\n'],
    ['keeps export, spaces and a comment behind the value', ' export A = 1 # one\n', { A: 'x y' }, " export A = 'x y' # one\n"],
    ['leaves a commented-out name alone', '#A=1\n', { A: '2' }, '#A=1\nA=2\n'],
    ['changes the last of several', 'A=1\nA=2\n', { A: '3' }, 'A=1\nA=3\n'],
    ['removes all of several', 'A=1\nB=2\nA=3', { A: null }, 'B=2\n'],
    ['keeps CRLF', 'A=1\r\nB=2\r\n', { A: '9', C: '3' }, 'A=9\r\nB=2\r\nC=3\r\n'],
    ['quotes an empty value before a comment', 'A=1 # one\n', { A: '' }, "A='' # one\n"],
    ['gives a bare name its value', 'A\nB=1\n', { A: 'x' }, 'A=x\nB=1\n'],
    ['turns a colon into an equals sign', 'A: 1\n', { A: '1' }, 'A=1\n'],
    ['replaces a value of several lines whole', "A='1\n2'\nB=3\n", { A: 'x' }, 'A=x\nB=3\n'],
    ['does not rewrite a value that is right already', 'A="x"\n', { A: 'x' }, 'A="x"\n'],
    ['rewrites a right value that compose v1 and v2 read differently', "A='${x}'\n", { A: '${x}' }, 'A="${DOLLAR:-$}{x}"\n'],
    ['starts an empty file', '', { A: 'x' }, 'A=x\n'],
  ])('%s', (_, text, values, expected) => {
    expect(set(text, values as Record<string, string | null>)).toBe(expected);
  });

  it('refuses what no file can hold', () => {
    expect(isPortable('a\0b')).toBe(false);
    expect(isPortable('\ud800')).toBe(false);
    expect(() => encodeEnvValue('a\0b')).toThrow(RangeError);
  });
});

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\\\'"$#{}=: \t\n\rabnr_-D0é😀`!'.split('')),
    fc.constantFrom('${A}', '$$', '\\n', ' #', '${B:-c}', '\r\n'),
  ),
  maxLength: 12,
});
const value = hostile.filter(isPortable);
const key = fc.constantFrom('A', 'B', 'DB_PASSWORD', 'x.y', 'export_', 'Z9');
const values = fc.dictionary(key, fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }));

/** Lines as operators write them, and worse; no quote stays open. */
const line = fc.oneof(
  fc.constantFrom('', '# a comment', '  # indented', '#A=commented', 'not an assignment', '=x', '9=y', '   '),
  fc
    .tuple(key, fc.constantFrom('=', ' = ', '=  '), fc.constantFrom('', '1', 'a b', "'q'", '"d$x"', "'m\nn'", '1 # note'))
    .map((parts) => parts.join('')),
  fc.constantFrom('export A=1', 'OTHER=keep', 'OTHER: yaml', 'BARE', "OTHER='x\ny'", 'OTHER="a\\"b"'),
);
const file = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, eol, ended]) => lines.join(eol) + (ended && lines.length > 0 ? eol : ''));

describe('laws', () => {
  it('what is set is what is read', () => {
    fc.assert(
      fc.property(file, values, (text, wanted) => {
        const parsed = parseEnv(set(text, wanted));
        for (const [name, one] of Object.entries(wanted)) {
          if (one === null) expect(parsed.has(name)).toBe(false);
          else expect(parsed.get(name)?.value).toBe(one);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('all other lines stay byte for byte, in order', () => {
    fc.assert(
      fc.property(file, values, (text, wanted) => {
        const untouched = (body: string): string[] =>
          statements(body).filter((statement) => !Object.keys(wanted).some((name) => names(statement, name)));
        const before = untouched(text);
        const after = untouched(set(text, wanted));
        expect(after.map(withoutEnd)).toEqual(before.map(withoutEnd));
      }),
      { numRuns: 400 },
    );
  });

  it('setting twice changes nothing the second time', () => {
    fc.assert(
      fc.property(file, values, (text, wanted) => {
        const once = set(text, wanted);
        expect(set(once, wanted)).toBe(once);
      }),
      { numRuns: 200 },
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string()), (text) => {
        expect(parseEnv(text)).toBeInstanceOf(Map);
        expect(setEnv(text, new Map())).toBe(text);
      }),
    );
  });
});

/** A file's lines with their ends, values of several lines in one piece. An oracle made another way than the codec. */
function statements(text: string): string[] {
  return text.match(/[^=\r\n]*=[^\S\r\n]*(?:'[^']*'|"(?:\\.|[^"\\])*")[^\r\n]*(?:\r?\n|$)|[^\n]*\n|[^\n]+$/g) ?? [];
}

function names(statement: string, name: string): boolean {
  return new RegExp(`^\\s*(export\\s+)?${name.replace('.', '\\.')}\\s*(=|:|$)`).test(statement);
}

function withoutEnd(statement: string): string {
  return statement.replace(/\r?\n$/, '');
}
