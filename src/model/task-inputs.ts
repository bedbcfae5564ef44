import type { Recipe } from './recipe.ts';

/** The recipe as a run of one of its tasks sees it: what the task asks for stands behind the recipe's own inputs. */
export function withTaskInputs(recipe: Recipe, task: string | undefined): Recipe {
  const own = recipe.tasks.find(({ name }) => name === task)?.inputs ?? [];
  return own.length === 0 ? recipe : { ...recipe, inputs: [...recipe.inputs, ...own] };
}
