import { type FairleadError, fail } from '../model/failure.ts';
import type { Problem, Recipe } from '../model/recipe.ts';
import { findRecipe } from '../recipe/find-recipe.ts';
import { loadRecipe } from '../recipe/load-recipe.ts';
import { problemText } from '../recipe/problem-text.ts';
import { stepTypes } from '../steps/index.ts';
import type { Session } from './session.ts';

/** Reads a recipe by name or path; its problems, all of them, are the failure. */
export async function readRecipe(named: string, session: Pick<Session, 'places'>): Promise<Recipe> {
  return readRecipeFolder(await findRecipe(named, session.places.recipeDirs));
}

/** Reads the recipe in a folder. */
export async function readRecipeFolder(folder: string): Promise<Recipe> {
  const loaded = await loadRecipe(folder, stepTypes);
  if (loaded.ok) return loaded.recipe;
  throw badRecipe(loaded.problems);
}

/** The failure that says what is wrong with a recipe, line by line. */
export function badRecipe(problems: readonly Problem[]): FairleadError {
  const lines = problems.map(problemText);
  return fail(
    'recipe.invalid',
    `The recipe has ${lines.length === 1 ? 'a problem' : `${lines.length} problems`}:\n${lines.join('\n')}`,
    {
      hints: ['Nothing was changed. `fairlead lint PATH` checks a recipe.'],
    },
  );
}
