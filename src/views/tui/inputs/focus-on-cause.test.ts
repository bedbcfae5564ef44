import { expect, it } from 'vitest';
import type { RecipeStep } from '../../../model/recipe.ts';
import type { StepId } from '../../../model/step-id.ts';
import { deskRecipe, takesAll } from '../../../testing/fake-desk.ts';
import { deferred, toyStep } from '../../../testing/toy-run.ts';
import { focusedOnCause } from './focus-on-cause.ts';
import { focusedRow, formOf } from './inputs-state.ts';

const uses = (...names: readonly string[]) => names.map((name) => ({ root: 'inputs', name }) as const);
const step = (id: string, names: readonly string[], more: Partial<RecipeStep> = {}): RecipeStep =>
  toyStep(id, 'act', deferred({ name: id }, uses(...names)), more);
const recipe = deskRecipe({
  steps: [
    step('serve', ['note', 'mail'], { when: deferred(true, uses('size')) }),
    step('guard', [], { when: deferred(true, uses('size')) }),
    step('plain', []),
  ],
  tasks: [{ name: 'again', title: 'Again', inputs: [], steps: [step('serve', ['password'], { title: 'Serve again' })] }],
});
const form = (asked: readonly string[] = recipe.inputs.map(({ name }) => name)) => {
  const fields = recipe.inputs.map((spec) => ({ spec, text: '', from: 'nowhere', usedBy: [] }) as const);
  const draft = { recipe, ref: 'toy', deployment: 'toy', fields, changes: 'run-1' };
  return formOf(draft, { ...takesAll, asked: () => new Set(asked) });
};
const at = (id: string, title = `Step ${id}`, asked?: readonly string[]) => {
  const row = focusedRow(focusedOnCause(form(asked), { id: id as StepId, title }));
  return row.kind === 'field' ? row.field.spec.name : row.kind;
};

it('the cursor stands on the first field of what the failed step is done with, else of what decides whether it is done', () => {
  expect(at('serve')).toBe('mail');
  expect(at('guard')).toBe('size');
});

it('a field that is not asked for is passed over', () => {
  expect(at('serve', undefined, ['port', 'size', 'note'])).toBe('note');
});

it('of two steps of one name it is the one that failed', () => {
  expect(at('serve', 'Serve again')).toBe('password');
});

it('it stays where it was where the step uses no field, or none is known to have failed', () => {
  expect(at('plain')).toBe('port');
  expect(at('gone')).toBe('port');
  expect(focusedOnCause(form(), undefined).focus).toBe(0);
});
