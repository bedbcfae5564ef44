import { expect, it } from 'vitest';
import { flatLines, normalForm } from './normal-form.ts';

it('puts words in the place of what is one lighthouse’s own, the longest value first', () => {
  const own = [
    ['lh-1', 'name'],
    ['/srv/lh-1', 'folder'],
    ['a'.repeat(64), 'key'],
  ] as const;
  expect(normalForm(`/srv/lh-1/.env of lh-1.lan: ${'a'.repeat(64)}`, own)).toBe('<folder>/.env of <name>.lan: <key>');
  expect(normalForm(`KEY=${'b'.repeat(64)} "0123456789ab"`, own)).toBe('KEY=<digest> "<id>"');
});

it('lays a structure out as sorted lines, and leaves out what it is told to', () => {
  const value = { b: [1, { c: true }], a: null, id: 'x', d: {} };
  expect(flatLines(value, /^id$/)).toEqual(['a: null', 'b.0: 1', 'b.1.c: true', 'd: {}']);
});
