import fc from 'fast-check';
import { expect, it } from 'vitest';
import { didYouMean, editDistance, endMeaning, nearest, oneOf } from './suggestion.ts';

it('suggests what is near and nothing else', () => {
  expect(nearest('titel', ['title', 'tasks', 'summary'])).toBe('title');
  expect(nearest('Title', ['title'])).toBe('title');
  expect(nearest('x', ['title', 'tasks'])).toBeUndefined();
  expect(didYouMean('owner', ['path', 'owners'])).toBe('; did you mean `owners`?');
  expect(didYouMean('zzz', ['path', 'owners'])).toBe('');
  expect(endMeaning('owner', ['path', 'owners'])).toBe('; did you mean `owners`?');
  expect(endMeaning('zzz', ['path', 'owners'])).toBe('.');
});

it('lists what there is, cut where it is long', () => {
  expect(oneOf([])).toBe('nothing');
  expect(oneOf(['a'])).toBe('`a`');
  expect(oneOf(['a', 'b'])).toBe('one of a, b');
  expect(oneOf(Array.from({ length: 15 }, (_, index) => `k${index}`))).toMatch(/k11 and 3 more$/);
});

it('counts a distance as distances are: zero for equal words, alike both ways, at most the longer word', () => {
  const words = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(words, words, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});
