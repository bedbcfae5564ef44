import { expect, it } from 'vitest';
import { atPointer, JSON_POINTER_PATTERN } from './json-pointer.ts';

const document = { a: [{ b: 1 }, null], 'c/d': { 'e~f': 'x' }, '': 0, toString: 'own' };

it('follows a pointer as RFC 6901 says', () => {
  expect(atPointer(document, '')).toBe(document);
  expect(atPointer(document, '/a/0/b')).toBe(1);
  expect(atPointer(document, '/a/1')).toBe(null);
  expect(atPointer(document, '/c~1d/e~0f')).toBe('x');
  expect(atPointer(document, '/')).toBe(0);
});

it('finds nothing where nothing is: past a list, in a value, by an inherited name', () => {
  for (const pointer of ['/a/2', '/a/01', '/a/-', '/a/0/b/c', '/a/length', '/constructor', '/nothing']) {
    expect(atPointer(document, pointer)).toBeUndefined();
  }
});

it('knows a pointer from other text', () => {
  const pattern = new RegExp(JSON_POINTER_PATTERN);
  expect(['', '/', '/a~1b/0', '/~0'].every((text) => pattern.test(text))).toBe(true);
  expect(['a', 'a/b', '/a~2', '/~'].some((text) => pattern.test(text))).toBe(false);
});
