import { type Heritage, orphansOf } from '../engine/carry-forward.ts';
import { claimOn } from '../engine/orphans.ts';
import { scopeOf } from '../engine/scope.ts';
import type { Orphan } from '../model/events.ts';
import type { Recipe } from '../model/recipe.ts';
import { stepTypes } from '../steps/index.ts';
import { latestRun, type ReadableRun, stateOf } from './deployments.ts';
import { readRecipeFolder } from './read-recipe.ts';

/**
 * The steps of earlier runs that the recipe does not have any more, and whose work is still there. Of a check, or of an
 * act that is past, nothing is left; what another step of the recipe looks after now has only changed its name.
 */
export async function findOrphans(heritage: Heritage, runs: readonly ReadableRun[], recipe: Recipe): Promise<readonly Orphan[]> {
  const last = latestRun(runs);
  const dropped = orphansOf(heritage.carried, recipe.steps);
  if (last === undefined || dropped.length === 0) return [];
  const now = { recipe, scope: scopeOf(recipe, await stateOf(last)) };
  const orphans: Orphan[] = [];
  for (const orphan of dropped) {
    const origin = runs.find(({ id }) => id === orphan.run);
    if (origin === undefined) continue;
    const uses = origin.header.steps.find(({ id }) => id === orphan.step)?.uses;
    if (uses === undefined || stepTypes.get(uses)?.removal === undefined) continue;
    const theirs = await readRecipeFolder(origin.paths.recipe);
    const step = theirs.steps.find(({ id }) => id === orphan.step);
    if (step === undefined) continue;
    const { claim, by } = claimOn(step, scopeOf(theirs, await stateOf(origin)), now, stepTypes);
    if (claim === 'alone') orphans.push(orphan);
    if (claim === 'shared' && by !== undefined) orphans.push({ ...orphan, sharedWith: by });
  }
  return orphans;
}
