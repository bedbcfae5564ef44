import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readTogether } from './read-together.ts';

const PATTERNS = [
  { name: 'both', pattern: /mail to (?<who>\S+): code (?<code>\d+)/ },
  { name: 'code', pattern: /made (?<code>\d+)/ },
  { name: 'to', pattern: /mail to (?<who>\S+):/ },
];

/** What is read out of these lines: `code who` of each match. */
function read(lines: readonly string[], within = 1) {
  const reader = readTogether(PATTERNS, ['code', 'who'], within);
  const found = lines
    .flatMap((text, nth) => reader.take({ at: `${nth}`, text }))
    .map(({ captures: { code, who } }) => `${code} ${who}`);
  return { found, unclear: reader.unclear };
}

it('puts neighbouring lines together, in either order', () => {
  expect(read(['made 1', 'mail to a: hello', 'other', 'mail to b: hello', 'made 2']).found).toEqual(['1 a', '2 b']);
});

it('a line that says all is a match by itself, and takes its neighbour that says the same along', () => {
  expect(read(['made 1', 'mail to a: code 1', 'mail to b: hello']).found).toEqual(['1 a']);
  expect(read(['mail to a: code 1']).found).toEqual(['1 a']);
});

it('lines that stand further apart do not belong together', () => {
  const lines = ['made 1', 'other', 'mail to a: hello'];
  expect(read(lines).found).toEqual([]);
  expect(read(lines, 2).found).toEqual(['1 a']);
});

it('what could belong to either neighbour belongs to none, and is told', () => {
  expect(read(['made 1', 'made 2', 'mail to a: hello', 'mail to b: hello'])).toEqual({ found: [], unclear: true });
  expect(read(['made 1', 'made 2', 'mail to a: hello', 'mail to b: hello'], 3)).toEqual({ found: [], unclear: true });
  expect(read(['made 1', 'made 2', 'other', 'made 3', 'mail to a: hello'])).toEqual({ found: ['3 a'], unclear: false });
});

it('a second line that says the same again does no harm', () => {
  expect(read(['made 1', 'made 1', 'mail to a: hello'])).toEqual({ found: ['1 a'], unclear: false });
});

it('tokens that are written one after the other are never given to another, whatever stands between', () => {
  const pair = fc.tuple(fc.boolean(), fc.boolean(), fc.integer({ min: 0, max: 2 }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 20 }), fc.integer({ min: 1, max: 3 }), (pairs, within) => {
      const lines = pairs.flatMap(([isWhole, turned, others], nth) => {
        const said = isWhole ? [`mail to ${nth}: code ${nth}`] : [`made ${nth}`, `mail to ${nth}: hello`];
        return [...(turned ? said.toReversed() : said), ...Array.from({ length: others }, () => 'other')];
      });
      for (const found of read(lines, within).found) expect(found).toMatch(/^(\d+) \1$/);
    }),
  );
});
