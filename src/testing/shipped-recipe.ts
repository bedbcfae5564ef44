import { fileURLToPath } from 'node:url';
import { readRecipeFolder } from '../cli/read-recipe.ts';
import type { Recipe } from '../model/recipe.ts';

const recipes = new Map<string, Promise<Recipe>>();

/** A recipe that comes with fairlead, as it is read: once, since nothing changes it. */
export function shippedRecipe(name: string): Promise<Recipe> {
  const recipe = recipes.get(name) ?? readRecipeFolder(fileURLToPath(new URL(`../../recipes/${name}`, import.meta.url)));
  recipes.set(name, recipe);
  return recipe;
}
