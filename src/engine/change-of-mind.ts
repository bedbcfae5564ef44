import type { EventMap, StepForecast } from '../model/events.ts';
import { changesWorld } from '../model/plan-effect.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import type { Program } from './program.ts';
import { referencesOf, stepsUsedBy } from './scope.ts';

/** What the operator wants otherwise when a run is resumed. */
export type ChangeOfMind = Pick<EventMap['run.resumed'], 'inputs' | 'changedInputs' | 'from'>;

/**
 * The finished steps of an unfinished run that other inputs, or a `--from`, make doubtful: from the first one that uses
 * the inputs, or that is named, all. A later step may build on an earlier one through the world alone. They are looked
 * at again; what is as wanted stays as it is, and no act is done a second time. Pure.
 */
export function redoOf(program: Program, state: RunState, change: ChangeOfMind): readonly StepId[] {
  const inputs = new Set(change.changedInputs);
  const from = change.from === undefined ? -1 : program.steps.findIndex((step) => step.id === change.from);
  const first = program.steps.findIndex((step, index) => index === from || usesInputs(step, inputs).length > 0);
  return first < 0 ? [] : program.steps.slice(first).flatMap(({ id }) => (wasDone(id, state) ? [id] : []));
}

/**
 * Why what a step did no longer counts, given the forecasts of the steps before it; undefined where it does count.
 * `digest`: of its params now, where they can be evaluated. Pure.
 */
export function invalidatedBy(
  step: RecipeStep,
  program: Program,
  state: RunState,
  before: readonly StepForecast[],
  digest: string | undefined,
): readonly string[] | undefined {
  const carried = state.steps.get(step.id)?.carried;
  // A task is asked for what it does: nothing of it counted before.
  if (carried === undefined || program.kind !== 'converge') return undefined;
  const inputs = usesInputs(step, state.changedInputs).map((name) => `input:${name}`);
  const steps = buildsOn(step)
    .filter((id) => before.some((earlier) => earlier.step === id && earlier.invalidatedBy !== undefined && willChange(earlier)))
    .map((id) => `step:${id}`);
  const differs = digest !== undefined && digest !== carried.paramsDigest;
  const recipe = differs && inputs.length === 0 && steps.length === 0 ? ['recipe'] : [];
  const index = program.steps.indexOf(step);
  const from = state.from === undefined ? -1 : program.steps.findIndex((other) => other.id === state.from);
  const reasons = [...inputs, ...steps, ...recipe, ...(from >= 0 && index >= from ? ['from'] : [])];
  return reasons.length === 0 ? undefined : reasons;
}

/** The names among `changed` that a step uses. Pure. */
export function usesInputs(step: RecipeStep, changed: ReadonlySet<string>): readonly string[] {
  const used = referencesOf(step).flatMap(({ root, name }) => (root === 'inputs' && name !== undefined ? [name] : []));
  return [...new Set(used)].filter((name) => changed.has(name));
}

function buildsOn(step: RecipeStep): readonly StepId[] {
  return [...new Set([...stepsUsedBy(step), ...step.after])];
}

function wasDone(id: StepId, state: RunState): boolean {
  const status = state.steps.get(id)?.status;
  return status === 'ok' || status === 'changed' || status === 'skipped';
}

function willChange({ changes, waitsFor }: StepForecast): boolean {
  return waitsFor !== undefined || changes.some(changesWorld);
}
