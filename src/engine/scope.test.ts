import { expect, it } from 'vitest';
import type { Reference } from '../model/recipe.ts';
import { emptyRun, type RunState, type StepState } from '../model/run-state.ts';
import type { Carried } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { createToyWorld, deferred, toyHeader, toyProgram, toyRecipe, toyStep } from '../testing/toy-run.ts';
import { scopeFor, scopeOf } from './scope.ts';

const carried = (port: number): Carried => ({ run: 'r', paramsDigest: 'p', resultDigest: 'd', outputs: { port }, saw: {} });
const done = (id: string, port: number): readonly [StepId, StepState] => [
  id as StepId,
  {
    id: id as StepId,
    title: id,
    uses: 'page',
    status: 'ok',
    attempt: 1,
    tries: 1,
    changes: [],
    notes: [],
    carried: carried(port),
  },
];
const recipe = toyRecipe([]);
const header = toyHeader(toyProgram(toyRecipe([toyStep('now', 'page', {})]), createToyWorld()), {
  carried: { before: carried(1), again: carried(2) },
});
const state: RunState = {
  ...emptyRun,
  header: { v: 1, seq: 1, at: '', prev: '', sum: '', ...header },
  steps: new Map([done('again', 3), done('now', 4)]),
};
const mentioning = (...references: readonly Reference[]) => toyStep('one', 'page', deferred({}, references));

it('a step sees the steps that it mentions, also those of an earlier run, with what they left last', () => {
  const mentions = ['before', 'again', 'now', 'never'].map((name) => ({ root: 'steps' as const, name, field: 'port' }));
  for (const mentioned of mentions) {
    const { steps } = scopeFor(mentioning(mentioned), recipe, state);
    expect(steps).toEqual(
      Object.fromEntries(Object.entries(scopeOf(recipe, state).steps).filter(([id]) => id === mentioned.name)),
    );
  }
  expect(scopeFor(mentioning(...mentions), recipe, state).steps).toEqual({
    before: { port: 1 },
    again: { port: 3 },
    now: { port: 4 },
  });
  expect(scopeFor(mentioning({ root: 'inputs', name: 'now' }), recipe, state).steps).toEqual({});
});

it('a step that names none, but uses steps all the same, sees all of them; so does its condition', () => {
  const every = { before: { port: 1 }, again: { port: 3 }, now: { port: 4 } };
  expect(scopeOf(recipe, state).steps).toEqual(every);
  expect(scopeFor(mentioning({ root: 'steps' }), recipe, state).steps).toEqual(every);
  const when = deferred(true, [{ root: 'steps', name: 'now' }]);
  expect(scopeFor(toyStep('one', 'page', {}, { when }), recipe, state).steps).toEqual({ now: { port: 4 } });
});

it('a deployment has the file of its vault, which a run of before it was said has not', () => {
  expect(scopeOf(recipe, state).deployment).toEqual({ name: header.deployment });
  const told = {
    ...state,
    header: { ...header, v: 1, seq: 1, at: '', prev: '', sum: '', vault: '/state/vault.age' },
  } as RunState;
  expect(scopeOf(recipe, told).deployment).toEqual({ name: header.deployment, vault: '/state/vault.age' });
});
