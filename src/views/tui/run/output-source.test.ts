import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineRing } from './line-ring.ts';
import { joined, type OutputSource, withoutOverlap } from './output-source.ts';

function linesOf(source: OutputSource): readonly (string | undefined)[] {
  return Array.from({ length: source.count - source.first }, (_, at) => source.line(source.first + at));
}

it('a record that was read while lines came, and the ring of those lines, are the output: nothing twice, nothing lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 }),
      fc.nat(30),
      fc.nat(30),
      (words, attached, read) => {
        // All lines differ, as lines with their times do.
        const lines = words.map((word, at) => `${at} ${word}`);
        const from = Math.min(attached, lines.length);
        const record = lines.slice(0, Math.min(lines.length, Math.max(from, read)));
        const ring = createLineRing(100);
        for (const line of lines.slice(from)) ring.push(line);
        expect(linesOf(joined(withoutOverlap(record, ring), ring))).toEqual(lines);
      },
    ),
  );
});

it('a ring that lacks lines of a flood is found in the record by its first lines', () => {
  const all = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  const ring = createLineRing(1000);
  for (const line of [...all.slice(30, 45), '[... 40 lines are not shown here ...]', ...all.slice(85)]) ring.push(line);
  expect(withoutOverlap(all.slice(0, 90), ring)).toEqual(all.slice(0, 30));
});

it('once the ring forgets, what came before it is gone too, and no number changes its line', () => {
  const ring = createLineRing(3);
  const source = joined(['x', 'y'], ring);
  for (const line of ['a', 'b', 'c']) ring.push(line);
  expect([source.first, source.count, linesOf(source)]).toEqual([0, 5, ['x', 'y', 'a', 'b', 'c']]);
  ring.push('d');
  expect([source.first, source.count, linesOf(source)]).toEqual([3, 6, ['b', 'c', 'd']]);
  expect(source.line(1)).toBeUndefined();
});
