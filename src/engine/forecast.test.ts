import { describe, expect, it } from 'vitest';
import { createFakeHost } from '../adapters/host/fake-host.ts';
import { fail, NotYet } from '../model/failure.ts';
import type { Recipe, RecipeStep } from '../model/recipe.ts';
import type { AnyStepType, Carried } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import {
  createToyJournal,
  createToyWorld,
  deferred,
  type ToyWorld,
  toyHeader,
  toyOutside,
  toyRecipe,
  toyStep,
  toyTypes,
} from '../testing/toy-run.ts';
import { paramsDigest } from './digest.ts';
import { forecast } from './forecast.ts';
import { createProgram, plainOptions } from './program.ts';
import { virtualState } from './run.ts';

const id = (step: string): StepId => step as StepId;
const never = new AbortController().signal;

/** Toy types, and two of an engine: `engine` provides it, `container` can't be read before it is there. */
function typesWithEngine(world: ToyWorld) {
  const engine: AnyStepType = { ...(toyTypes(world).get('cell') as AnyStepType), name: 'engine', provides: 'docker' };
  const container: AnyStepType = {
    ...engine,
    name: 'container',
    async read(params, ctx) {
      if (!world.cells.has('docker')) {
        throw new NotYet('docker', fail('docker.not-running', 'No engine answers.', { fault: 'environment' }).failure);
      }
      return engine.read(params, ctx);
    },
  };
  const rooted: AnyStepType = { ...(toyTypes(world).get('cell') as AnyStepType), name: 'rooted', needs: () => ['root'] };
  return new Map([...toyTypes(world), ['engine', engine], ['container', container], ['rooted', rooted]]);
}

interface Given {
  readonly world?: ToyWorld;
  readonly carried?: Readonly<Record<string, Carried>>;
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
  readonly looking?: (step: string) => void;
}

async function planOf(steps: readonly RecipeStep[], given: Given = {}) {
  const world = given.world ?? createToyWorld();
  const recipe: Recipe = toyRecipe(steps);
  const program = createProgram(recipe, typesWithEngine(world), { ...plainOptions, only: given.only ?? [] });
  const state = virtualState(toyHeader(program, { carried: given.carried ?? {} }));
  return forecast(program, state, toyOutside(world, createToyJournal()), given.signal ?? never, given.looking);
}

const cell = (name: string, more: Partial<RecipeStep> = {}): RecipeStep => toyStep(name, 'cell', { name, value: '1' }, more);
const container = toyStep('web', 'container', { name: 'web', value: '1' });
const engine = toyStep('docker', 'engine', { name: 'docker', value: 'on' });
const creates = (step: string, after = '1') => ({ step, changes: [{ action: 'create', target: step, after }] });

/** What an earlier run left of a step. */
const left = (more: Partial<Carried> = {}): Carried => ({
  run: 'run-0',
  paramsDigest: 'p',
  resultDigest: 'r',
  outputs: {},
  saw: {},
  ...more,
});

describe('a forecast', () => {
  it('looks at every step in order and changes nothing', async () => {
    const world = createToyWorld();
    world.cells.set('b', '1');
    world.cells.set('c', 'old');
    const looked: string[] = [];
    expect(await planOf([cell('a'), cell('b'), cell('c')], { world, looking: (step) => looked.push(step) })).toEqual([
      creates('a'),
      { step: 'b', changes: [] },
      { step: 'c', changes: [{ action: 'update', target: 'c', before: 'old', after: '1' }] },
    ]);
    expect(looked).toEqual(['a', 'b', 'c']);
    expect([...world.cells]).toEqual([
      ['b', '1'],
      ['c', 'old'],
    ]);
  });

  it('leaves out what was not chosen, and says what is skipped', async () => {
    const steps = [cell('a'), cell('b', { when: deferred(false) }), cell('c', { when: deferred(true) })];
    expect(await planOf(steps)).toEqual([creates('a'), { step: 'b', changes: [], skipped: true }, creates('c')]);
    expect(await planOf(steps, { only: ['c'] })).toEqual([creates('c')]);
  });

  it('counts only true as true in a condition', async () => {
    expect(await planOf([cell('a', { when: deferred('true') })])).toMatchObject([{ skipped: true }]);
  });

  it('names the step that it fails at, once', async () => {
    const web = toyStep('web', 'container', { name: 'web', value: '1' }, { title: 'Start it' });
    const message = 'Step web (Start it): No engine answers.';
    await expect(planOf([web])).rejects.toMatchObject({ failure: { message } });
    const world = { ...createToyWorld(), host: createFakeHost({ uid: 1000 }) };
    const user = toyStep('user', 'rooted', { name: 'user', value: '1' }, { title: 'Make its user' });
    await expect(planOf([user], { world })).rejects.toMatchObject({
      failure: { code: 'host.root-needed', message: 'Step user (Make its user) needs root.' },
    });
  });

  it('stops when it is told to', async () => {
    await expect(planOf([cell('a')], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('what can not be known yet', () => {
  it('waits for the step that will provide it', async () => {
    expect(await planOf([cell('a'), engine, container])).toEqual([
      creates('a'),
      creates('docker', 'on'),
      { step: 'web', changes: [], waitsFor: 'docker' },
    ]);
  });

  it('is a failure where no earlier step provides it', async () => {
    const failure = { failure: { code: 'docker.not-running' } };
    await expect(planOf([cell('a'), container])).rejects.toMatchObject(failure);
    await expect(planOf([container, engine])).rejects.toMatchObject(failure);
  });

  it('is a failure where the step that could provide it has nothing to do, or is not part of the run', async () => {
    const skipped = { ...engine, when: deferred(false) };
    const failure = { failure: { code: 'docker.not-running' } };
    await expect(planOf([skipped, container])).rejects.toMatchObject(failure);
    await expect(planOf([engine, container], { only: ['web'] })).rejects.toMatchObject(failure);
  });
});

describe('outputs of earlier steps', () => {
  const act = toyStep('register', 'act', { name: 'register' });
  const user = toyStep(
    'note',
    'cell',
    deferred(
      (scope) => ({ name: 'note', value: String(scope.steps.register?.said) }),
      [{ root: 'steps', name: 'register', field: 'said' }],
    ),
  );
  const more = toyStep(
    'more',
    'cell',
    deferred(
      (scope) => ({ name: 'more', value: String(scope.steps.note?.value) }),
      [{ root: 'steps', name: 'note', field: 'value' }],
    ),
  );

  it('that are not there yet are waited for, and so on down the line', async () => {
    expect(await planOf([act, user, more])).toMatchObject([
      { step: 'register' },
      { step: 'note', waitsFor: 'register' },
      { step: 'more', waitsFor: 'note' },
    ]);
  });

  it('that an earlier run left are known, as long as their step has nothing to do', async () => {
    const world = createToyWorld();
    const digest = await paramsDigest('act', { name: 'register' }, toyOutside(world, createToyJournal()).secrets);
    const done = left({ outputs: { said: 'did register' }, paramsDigest: digest });
    expect(await planOf([act, user], { world, carried: { register: done } })).toEqual([
      { step: 'register', changes: [] },
      creates('note', 'did register'),
    ]);
    expect(await planOf([act, user], { carried: { register: left({ outputs: { said: 'old' } }) } })).toMatchObject([
      { step: 'register', changes: [{ action: 'run' }] },
      { step: 'note', waitsFor: 'register' },
    ]);
  });

  it('that an earlier run left are enough where that step is not part of the run', async () => {
    const carried = { register: left({ outputs: { said: 'did register' } }) };
    expect(await planOf([act, user], { carried, only: ['note'] })).toEqual([creates('note', 'did register')]);
  });
});

describe('a step that comes after others', () => {
  const restart = toyStep('restart', 'bounce', { name: 'restart' }, { after: [id('config')] });
  const world = (): ToyWorld => {
    const made = createToyWorld();
    made.cells.set('config', '1');
    made.cells.set('follow', '1');
    return made;
  };
  const follow = toyStep('follow', 'cell', { name: 'follow', value: '1' }, { after: [id('config')] });
  const because = { step: 'follow', changes: [{ action: 'run', target: 'cell', because: ['config'] }] };

  it('is due when one of them will act in this run', async () => {
    const changed = world();
    changed.cells.set('config', 'edited by hand');
    const carried = { follow: left({ saw: { config: 'r' } }), config: left() };
    expect(await planOf([cell('config'), follow], { world: changed, carried })).toMatchObject([{ step: 'config' }, because]);
  });

  it('is due when one of them acted since, in an earlier run', async () => {
    const carried = { follow: left({ saw: { config: 'older' } }), config: left() };
    expect(await planOf([cell('config'), follow], { world: world(), carried })).toMatchObject([
      { step: 'config', changes: [] },
      because,
    ]);
  });

  it('is not due when it has seen their last result, or has never been done', async () => {
    const seen = { follow: left({ saw: { config: 'r' } }), config: left() };
    const calm = [
      { step: 'config', changes: [] },
      { step: 'follow', changes: [] },
    ];
    expect(await planOf([cell('config'), follow], { world: world(), carried: seen })).toMatchObject(calm);
    expect(await planOf([cell('config'), follow], { world: world() })).toEqual(calm);
  });

  it('is not due for a check, which changes nothing', async () => {
    const check = toyStep('config', 'look', { name: 'config', value: 'other' });
    const carried = { follow: left({ saw: { config: 'r' } }), config: left() };
    expect(await planOf([check, follow], { world: world(), carried })).toMatchObject([
      { step: 'config', changes: [{ action: 'check' }] },
      { step: 'follow', changes: [] },
    ]);
  });

  it('is planned to act in a first run', async () => {
    expect(await planOf([cell('config'), restart])).toMatchObject([
      { step: 'config' },
      { step: 'restart', changes: [{ action: 'run' }] },
    ]);
  });
});
