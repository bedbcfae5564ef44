import type { Recipe, RecipeStep, Scope, Value } from '../model/recipe.ts';
import type { AnyStepType, StepTypes } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';

/** The built-in task that removes what steps made which the recipe does not have any more. */
export const REMOVE_ORPHANS = 'remove-orphans';

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
  const removal = type?.removal;
  if (removal === undefined) return undefined;
  const { when: _, retry: __, was: ___, explain: ____, ...rest } = step;
  const wanted = (params: { readonly [key: string]: Value }): { readonly [key: string]: Value } =>
    removal.params?.(params) ?? { ...params, ensure: 'absent' };
  return {
    ...rest,
    title: `Remove: ${step.title}`,
    uses: removal.uses ?? step.uses,
    params: { references: step.params.references, evaluate: (scope) => wanted(step.params.evaluate(scope)) },
    after: [],
  };
}

/** A recipe's steps, and what their expressions see. */
export interface Seen {
  readonly recipe: Recipe;
  readonly scope: Scope;
}

/**
 * Who looks after what an orphan made: nobody any more (`alone`), another step of the recipe as it is now (`taken-over`:
 * then it is no orphan), or both in parts. A step whose params can't be evaluated counts as one that may. Pure.
 */
export function claimOn(
  orphan: RecipeStep,
  past: Scope,
  now: Seen,
  types: StepTypes,
): { readonly claim: 'alone' | 'taken-over' | 'shared'; readonly by?: StepId } {
  const targets = targetsOf(orphan, past, types);
  const others = now.recipe.steps.map((step) => ({ step, theirs: targetsOf(step, now.scope, types) }));
  if (targets === undefined) return { claim: 'alone' };
  const claimants = targets.map((target) => others.find(({ step, theirs }) => overlaps(target, theirs, step, orphan)));
  const by = claimants.find((claimant) => claimant !== undefined)?.step.id;
  if (by === undefined) return { claim: 'alone' };
  return { claim: claimants.includes(undefined) ? 'shared' : 'taken-over', by };
}

function overlaps(target: string, theirs: readonly string[] | undefined, step: RecipeStep, orphan: RecipeStep): boolean {
  if (theirs === undefined) return step.uses === orphan.uses;
  // A part of the file, or what lies in the folder, goes with it.
  return theirs.some((one) => one === target || one.startsWith(`${target} `) || one.startsWith(`${target}/`));
}

/** Undefined where that can't be told; none for a type that leaves nothing behind. */
function targetsOf(step: RecipeStep, scope: Scope, types: StepTypes): readonly string[] | undefined {
  const removal = types.get(step.uses)?.removal;
  if (removal === undefined) return [];
  try {
    return removal.targets(step.params.evaluate(scope));
  } catch {
    return undefined;
  }
}
