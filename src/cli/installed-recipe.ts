import type { StateFolder } from '../journal/state-folder.ts';
import type { Recipe } from '../model/recipe.ts';
import { needInstalled } from './deployments.ts';
import { readRecipeFolder } from './read-recipe.ts';

/** The recipe as a deployment was installed from it: its tasks are done from that copy. Throws where nothing is installed. */
export async function installedRecipe(deployment: string, folder: StateFolder): Promise<Recipe> {
  return readRecipeFolder((await needInstalled(folder, deployment)).paths.recipe);
}
