import { fileURLToPath } from 'node:url';
import { readRecipeFolder } from '../cli/read-recipe.ts';
import type { Recipe } from '../model/recipe.ts';

/** A recipe that comes with fairlead, as it is read. */
export function shippedRecipe(name: string): Promise<Recipe> {
  return readRecipeFolder(fileURLToPath(new URL(`../../recipes/${name}`, import.meta.url)));
}
