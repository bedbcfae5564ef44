import { expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import type { Recipe } from '../model/recipe.ts';
import { foldAll, type RunState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import {
  Crash,
  createToyJournal,
  createToyWorld,
  deferred,
  type ToyWorld,
  toyHeader,
  toyOutside,
  toyProgram,
  toyRecipe,
  toyStep,
} from '../testing/toy-run.ts';
import { carryForward } from './carry-forward.ts';
import type { Outside } from './outside.ts';
import { noStandingAnswers } from './policy.ts';
import { createRun } from './run.ts';

interface Life {
  readonly state: RunState;
  readonly events: readonly JournalEvent[];
  readonly error?: unknown;
}

/** One process, with nobody to answer. `dies` is told what was written, and may throw. */
async function live(
  recipe: Recipe,
  world: ToyWorld,
  more: {
    readonly yes?: boolean;
    readonly past?: readonly JournalEvent[];
    readonly last?: RunState;
    readonly dies?: (event: string) => void;
    readonly outside?: Partial<Outside>;
  } = {},
): Promise<Life> {
  const program = toyProgram(recipe, world);
  const journal = createToyJournal(more.past);
  journal.onAppend = ({ type }, moment) => more.dies?.(`${moment} ${type}`);
  const run = createRun({
    program,
    outside: { ...toyOutside(world, journal), ...more.outside },
    standing: { ...noStandingAnswers, approvePlan: more.yes ?? false },
    attended: false,
    begin:
      more.past === undefined
        ? { header: toyHeader(program, { ...carryForward(more.last), run: more.last === undefined ? 'run-1' : 'run-2' }) }
        : { past: more.past, fairlead: '0.0.0' },
  });
  const error = await run.go().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { state: foldAll(journal.events), events: journal.events, error };
}

const outcomes = ({ state }: Life): string => [...state.steps.values()].map(({ id, status }) => `${id} ${status}`).join(', ');
const asks = ({ events }: Life): readonly string[] =>
  events.flatMap((event) => (event.type === 'question.asked' ? [event.question.about] : []));

const list = (more: object = {}) => toyStep('list', 'ask', { name: 'door', ...more });
const never = toyStep('never', 'act', { name: 'never' }, { when: deferred(() => false) });

it('a plan of nothing but reads and skips needs no yes, intends nothing, and ends ok', async () => {
  const world = createToyWorld();
  world.cells.set('door', 'open');
  const life = await live(toyRecipe([list(), never]), world);
  expect([life.state.status, outcomes(life), asks(life)]).toEqual(['ok', 'list ok, never skipped', []]);
  expect(life.events.some(({ type }) => type === 'step.intended')).toBe(false);
  expect(life.state.steps.get('list' as StepId)?.carried?.outputs).toEqual({ said: 'open' });
});

it('what changes something, what waits, and what is known only after a read, needs one', async () => {
  for (const step of [
    toyStep('make', 'cell', { name: 'it', value: 'a' }),
    toyStep('wait', 'look', { name: 'it', value: 'a' }),
    toyStep(
      'use',
      'cell',
      deferred(
        (scope) => ({ name: 'it', value: String(scope.steps.list?.said) }),
        [{ root: 'steps', name: 'list', field: 'said' }],
      ),
    ),
  ]) {
    const life = await live(toyRecipe([list(), step]), createToyWorld());
    expect(life.state.question, step.id).toMatchObject({ about: 'plan', data: { steps: 1 } });
  }
});

it('it is asked in every run, what it says is of today, and what comes after it is not due', async () => {
  const world = createToyWorld();
  world.cells.set('door', 'open');
  const recipe = toyRecipe([list(), toyStep('knock', 'act', { name: 'knock' }, { after: ['list' as StepId] })]);
  const first = await live(recipe, world, { yes: true });
  expect(outcomes(first)).toBe('list ok, knock changed');
  world.cells.set('door', 'shut');
  const second = await live(recipe, world, { last: first.state });
  expect([second.state.status, outcomes(second), asks(second)]).toEqual(['ok', 'list ok, knock ok', []]);
  expect(second.state.steps.get('list' as StepId)?.carried?.outputs).toEqual({ said: 'shut' });
  expect(world.acts).toEqual(['door', 'knock', 'door']);
});

it('what a later step takes of it is known after it, also where it was asked before', async () => {
  const world = createToyWorld();
  world.cells.set('door', 'open');
  const use = toyStep(
    'use',
    'cell',
    deferred(
      (scope) => ({ name: 'it', value: String(scope.steps.list?.said) }),
      [{ root: 'steps', name: 'list', field: 'said' }],
    ),
  );
  const first = await live(toyRecipe([list(), use]), world, { yes: true });
  world.cells.set('door', 'shut');
  const second = await live(toyRecipe([list(), use]), world, { yes: true, last: first.state });
  for (const { state } of [first, second]) expect(state.forecast?.[1]).toMatchObject({ step: 'use', waitsFor: 'list' });
  expect(world.cells.get('it')).toBe('shut');
});

it('killed at any moment, it is asked again, and nobody is asked about it', async () => {
  for (const moment of ['before door', 'after door', 'before step.finished', 'after step.started']) {
    const world = createToyWorld();
    let armed = true;
    const dies = (now: string): void => {
      if (!armed || now !== moment) return;
      armed = false;
      throw new Crash(moment);
    };
    world.onEffect = dies;
    const dead = await live(toyRecipe([list()]), world, { dies });
    // A process that is dead writes no failure down.
    const past = dead.events.filter(
      ({ type }) => type !== 'step.finished' && type !== 'run.stopped' && !type.startsWith('question'),
    );
    expect(armed, moment).toBe(false);
    const resumed = await live(toyRecipe([list()]), world, { past });
    expect([resumed.state.status, outcomes(resumed), asks(resumed)], moment).toEqual(['ok', 'list ok', []]);
  }
});

it('where it fails it is a failure at once, tried again as often as `retry` says', async () => {
  const world = createToyWorld();
  const step = { ...list({ fails: true }), retry: { times: 2, delayMs: 0 } };
  const life = await live(toyRecipe([step]), world);
  expect([life.state.status, outcomes(life)]).toEqual(['stopped', 'list failed']);
  expect(life.state.steps.get('list' as StepId)).toMatchObject({ attempt: 3, failure: { code: 'act.failed' } });
});

it('it does not take the host, which another run may have', async () => {
  const lockHost = (): never => {
    throw new Error('the host was taken');
  };
  const life = await live(toyRecipe([list()]), createToyWorld(), { outside: { lockHost } });
  expect(outcomes(life)).toBe('list ok');
});
