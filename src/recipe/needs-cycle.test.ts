import fc from 'fast-check';
import { expect, it } from 'vitest';
import { needsCycle } from './needs-cycle.ts';

it('finds recipes that need each other in a circle', () => {
  expect(
    needsCycle([
      { name: 'a', needs: ['b'] },
      { name: 'b', needs: ['c', 'd'] },
      { name: 'c', needs: [] },
      { name: 'd', needs: ['b'] },
    ]),
  ).toEqual(['b', 'd', 'b']);
  expect(needsCycle([{ name: 'a', needs: ['a'] }])).toEqual(['a', 'a']);
});

it('finds none where two need the same one, or one that is not there', () => {
  expect(
    needsCycle([
      { name: 'a', needs: ['b', 'c'] },
      { name: 'b', needs: ['c', 'x'] },
      { name: 'c', needs: [] },
    ]),
  ).toBeUndefined();
});

it('finds none in any order of recipes that need earlier ones only, and one once the first needs the last', () => {
  const sizes = fc.array(fc.nat(), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(sizes, (picks) => {
      const chain = picks.map((pick, index) => ({
        name: `r${index}`,
        needs: index === 0 ? [] : [`r${index - 1}`, `r${pick % index}`],
      }));
      expect(needsCycle(chain)).toBeUndefined();
      const closed = chain.map((recipe, index) => (index === 0 ? { ...recipe, needs: [`r${picks.length - 1}`] } : recipe));
      const cycle = needsCycle(closed) ?? [];
      expect(cycle.length).toBeGreaterThan(1);
      expect(cycle[0]).toBe(cycle.at(-1));
      for (const [index, name] of cycle.slice(0, -1).entries()) {
        expect(closed.find((recipe) => recipe.name === name)?.needs).toContain(cycle[index + 1]);
      }
    }),
  );
});
