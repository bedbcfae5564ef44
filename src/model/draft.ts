import type { Draft } from './dispatch.ts';
import type { RecipeStep } from './recipe.ts';

/** The steps of the run that a draft is about, as its recipe has them. A task that only takes other inputs is the recipe itself. Pure. */
export function stepsOfDraft({ recipe, task }: Pick<Draft, 'recipe' | 'task'>): readonly RecipeStep[] {
  return task === undefined || task.changes !== undefined ? recipe.steps : task.steps;
}

/** Is there anything to fill in? A task that asks for nothing has no form; a recipe has one at least for its name. Pure. */
export function hasForm({ task, fields }: Pick<Draft, 'task' | 'fields'>): boolean {
  return task === undefined || fields.length > 0;
}
