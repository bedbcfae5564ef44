import { expect, it } from 'vitest';
import { SecretText, secretText, type Text } from '../../model/secrets.ts';
import { dataMatches, hidesData, pointerParts, revealData, walk, withoutValue, withValue } from './structured-values.ts';

const values: Record<string, string> = { s: 'hidden' };
const reveal = async (text: Text): Promise<string> => (text instanceof SecretText ? (values.s ?? '') : text);
const secrets = {
  matches: async (text: Text, bytes: Uint8Array) => (await reveal(text)) === new TextDecoder().decode(bytes),
  fingerprint: async () => '',
  fitsVerifier: async () => false,
};

it('a pointer’s parts are unescaped in the right order', () => {
  expect(pointerParts('/a~1b/~01/')).toEqual(['a/b', '~1', '']);
});

it('a walk ends there, at what is missing, or at what is in the way', () => {
  const root = { list: ['a', { x: 1 }], none: null, text: 't' };
  expect(walk(root, ['list', '1', 'x'])).toEqual({ kind: 'there', value: 1 });
  expect(walk(root, ['list', '2'])).toEqual({ kind: 'missing', depth: 1 });
  expect(walk(root, ['none', 'a', 'b'])).toEqual({ kind: 'missing', depth: 0 });
  expect(walk(root, ['toString'])).toEqual({ kind: 'missing', depth: 0 });
  expect(walk(root, ['list', '3'])).toEqual({ kind: 'blocked', depth: 1, by: 'index' });
  expect(walk(root, ['list', '-'])).toEqual({ kind: 'blocked', depth: 1, by: 'index' });
  expect(walk(root, ['text', 'a'])).toEqual({ kind: 'blocked', depth: 1, by: 'value' });
});

it('setting and removing copy, and keep the order', () => {
  const root = { a: { b: 1 }, list: [1, 2] };
  expect(JSON.stringify(withValue(root, ['a', 'c'], 2))).toBe('{"a":{"b":1,"c":2},"list":[1,2]}');
  expect(withValue(root, ['list', '2'], 3)).toEqual({ a: { b: 1 }, list: [1, 2, 3] });
  expect(withoutValue(root, ['list', '0'])).toEqual({ a: { b: 1 }, list: [2] });
  expect(withoutValue(root, ['a', 'x', 'y'])).toEqual(root);
  expect(root).toEqual({ a: { b: 1 }, list: [1, 2] });
});

it('data with secrets matches what is there, whatever the order of keys', async () => {
  const wanted = { a: [1, secretText('s')], b: null };
  expect(await dataMatches(wanted, { b: null, a: [1, 'hidden'] }, secrets)).toBe(true);
  expect(await dataMatches(wanted, { b: null, a: [1, 'other'] }, secrets)).toBe(false);
  expect(await dataMatches(wanted, { a: [1, 'hidden'] }, secrets)).toBe(false);
  expect(await dataMatches([1], [1, 2], secrets)).toBe(false);
  expect(await dataMatches(secretText('s'), 5, secrets)).toBe(false);
  expect(await dataMatches({}, [], secrets)).toBe(false);
});

it('secrets are revealed wherever they are', async () => {
  expect(await revealData({ a: [1, secretText('s')], b: { c: true } }, { reveal })).toEqual({ a: [1, 'hidden'], b: { c: true } });
});

it('data hides a secret text, and a name that a secret would be kept under', () => {
  expect(hidesData(['a', { b: secretText('s') }])).toBe(true);
  expect(hidesData({ a: { ApiKey: 'x' } })).toBe(true);
  expect(hidesData({ a: ['password'], b: null })).toBe(false);
});
