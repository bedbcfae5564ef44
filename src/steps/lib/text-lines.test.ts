import { describe, expect, it } from 'vitest';
import { linesOf, patternOf, placeFor, spliceLines } from './text-lines.ts';

describe('linesOf', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['\n', ['']],
    ['a', ['a']],
    ['a\r\nb\n', ['a', 'b']],
    ['a\n\n', ['a', '']],
  ])('%j', (text, lines) => {
    expect(linesOf(text)).toEqual(lines);
  });
});

describe('spliceLines', () => {
  it.each<[string, string, number, number, string[], string]>([
    ['puts in between', 'a\nb\n', 1, 0, ['x', 'y'], 'a\nx\ny\nb\n'],
    ['adds at the end', 'a\n', 1, 0, ['x'], 'a\nx\n'],
    ['ends an unended last line before it adds', 'a', 1, 0, ['x'], 'a\nx\n'],
    ['starts an empty text', '', 0, 0, ['x'], 'x\n'],
    ['replaces', 'a\r\nb\r\n', 0, 1, ['x'], 'x\nb\r\n'],
    ['replaces an unended last line with an unended one', 'a\nb', 1, 1, ['x'], 'a\nx'],
    ['removes', 'a\nb\nc', 1, 1, [], 'a\nc'],
    ['removes the last', 'a\nb', 1, 1, [], 'a\n'],
  ])('%s', (_, text, at, count, lines, expected) => {
    expect(spliceLines(text, at, count, lines, '\n')).toBe(expected);
  });
});

it('a place is after the last match, else before the last match, else the end', () => {
  const lines = ['a', 'b', 'a', 'c'];
  expect(placeFor(lines, /a/, /b/)).toBe(3);
  expect(placeFor(lines, /x/, /b/)).toBe(1);
  expect(placeFor(lines, undefined, /a/)).toBe(2);
  expect(placeFor(lines, /x/, /x/)).toBe(4);
});

it('a damaged pattern is the recipe’s fault', () => {
  expect(() => patternOf('[', 'file-line.bad-pattern')).toThrow('is no regular expression');
});
