import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineRing } from './line-ring.ts';

it('a ring has the newest lines, as many as fit in lines and in characters, and never none', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 60 }),
      (lines, capacity, characters) => {
        const ring = createLineRing(capacity, characters);
        for (const line of lines) ring.push(line);
        const kept = Array.from({ length: ring.count - ring.first }, (_, at) => ring.line(ring.first + at));
        expect(kept).toEqual(lines.slice(ring.first));
        expect([ring.count, ring.line(ring.first - 1), ring.line(ring.count)]).toEqual([lines.length, undefined, undefined]);
        expect(kept.length).toBeGreaterThan(0);
        expect(kept.length).toBeLessThanOrEqual(capacity);
        if (kept.length > 1) expect(kept.join('').length).toBeLessThanOrEqual(characters);
      },
    ),
  );
});

it('nothing is forgotten that has room', () => {
  const ring = createLineRing(3, 6);
  for (const line of ['aa', 'bb', 'cc']) ring.push(line);
  expect([ring.first, ring.line(0), ring.line(2)]).toEqual([0, 'aa', 'cc']);
});
