import type { Recipe, RecipeStep, Value } from '../model/recipe.ts';
import type { AnyStepType, StepTypes } from '../model/step.ts';

/** The built-in task that removes what steps made which the recipe does not have any more. */
export const REMOVE_ORPHANS = 'remove-orphans';

/** Can what steps of this type made be taken away again? */
export function isRemovable(type: AnyStepType | undefined): boolean {
  if (type === undefined) return false;
  return type.removal !== undefined || 'ensure' in ((type.schema as { properties?: object }).properties ?? {});
}

/**
 * The steps that take away what the `only` steps of a recipe made, the last one first. They act as any step does: with
 * a plan, and on nothing that fairlead did not make. Pure.
 */
export function removalSteps(recipe: Recipe, only: readonly string[], types: StepTypes): readonly RecipeStep[] {
  return recipe.steps
    .filter((step) => only.includes(step.id))
    .flatMap((step) => removalOf(step, types.get(step.uses)) ?? [])
    .reverse();
}

function removalOf(step: RecipeStep, type: AnyStepType | undefined): RecipeStep | undefined {
  if (type === undefined || !isRemovable(type)) return undefined;
  const { when: _, retry: __, was: ___, explain: ____, ...rest } = step;
  const wanted = (params: { readonly [key: string]: Value }): { readonly [key: string]: Value } =>
    type.removal === undefined ? { ...params, ensure: 'absent' } : type.removal.params(params);
  return {
    ...rest,
    title: `Remove: ${step.title}`,
    uses: type.removal?.uses ?? step.uses,
    params: { references: step.params.references, evaluate: (scope) => wanted(step.params.evaluate(scope)) },
    after: [],
  };
}
