import type { RecipeStep } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { Carried } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';

/**
 * The steps named in `after` whose result differs from what this step saw when it last finished. A step that
 * never finished is not due: it simply has not been done. Pure.
 */
export function dueBecauseOf(step: RecipeStep, state: RunState): readonly StepId[] {
  const own = state.steps.get(step.id)?.carried;
  if (own === undefined) return [];
  return step.after.filter((id) => {
    const now = carriedOf(id, state)?.resultDigest;
    return now !== undefined && now !== own.saw[id];
  });
}

/** What a step would write down as seen: the present results of the steps that it comes after. Pure. */
export function sawNow(step: RecipeStep, state: RunState): Carried['saw'] {
  const pairs = step.after.flatMap((id) => {
    const digest = carriedOf(id, state)?.resultDigest;
    return digest === undefined ? [] : [[id, digest] as const];
  });
  return Object.fromEntries(pairs);
}

/** What a step's last finish left: in this run, else in an earlier one of the deployment. Pure. */
export function carriedOf(id: StepId, state: RunState): Carried | undefined {
  return state.steps.get(id)?.carried ?? state.header?.carried[id];
}
