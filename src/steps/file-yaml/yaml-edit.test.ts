import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { Json } from '../../model/json.ts';
import { pointerParts, withoutValue, withValue } from '../lib/structured-values.ts';
import { freshYaml, readYaml, removeYaml, setYaml } from './yaml-edit.ts';

const set = (text: string, pointer: string, value: Json): string | undefined => setYaml(text, pointerParts(pointer), value);
const remove = (text: string, pointer: string): string | undefined => removeYaml(text, pointerParts(pointer));

/** A file as people write them: odd indentation, comments, long lines, quotes of all kinds. */
const odd = `# A file of several hands.
%LATER
version:   '3.3'      # quoted, three spaces

services:
    web:   # four deep
        image: "nginx:1.25"
        command: a very long line that goes on and on and on, well beyond the eighty columns at which writers of YAML like to fold it
        ports:
        - "80:80"     # not indented
        -   443:443

        environment:
            EMPTY:
            TEXT: it's
            BLOCK: |
                one
                  two

            FOLDED: >-
                three
                four
        # the last word on web
    db: {image: postgres, tmpfs: [/run, /tmp]}
    none: {}
x-end: ~
`.replace('%LATER\n', '');

/** Lines of \`after\` that are not in \`before\`, and the other way round. */
function changed(before: string, after: string | undefined): string[] {
  const lines = (text: string): string[] => text.split('\n');
  const [old, now] = [lines(before), lines(after ?? '')];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

describe('setYaml touches no other line', () => {
  it.each<[string, string, Json, string[]]>([
    ['a plain value', '/services/web/environment/TEXT', 'new', ["-            TEXT: it's", '+            TEXT: new']],
    [
      'single quotes stay',
      '/version',
      "it's",
      ["-version:   '3.3'      # quoted, three spaces", "+version:   'it''s'      # quoted, three spaces"],
    ],
    ['double quotes stay', '/services/web/image', 'nginx:2', ['-        image: "nginx:1.25"', '+        image: "nginx:2"']],
    ['an empty value', '/services/web/environment/EMPTY', 'x', ['-            EMPTY:', '+            EMPTY: x']],
    ['an item of a list', '/services/web/ports/1', '8443:443', ['-        -   443:443', '+        -   8443:443']],
    ['a new item', '/services/web/ports/2', '22:22', ['+        - "22:22"']],
    ['a new key', '/services/web/restart', 'always', ['+        restart: always']],
    ['a new key at the top', '/x-more', 1, ['+x-more: 1']],
    [
      'a new mapping',
      '/services/web/labels',
      { a: 'b', c: ['d'] },
      ['+        labels:', '+          a: b', '+          c:', '+            - d'],
    ],
    [
      'a value in flow style',
      '/services/db/image',
      'postgres:16',
      ['-    db: {image: postgres, tmpfs: [/run, /tmp]}', '+    db: {image: "postgres:16", tmpfs: [/run, /tmp]}'],
    ],
    [
      'a new key in flow style',
      '/services/db/user',
      '70',
      ['-    db: {image: postgres, tmpfs: [/run, /tmp]}', '+    db: {image: postgres, tmpfs: [/run, /tmp], user: "70"}'],
    ],
    [
      'a new item in flow style',
      '/services/db/tmpfs/2',
      'x',
      ['-    db: {image: postgres, tmpfs: [/run, /tmp]}', '+    db: {image: postgres, tmpfs: [/run, /tmp, "x"]}'],
    ],
    ['an empty mapping gets its first key', '/services/none/image', 'x', ['-    none: {}', '+    none:', '+      image: x']],
    [
      'a block becomes a word',
      '/services/web/environment/BLOCK',
      'x',
      ['-            BLOCK: |', '-                one', '-                  two', '+            BLOCK: x'],
    ],
    [
      'a word becomes a block',
      '/services/web/environment/TEXT',
      'a\nb\n',
      ["-            TEXT: it's", '+            TEXT: |', '+              a', '+              b'],
    ],
    [
      'a list becomes another',
      '/services/web/ports',
      ['1:1'],
      ['-        - "80:80"     # not indented', '-        -   443:443', '+          - "1:1"'],
    ],
    [
      'what YAML 1.1 takes for a boolean gets quotes',
      '/services/web/environment/TEXT',
      'yes',
      ["-            TEXT: it's", '+            TEXT: "yes"'],
    ],
    ['the last value', '/x-end', 'x', ['-x-end: ~', '+x-end: x']],
  ])('%s', (_, pointer, value, expected) => {
    const after = set(odd, pointer, value);
    expect(changed(odd, after)).toEqual(expected);
    expect(readYaml(after ?? '')).toEqual(withValue(readYaml(odd), pointerParts(pointer), value));
  });
});

describe('removeYaml touches no other line', () => {
  it.each<[string, string, string[]]>([
    ['a value', '/services/web/image', ['-        image: "nginx:1.25"']],
    ['a whole mapping', '/services/db', ['-    db: {image: postgres, tmpfs: [/run, /tmp]}']],
    ['in flow style', '/services/db/tmpfs', ['-    db: {image: postgres, tmpfs: [/run, /tmp]}', '+    db: { image: postgres }']],
    [
      'a block',
      '/services/web/environment/FOLDED',
      ['-            FOLDED: >-', '-                three', '-                four'],
    ],
  ])('%s', (_, pointer, expected) => {
    const after = remove(odd, pointer);
    expect(changed(odd, after)).toEqual(expected);
    expect(readYaml(after ?? '')).toEqual(withoutValue(readYaml(odd), pointerParts(pointer)));
  });

  it('the only key of a mapping leaves an empty one', () => {
    expect(remove('a:\n  b: 1 # one\nc: 2\n', '/a/b')).toBe('a:\n  {}\nc: 2\n');
  });
});

it('keeps CRLF', () => {
  expect(set('a: 1\r\nb:\r\n  c: 2\r\n', '/b/d', { e: 'x' })).toBe('a: 1\r\nb:\r\n  c: 2\r\n  d:\r\n    e: x\r\n');
});

it('keeps anchors, aliases and merges, and overrides a merged value beside them', () => {
  const text = 'base: &base\n    image: a   # one\nweb:\n    <<: *base\n    tty: true\n';
  expect(set(text, '/web/image', 'b')).toBe(`${text}    image: b\n`);
});

it('refuses to change a value that an alias elsewhere shares', () => {
  expect(set('a: &x 1\nb: *x\n', '/a', 2)).toBeUndefined();
  expect(set('a: &x {c: 1}\nb: *x\n', '/b/c', 2)).toBeUndefined();
});

it('starts an empty file, and one of comments only', () => {
  expect(set('', '/a', 1)).toBe('a: 1\n');
  expect(set('# only this', '/a', { b: 'c' })).toBe('# only this\na:\n  b: c\n');
});

it('numbers and other plain keys are found by their text', () => {
  expect(set('80: a\ntrue: b\n', '/80', 'c')).toBe('80: c\ntrue: b\n');
});

const leaf = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1.5,
    '',
    ' ',
    'yes',
    'null',
    '12',
    '# x',
    'a: b',
    '- a',
    "it's",
    '"q"',
    'a\nb',
    '\n',
    ' lead\nx\n\n',
    '&a',
    '*a',
    '{',
    '[',
    '%',
    '@',
    '`',
    '\t',
    'é😀',
    '<<',
    '0x1f',
    '1e3',
    '---',
    '|',
    '>',
  ),
  fc.string({ maxLength: 8 }),
);
const key = fc
  .oneof(fc.constantFrom('a', 'b', 'c d', '80', 'x.y', 'yes', '#', '- a', '', 'q"'), fc.string({ minLength: 1, maxLength: 4 }))
  .filter((name) => name !== '<<' && name !== '__proto__');
const { data } = fc.letrec<{ data: Json; map: Json }>((tie) => ({
  data: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, fc.array(tie('data'), { maxLength: 3 }), tie('map')),
  map: fc.dictionary(key, tie('data'), { maxKeys: 3, noNullPrototype: true }),
}));
const root = fc.dictionary(key, data as fc.Arbitrary<Json>, { minKeys: 1, maxKeys: 4, noNullPrototype: true });

/** Paths to everything in the data, and to new keys. */
function paths(value: Json, at: readonly string[] = []): (readonly string[])[] {
  if (value === null || typeof value !== 'object') return [];
  const own = Object.entries(value).flatMap(([name, item]) => [[...at, name], ...paths(item as Json, [...at, name])]);
  return [...own, [...at, Array.isArray(value) ? String(value.length) : 'new key']];
}

it('what is set is what is read, and nothing else changes', () => {
  fc.assert(
    fc.property(root, data as fc.Arbitrary<Json>, fc.nat(), fc.boolean(), (document, value, pick, flow) => {
      const text = parseDocument(freshYaml(document)).toString({
        lineWidth: 0,
        ...(flow ? { collectionStyle: 'flow' as const } : {}),
      });
      const all = paths(document);
      const path = all[pick % all.length] as readonly string[];
      const after = setYaml(text, path, value);
      expect(after).toBeDefined();
      expect(readYaml(after ?? '')).toEqual(withValue(document, path, value));
      expect(setYaml(after ?? '', path, value)).toBeDefined();
    }),
    { numRuns: 300 },
  );
});

it('what is removed is gone, and nothing else changes', () => {
  fc.assert(
    fc.property(root, fc.nat(), (document, pick) => {
      const text = freshYaml(document);
      const all = paths(document).filter((path) => !/^(new key|\d+)$/.test(path.at(-1) ?? ''));
      const path = all[pick % Math.max(1, all.length)];
      if (path === undefined) return;
      expect(readYaml(removeYaml(text, path) ?? 'nothing')).toEqual(withoutValue(document, path));
    }),
    { numRuns: 200 },
  );
});
