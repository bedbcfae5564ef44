import type { Recipe } from '../model/recipe.ts';

/** Recipes that need each other in a circle, the first one also at the end; undefined where there is none. */
export function needsCycle(recipes: readonly Pick<Recipe, 'name' | 'needs'>[]): readonly string[] | undefined {
  const needs = new Map(recipes.map((recipe) => [recipe.name, recipe.needs]));
  const done = new Set<string>();

  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    const start = path.indexOf(name);
    if (start !== -1) return [...path.slice(start), name];
    if (done.has(name)) return undefined;
    for (const needed of needs.get(name) ?? []) {
      const cycle = visit(needed, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };

  for (const { name } of recipes) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
