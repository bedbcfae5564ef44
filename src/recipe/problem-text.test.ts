import { expect, it } from 'vitest';
import { problemText } from './problem-text.ts';

it('is one line that editors and people can follow', () => {
  const at = { file: 'recipes/ente/recipe.yaml', line: 3, column: 5 };
  expect(problemText({ code: 'recipe.unknown-key', at, found: '`titel`', expected: 'one of\n  title' })).toBe(
    'recipes/ente/recipe.yaml:3:5: found `titel`; expected one of title [recipe.unknown-key]',
  );
});
