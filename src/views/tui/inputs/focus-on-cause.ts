import type { Deferred, Value } from '../../../model/recipe.ts';
import type { StepState } from '../../../model/run-state.ts';
import { type InputsState, rowsOf } from './inputs-state.ts';

/**
 * A form that was opened since a step failed has the cursor where that is most likely put right: on the first field that the
 * step's params use, else on the first that decides whether it is done at all, else where it was.
 */
export function focusedOnCause(form: InputsState, failed: Pick<StepState, 'id' | 'title'> | undefined): InputsState {
  const { steps, tasks } = form.draft.recipe;
  const named = [...steps, ...tasks.flatMap((task) => task.steps)].filter(({ id }) => id === failed?.id);
  // A task may call a step of its own as the recipe calls another.
  const step = named.find(({ title }) => title === failed?.title) ?? named[0];
  if (step === undefined) return form;
  const focus = [firstUsedBy(form, step.params), firstUsedBy(form, step.when)].find((row) => row !== -1);
  return focus === undefined ? form : { ...form, focus };
}

function firstUsedBy(form: InputsState, deferred: Deferred<Value> | undefined): number {
  const names = new Set(
    deferred?.references.flatMap(({ root, name }) => (root === 'inputs' && name !== undefined ? [name] : [])),
  );
  return rowsOf(form).findIndex((row) => row.kind === 'field' && names.has(row.field.spec.name));
}
