import { basename, dirname } from 'node:path';
import type { Problem, Recipe } from '../model/recipe.ts';
import { listRecipes } from '../recipe/find-recipe.ts';
import { loadRecipe } from '../recipe/load-recipe.ts';
import { stepTypes } from '../steps/index.ts';
import type { Session } from './session.ts';

/** A recipe that can be named, read; or what is wrong with it. */
export type ListedRecipe = {
  /** What `run` takes. */
  readonly name: string;
  /** It lies in the operator's own folder of recipes. */
  readonly own: boolean;
} & ({ readonly recipe: Recipe } | { readonly problems: readonly Problem[] });

/** All recipes that can be run by name, by name. */
export async function loadRecipes({ places }: Pick<Session, 'places'>): Promise<readonly ListedRecipe[]> {
  const [ownFolder] = places.recipeDirs;
  const listed: ListedRecipe[] = [];
  for (const folder of await listRecipes(places.recipeDirs)) {
    const loaded = await loadRecipe(folder, stepTypes);
    const named = { name: basename(folder), own: dirname(folder) === ownFolder };
    listed.push(loaded.ok ? { ...named, recipe: loaded.recipe } : { ...named, problems: loaded.problems });
  }
  return listed;
}
