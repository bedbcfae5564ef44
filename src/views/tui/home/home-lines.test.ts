import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeploymentStanding, DeploymentSummary, RecipeSummary } from '../../../model/catalogue.ts';
import { fail } from '../../../model/failure.ts';
import { sign } from '../../lib/style.ts';
import { paintedWidth } from '../../lib/width.ts';
import { ready } from '../loaded.ts';
import type { Around } from '../page.ts';
import { textField } from '../parts/text-field.ts';
import { homeLines } from './home-lines.ts';
import { homeRows } from './home-rows.ts';
import { firstHome, type HomeState } from './home-state.ts';

const STANDINGS: readonly DeploymentStanding[] = [
  'running',
  'stopped',
  'broken-off',
  'installed',
  'abandoned',
  'uninstalled',
  'empty',
  'damaged',
];
const anyText = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 90 }), fc.constantFrom('漢字', '\u001b[2J', 'a\nb', ''));
const run = {
  id: 'r',
  kind: 'converge',
  what: 'x 1',
  startedAt: '2026-11-22T14:03:00Z',
  lastAt: '2026-11-22T14:03:00Z',
} as const;
const anyDeployment: fc.Arbitrary<DeploymentSummary> = fc.record({
  name: anyText,
  standing: fc.constantFrom(...STANDINGS),
  recipe: fc.record({ name: anyText, title: anyText, version: fc.constant('1.0.0'), ref: fc.constant('x') }),
  unfinished: fc.constant(run),
  last: fc.constant(run),
});
const anyRecipe: fc.Arbitrary<RecipeSummary> = fc.record(
  {
    ref: fc.uuid(),
    name: anyText,
    title: anyText,
    version: fc.constant('1.0.0'),
    summary: anyText,
    own: fc.constant(true as const),
    failure: fc.constant(fail('recipe.invalid', 'It has\nproblems.').failure),
  },
  { requiredKeys: ['ref', 'name', 'title', 'version'] },
);
const anyAround: fc.Arbitrary<Around> = fc.record({
  columns: fc.integer({ min: 80, max: 200 }),
  rows: fc.integer({ min: 20, max: 60 }),
  style: fc.record({ colour: fc.boolean(), unicode: fc.boolean() }),
  now: fc.constant(Date.parse('2026-11-23T12:00:00Z')),
  fault: fc.constant(() => undefined),
  asked: fc.constant(() => new Set<string>()),
});
const anyHome: fc.Arbitrary<HomeState> = fc
  .record({
    deployments: fc.uniqueArray(anyDeployment, { maxLength: 40, selector: ({ name }) => name }),
    recipes: fc.array(anyRecipe, { maxLength: 40 }),
    filter: fc.constantFrom('', '', 'a', 'x 1'),
    at: fc.nat(79),
  })
  .map(({ deployments, recipes, filter, at }) => {
    const state: HomeState = {
      ...firstHome,
      deployments: ready(deployments),
      recipes: ready(recipes),
      filter: textField(filter),
    };
    const chosen = homeRows(state)[at]?.id;
    return chosen === undefined ? state : { ...state, chosen };
  });

test('whatever there is, the page fills its room, no line is wider, and the chosen row is in sight', () => {
  fc.assert(
    fc.property(anyHome, anyAround, (state, around) => {
      const lines = homeLines(state, around);
      expect(lines).toHaveLength(around.rows);
      // The line of what is typed, and failures, are cut where they are drawn.
      for (const line of lines.slice(2)) expect(paintedWidth(line)).toBeLessThanOrEqual(around.columns);
      const pointer = sign('pointer', around.style);
      const pointed = lines.filter((line) => line.replace('\u001b[7m', '').startsWith(pointer));
      expect(pointed).toHaveLength(homeRows(state).length === 0 ? 0 : 1);
    }),
    { numRuns: 60 },
  );
});

test('nothing that a name, a title or a failure holds moves the cursor', () => {
  fc.assert(
    fc.property(anyHome, anyAround, (state, around) => {
      const plain = homeLines(state, { ...around, style: { colour: false, unicode: around.style.unicode } }).join('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(plain).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 60 },
  );
});
