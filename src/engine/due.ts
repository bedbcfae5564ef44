import type { RecipeStep } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { Carried } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { sha256 } from './digest.ts';

/**
 * The steps named in `after` whose result differs from what this step saw when it last finished. A step that
 * never finished is not due: it simply has not been done. Pure.
 */
export function dueBecauseOf(step: RecipeStep, state: RunState): readonly StepId[] {
  const own = state.steps.get(step.id)?.carried;
  if (own === undefined) return [];
  return step.after.filter((id) => {
    const now = carriedOf(id, state);
    if (now === undefined || now.resultDigest === own.saw[id]) return false;
    // One that was never looked at and never changed anything is no cause: it was so all along.
    return own.saw[id] !== undefined || now.resultDigest !== unchangedResult(now.paramsDigest);
  });
}

/** The result digest of a step that never changed anything: it was found as wanted. */
export function unchangedResult(paramsDigest: string): string {
  return sha256({ digest: paramsDigest });
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
