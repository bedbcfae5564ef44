import { fail } from '../model/failure.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { Carried, Change } from '../model/step.ts';
import type { Performing } from './attempt.ts';
import { fingerprintsOf } from './hand-edit.ts';
import { happenedOf, leaveBehind, madeBy } from './leave-behind.ts';
import { type Look, look } from './look.ts';
import { scopeOf } from './scope.ts';
import { within } from './time-limit.ts';

/** How long a look at what is given up may take: what hung once may hang again. */
const LOOK_BACK_MS = 10_000;

/** The act did happen, says the operator: it counts as changed, with what can be known of it. */
export async function settle(step: RecipeStep, run: Performing): Promise<void> {
  const { publisher, outside } = run;
  const state = publisher.state;
  const found = await lookBack(step, run);
  const now = state.steps.get(step.id);
  // It happened with the params of its intent; where others are wanted by now, that is still to be done.
  const digest = now?.intentDigest ?? found.digest;
  const carried = await leaveBehind(step, state, outside, digest, found.outputs, true, publisher.redactor(), found);
  await publisher.append({
    type: 'step.finished',
    step: step.id,
    attempt: now?.attempt ?? 1,
    outcome: 'changed',
    carried,
    ...(digest === found.digest ? {} : { outdated: true as const }),
    ...madeBy(step, now?.doubted ?? []),
  });
}

/**
 * The run is given up while a step that can be looked up is in doubt: what it did make is written down, and what it
 * left in files. Else the next run would take it for somebody else's, or for a hand edit.
 */
export async function takeStock(step: RecipeStep, run: Performing): Promise<void> {
  const { publisher } = run;
  const now = publisher.state.steps.get(step.id);
  const doubted = now?.doubted ?? [];
  const end = { type: 'step.finished', step: step.id, attempt: now?.attempt ?? 1 } as const;
  const failure = fail('step.given-up', 'The run was given up while it was in doubt whether this had been done.').failure;
  const found = await within(run.signal, AbortSignal.timeout(LOOK_BACK_MS), lookBack(step, run)).catch(() => undefined);
  if (found === undefined) {
    // What can't be read can't be claimed, nor can anything there be called a hand edit.
    const carried = now?.carried === undefined ? undefined : withoutLeft(now.carried);
    await publisher.append({ ...end, outcome: 'failed', failure, ...(carried === undefined ? {} : { carried }) });
    return;
  }
  const happened = happenedOf(doubted, found.changes);
  const carried = await carriedOfDoubt(step, run, found, happened);
  const outcome = found.changes.length === 0 ? 'changed' : 'failed';
  await publisher.append({
    ...end,
    outcome,
    ...(outcome === 'failed' ? { failure } : {}),
    ...(carried === undefined ? {} : { carried }),
    ...madeBy(step, happened),
  });
}

async function carriedOfDoubt(
  step: RecipeStep,
  { publisher, outside }: Performing,
  found: Look,
  happened: readonly Change[],
): Promise<Carried | undefined> {
  const { state } = publisher;
  const before = state.steps.get(step.id)?.carried;
  if (found.changes.length === 0) {
    const changed = happened.length > 0;
    return leaveBehind(step, state, outside, found.digest, found.outputs, changed, publisher.redactor(), found);
  }
  if (before === undefined || found.managed.length === 0) return before;
  return { ...before, left: { ...before.left, ...(await fingerprintsOf(found.managed, outside.secrets)) } };
}

function withoutLeft({ left: _, kept: __, ...rest }: Carried): Carried {
  return rest;
}

/** One look, as in a plan: nothing is waited for. */
function lookBack(step: RecipeStep, run: Performing): Promise<Look> {
  const { publisher, outside, program } = run;
  return look(step, publisher.state, program.types, outside, {
    scope: scopeOf(program.recipe, publisher.state),
    due: [],
    signal: run.signal,
    forecast: true,
    progress: () => undefined,
  });
}
