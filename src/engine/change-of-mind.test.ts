import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import type { RecipeStep } from '../model/recipe.ts';
import { emptyRun, foldAll, type RunState } from '../model/run-state.ts';
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
  toyTypes,
} from '../testing/toy-run.ts';
import { carryForward, orphansOf } from './carry-forward.ts';
import type { ChangeOfMind } from './change-of-mind.ts';
import { claimOn, REMOVE_ORPHANS } from './orphans.ts';
import { noStandingAnswers, type StandingAnswers } from './policy.ts';
import { plainOptions } from './program.ts';
import { createRun } from './run.ts';
import { scopeOf } from './scope.ts';

const yes: StandingAnswers = { ...noStandingAnswers, approvePlan: true };
const id = (step: string): StepId => step as StepId;

interface Life {
  readonly state: RunState;
  readonly events: readonly JournalEvent[];
}

interface Given {
  readonly last?: RunState;
  readonly past?: readonly JournalEvent[];
  readonly change?: ChangeOfMind;
  readonly standing?: StandingAnswers;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly changedInputs?: readonly string[];
}

async function live(steps: readonly RecipeStep[], world: ToyWorld, given: Given = {}): Promise<Life> {
  const program = toyProgram(toyRecipe(steps), world);
  const journal = createToyJournal(given.past);
  const header = { ...toyHeader(program, carryForward(given.last, steps)), inputs: given.inputs ?? {} };
  const run = createRun({
    program,
    outside: toyOutside(world, journal),
    standing: given.standing ?? yes,
    attended: false,
    begin:
      given.past === undefined
        ? { header: { ...header, ...(given.changedInputs === undefined ? {} : { changedInputs: given.changedInputs }) } }
        : { past: given.past, fairlead: '0.0.0', ...(given.change === undefined ? {} : { change: given.change }) },
  });
  const state = await run.go();
  return { state, events: journal.events };
}

const statuses = ({ state }: Life): Record<string, string> =>
  Object.fromEntries([...state.steps.values()].map((step) => [step.id, step.status]));
const why = ({ state }: Life): Record<string, readonly string[]> =>
  Object.fromEntries((state.forecast ?? []).flatMap((one) => (one.invalidatedBy ? [[one.step, one.invalidatedBy]] : [])));
const started = ({ events }: Life): readonly string[] =>
  events.flatMap((event) => (event.type === 'step.started' ? [event.step] : []));

describe('a hand edit', () => {
  const page = (value: string): RecipeStep => toyStep('page', 'page', { name: 'page', value });
  const edited = async (): Promise<{ world: ToyWorld; first: Life }> => {
    const world = createToyWorld();
    const first = await live([page('ours')], world);
    world.cells.set('page', 'theirs');
    return { world, first };
  };

  it('is a question that neither --yes nor --ack answers: nothing is overwritten, and the run can be resumed', async () => {
    const { world, first } = await edited();
    const second = await live([page('ours')], world, {
      last: first.state,
      standing: { ...yes, acknowledged: ['all'] },
    });
    expect(second.state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed', question: { about: 'drift' } });
    expect(second.state.forecast).toMatchObject([{ step: 'page', drift: true }]);
    expect(world.cells.get('page')).toBe('theirs');
    const third = await live([page('ours')], world, { past: second.events, standing: { ...yes, onDrift: 'overwrite' } });
    expect(third.state.status).toBe('ok');
    expect(world.cells.get('page')).toBe('ours');
  });

  it('that is to be kept is kept in every later run, until something else is wanted there', async () => {
    const { world, first } = await edited();
    const second = await live([page('ours')], world, { last: first.state, standing: { ...yes, onDrift: 'keep' } });
    expect(statuses(second)).toEqual({ page: 'ok' });
    const third = await live([page('ours')], world, { last: second.state });
    expect(third.state.status).toBe('ok');
    expect(third.state.forecast).toMatchObject([{ changes: [], notes: [expect.stringContaining('edited by hand')] }]);
    const fourth = await live([page('new')], world, { last: third.state });
    expect(fourth.state).toMatchObject({ status: 'stopped', question: { about: 'drift' } });
    expect(world.cells.get('page')).toBe('theirs');
  });

  it('that was kept is overwritten where that is said, as the plan shows before it happens', async () => {
    const { world, first } = await edited();
    const second = await live([page('ours')], world, { last: first.state, standing: { ...yes, onDrift: 'keep' } });
    const overwrite: StandingAnswers = { ...noStandingAnswers, onDrift: 'overwrite' };
    const third = await live([page('ours')], world, { last: second.state, standing: overwrite });
    expect(third.state).toMatchObject({ status: 'stopped', question: { about: 'plan' } });
    expect(third.state.forecast).toMatchObject([{ drift: true, changes: [{ after: 'ours' }] }]);
    expect(world.cells.get('page')).toBe('theirs');
    const fourth = await live([page('ours')], world, {
      past: third.events,
      standing: { ...overwrite, approvePlan: true },
    });
    expect(fourth.state.status).toBe('ok');
    expect(fourth.events).toContainEqual(
      expect.objectContaining({ type: 'question.answered', answer: 'overwrite', by: 'option' }),
    );
    expect(world.cells.get('page')).toBe('ours');
    const fifth = await live([page('ours')], world, { last: fourth.state });
    expect(fifth.state.forecast).toEqual([{ step: 'page', changes: [] }]);
  });

  it('that was kept is shown in a plan anew where a run goes on that is to overwrite it', async () => {
    const { world, first } = await edited();
    const second = await live([page('ours')], world, { last: first.state, standing: { ...yes, onDrift: 'keep' } });
    const steps = [page('ours'), toyStep('break', 'act', { name: 'break', fails: true })];
    const third = await live(steps, world, { last: second.state });
    expect(statuses(third)).toEqual({ page: 'ok', break: 'failed' });
    world.cells.set('mended', 'yes');
    const unasked = await live(steps, world, { past: third.events, standing: { ...noStandingAnswers, onDrift: 'overwrite' } });
    expect(unasked.state).toMatchObject({ status: 'stopped', question: { about: 'plan' } });
    expect(unasked.state.forecast).toMatchObject([{ step: 'page', drift: true }, { step: 'break' }]);
    expect(world.cells.get('page')).toBe('theirs');
    const fourth = await live(steps, world, { past: third.events, standing: { ...yes, onDrift: 'overwrite' } });
    expect(statuses(fourth)).toEqual({ page: 'changed', break: 'changed' });
    expect(fourth.events.filter(({ type }) => type === 'plan.forecast')).toHaveLength(2);
    expect(world.cells.get('page')).toBe('ours');
  });

  it.each(['keep', 'stop'] as const)('that was kept stays, and is no question, with %s as without a word', async (onDrift) => {
    const { world, first } = await edited();
    const second = await live([page('ours')], world, { last: first.state, standing: { ...yes, onDrift: 'keep' } });
    const third = await live([page('ours')], world, { last: second.state, standing: { ...yes, onDrift } });
    expect(third.state.status).toBe('ok');
    expect(third.events.filter(({ type }) => type === 'question.asked')).toEqual([]);
    expect(world.cells.get('page')).toBe('theirs');
  });

  it('of what was kept before is asked about anew', async () => {
    const { world, first } = await edited();
    const second = await live([page('ours')], world, { last: first.state, standing: { ...yes, onDrift: 'keep' } });
    world.cells.set('page', 'theirs again');
    const third = await live([page('ours')], world, { last: second.state });
    expect(third.state).toMatchObject({ status: 'stopped', question: { about: 'drift' } });
  });

  it('answered with stop stops the run, and the next process asks again', async () => {
    const { world, first } = await edited();
    const stop: StandingAnswers = { ...yes, onDrift: 'stop' };
    const second = await live([page('ours')], world, { last: first.state, standing: stop });
    expect(second.state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed' });
    const third = await live([page('ours')], world, { past: second.events });
    expect(third.state).toMatchObject({ status: 'stopped', question: { about: 'drift' } });
    expect(world.cells.get('page')).toBe('theirs');
  });

  it('that goes on while its question is open is asked about again: an answer is for what was shown', async () => {
    const { world, first } = await edited();
    const program = toyProgram(toyRecipe([page('ours')]), world);
    const run = createRun({
      program,
      outside: toyOutside(world, createToyJournal()),
      standing: yes,
      attended: true,
      begin: { header: toyHeader(program, carryForward(first.state)) },
    });
    let asked = 0;
    const feed = run.feed();
    const operator = (async () => {
      for await (const item of feed.items) {
        if (!('seq' in item) || item.type !== 'question.asked' || item.question.about !== 'drift') continue;
        asked++;
        if (asked === 1) world.cells.set('page', 'much later work');
        run.request({ kind: 'answer', id: item.question.id, answer: asked === 1 ? 'overwrite' : 'keep' });
      }
    })();
    const state = await run.go();
    await operator;
    expect(asked).toBe(2);
    expect(state.status).toBe('ok');
    expect(world.cells.get('page')).toBe('much later work');
  });

  it('that says what is wanted by now is none', async () => {
    const { world, first } = await edited();
    const second = await live([page('theirs')], world, { last: first.state });
    expect(second.state.status).toBe('ok');
  });

  it('is not what the recipe itself changes, nor what a crash of our own left', async () => {
    const world = createToyWorld();
    const first = await live([page('ours')], world);
    const second = await live([page('new')], world, { last: first.state });
    expect(statuses(second)).toEqual({ page: 'changed' });
    let dead = false;
    world.onEffect = (where) => {
      if (where !== 'after page') return;
      dead = true;
      throw new Crash('crashed');
    };
    const journal = createToyJournal();
    const program = toyProgram(toyRecipe([page('third')]), world);
    const dying = createRun({
      program,
      outside: toyOutside(world, {
        async append(event, options) {
          // Dead: nothing is written any more.
          if (dead) throw new Crash('crashed');
          return journal.append(event, options);
        },
      }),
      standing: yes,
      attended: false,
      begin: { header: toyHeader(program, carryForward(second.state)) },
    });
    await expect(dying.go()).rejects.toThrow(Crash);
    world.onEffect = () => undefined;
    // Half-way between what was left and what is wanted.
    world.cells.set('page', 'half of third');
    const resumed = await live([page('third')], world, { past: journal.events });
    expect(resumed.state.status).toBe('ok');
    expect(world.cells.get('page')).toBe('third');
  });
});

describe('other inputs', () => {
  const fromInput = (step: string, input: string, more: Partial<RecipeStep> = {}): RecipeStep =>
    toyStep(
      step,
      'cell',
      deferred((scope) => ({ name: step, value: String(scope.inputs[input]) }), [{ root: 'inputs', name: input }]),
      more,
    );
  const steps = [
    fromInput('config', 'port'),
    fromInput('motto', 'words'),
    toyStep(
      'note',
      'cell',
      deferred(
        (scope) => ({ name: 'note', value: `note ${String(scope.steps.config?.value)}` }),
        [{ root: 'steps', name: 'config', field: 'value' }],
      ),
    ),
    toyStep('restart', 'bounce', { name: 'restart' }, { after: [id('config')] }),
    toyStep('register', 'act', { name: 'register' }),
    toyStep('last', 'act', { name: 'last', fails: true }),
  ];
  const inputs = { port: '1', words: 'fiat lux' };

  it('of a later run: the steps that they invalidate are named, with the reason, and just those change anything', async () => {
    const world = createToyWorld();
    world.cells.set('mended', 'yes');
    const first = await live(steps, world, { inputs });
    const again = await live(steps, world, { last: first.state, inputs: { ...inputs, port: '2' }, changedInputs: ['port'] });
    expect(why(again)).toEqual({ config: ['input:port'], note: ['step:config'], restart: ['step:config'] });
    expect(statuses(again)).toEqual({
      config: 'changed',
      motto: 'ok',
      note: 'changed',
      restart: 'changed',
      register: 'ok',
      last: 'ok',
    });
    expect(world.acts).toEqual(['restart', 'register', 'last', 'restart']);
  });

  it('at a resume: named first, approved anew, and just what they invalidate is done again', async () => {
    const world = createToyWorld();
    const broken = await live(steps, world, { inputs });
    expect(broken.state).toMatchObject({ status: 'stopped', stopReason: 'failed' });
    const change: ChangeOfMind = { inputs: { ...inputs, port: '2' }, changedInputs: ['port'] };
    world.cells.set('mended', 'yes');

    const unapproved = await live(steps, world, { past: broken.events, change, standing: noStandingAnswers });
    // What has been done is not given up by a no to what would be done next.
    expect(unapproved.state).toMatchObject({
      status: 'stopped',
      question: { about: 'plan', takes: { choices: ['approve', 'stop'] } },
    });
    expect(why(unapproved)).toEqual({ config: ['input:port'], note: ['step:config'], restart: ['step:config'] });
    expect(world.cells.get('config')).toBe('1');

    const resumed = await live(steps, world, { past: unapproved.events });
    expect(resumed.state.status).toBe('ok');
    const news = { ...resumed, events: resumed.events.slice(broken.events.length) };
    // From the first one on all are looked at: a later one may build on it through the world alone.
    expect(started(news)).toEqual(['config', 'motto', 'note', 'restart', 'register', 'last']);
    expect([world.cells.get('config'), world.cells.get('note')]).toEqual(['2', 'note 2']);
    expect(world.acts.filter((act) => act === 'register')).toHaveLength(1);
    expect(resumed.state.header?.inputs).toEqual({ port: '2', words: 'fiat lux' });
    expect(carryForward(resumed.state).inputs).toEqual({ port: '2', words: 'fiat lux' });
  });

  it('a run that is given up in a doubt leaves no riddle: what it wrote is ours, and no hand edit', async () => {
    const world = createToyWorld();
    const page = (value: string): RecipeStep => toyStep('page', 'page', { name: 'page', value });
    const first = await live([page('ours')], world);
    let dead = false;
    world.onEffect = (where) => {
      dead ||= where.startsWith('after');
      if (dead) throw new Crash('crashed');
    };
    const give = async (last: RunState | undefined, value: string): Promise<RunState> => {
      const program = toyProgram(toyRecipe([page(value)]), world);
      const journal = createToyJournal();
      const outside = toyOutside(world, {
        async append(event, options) {
          if (dead) throw new Crash('crashed');
          return journal.append(event, options);
        },
      });
      const header = toyHeader(program, carryForward(last));
      const dying = createRun({ program, outside, standing: yes, attended: false, begin: { header } });
      await expect(dying.go()).rejects.toThrow(Crash);
      dead = false;
      world.onEffect = () => undefined;
      const run = createRun({
        program: { ...program, givingUp: true },
        outside: toyOutside(world, createToyJournal(journal.events)),
        standing: yes,
        attended: false,
        begin: { past: journal.events, fairlead: '0.0.0' },
      });
      return run.go();
    };
    const givenUp = await give(first.state, 'half-hearted');
    expect(givenUp.status).toBe('abandoned');
    const next = await live([page('ours')], world, { last: givenUp });
    expect(next.state.status).toBe('ok');
    expect(world.cells.get('page')).toBe('ours');
  });

  it('that are refused when the plan is shown are not in force, and the run can be resumed with what it had', async () => {
    const world = createToyWorld();
    const broken = await live(steps, world, { inputs });
    const change: ChangeOfMind = { inputs: { ...inputs, port: '2' }, changedInputs: ['port'] };
    world.cells.set('mended', 'yes');
    const program = toyProgram(toyRecipe(steps), world);
    const journal = createToyJournal(broken.events);
    const run = createRun({
      program,
      outside: toyOutside(world, journal),
      standing: noStandingAnswers,
      attended: true,
      begin: { past: broken.events, fairlead: '0.0.0', change },
    });
    const feed = run.feed();
    const operator = (async () => {
      for await (const item of feed.items) {
        if (!('seq' in item) || item.type !== 'question.asked' || item.question.about !== 'plan') continue;
        run.request({ kind: 'answer', id: item.question.id, answer: 'stop' });
      }
    })();
    const refused = await run.go();
    await operator;
    expect(refused).toMatchObject({ status: 'stopped', stopReason: 'operator-needed', header: { inputs } });
    const resumed = await live(steps, world, { past: journal.events });
    expect(resumed.state).toMatchObject({ status: 'ok', header: { inputs } });
    expect(world.cells.get('config')).toBe('1');
    expect(carryForward(resumed.state).inputs).toEqual(inputs);
    expect(foldAll(resumed.events)).toEqual(resumed.state);
  });

  it('--from at a resume looks at that step and all after it again, and does no act a second time', async () => {
    const world = createToyWorld();
    const broken = await live(steps, world, { inputs });
    world.cells.set('mended', 'yes');
    world.cells.delete('note');
    const resumed = await live(steps, world, { past: broken.events, change: { from: id('note') } });
    const news = { ...resumed, events: resumed.events.slice(broken.events.length) };
    expect(started(news)).toEqual(['note', 'restart', 'register', 'last']);
    expect(resumed.state.status).toBe('ok');
    expect(world.cells.get('note')).toBe('note 1');
    expect(world.acts.filter((act) => act === 'register')).toHaveLength(1);
    expect(why(resumed)).toEqual({ note: ['from'], restart: ['from'], register: ['from'] });
  });

  it('an act in doubt that did happen, for the inputs before, is done for those that are wanted by now', async () => {
    const world = createToyWorld();
    const account = toyStep(
      'account',
      'act',
      deferred((scope) => ({ name: `account ${String(scope.inputs.mail)}` }), [{ root: 'inputs', name: 'mail' }]),
    );
    const program = toyProgram(toyRecipe([account]), world);
    const journal = createToyJournal();
    let dead = false;
    world.onEffect = (where) => {
      dead ||= where.startsWith('after');
      if (dead) throw new Crash('crashed');
    };
    const dying = createRun({
      program,
      outside: toyOutside(world, {
        async append(event, options) {
          if (dead) throw new Crash('crashed');
          return journal.append(event, options);
        },
      }),
      standing: yes,
      attended: false,
      begin: { header: { ...toyHeader(program), inputs: { mail: 'a' } } },
    });
    await expect(dying.go()).rejects.toThrow(Crash);
    world.onEffect = () => undefined;
    const resumed = await live([account], world, {
      past: journal.events,
      change: { inputs: { mail: 'b' }, changedInputs: ['mail'] },
      standing: { ...yes, answers: new Map([['account', 'done']]) },
    });
    expect(resumed.state.status).toBe('ok');
    expect(world.acts).toEqual(['account a', 'account b']);
    expect(foldAll(resumed.events)).toEqual(resumed.state);
  });

  it('a plan made anew that finds the work of a finished step gone has it done again', async () => {
    const world = createToyWorld();
    const broken = await live(steps, world, { inputs });
    world.cells.set('mended', 'yes');
    world.cells.delete('config');
    const resumed = await live(steps, world, { past: broken.events, change: { from: id('last') } });
    expect(resumed.state.forecast?.find(({ step }) => step === 'config')?.changes).toHaveLength(1);
    expect(resumed.state.status).toBe('ok');
    expect(world.cells.get('config')).toBe('1');
  });

  it('that turn a condition off leave what was made, and the plan says so', async () => {
    const world = createToyWorld();
    const gated = (open: boolean) => toyStep('gated', 'page', { name: 'gated', value: '1' }, { when: deferred(open) });
    const first = await live([gated(true)], world);
    const second = await live([gated(false)], world, { last: first.state });
    expect(second.state.forecast).toMatchObject([{ skipped: true, notes: [expect.stringContaining('stays as it is')] }]);
  });

  it('fold alike live and reloaded', async () => {
    const world = createToyWorld();
    const broken = await live(steps, world, { inputs });
    const change: ChangeOfMind = { inputs: { ...inputs, words: 'post tenebras lux' }, changedInputs: ['words'] };
    world.cells.set('mended', 'yes');
    const resumed = await live(steps, world, { past: broken.events, change });
    expect(foldAll(resumed.events)).toEqual(resumed.state);
  });
});

describe('a recipe that says something else', () => {
  it('invalidates just the steps that say it', async () => {
    const world = createToyWorld();
    const cells = (b: string) => [toyStep('a', 'cell', { name: 'a', value: '1' }), toyStep('b', 'cell', { name: 'b', value: b })];
    const first = await live(cells('1'), world);
    const second = await live(cells('2'), world, { last: first.state });
    expect(why(second)).toEqual({ b: ['recipe'] });
    expect(statuses(second)).toEqual({ a: 'ok', b: 'changed' });
  });
});

describe('steps that a recipe dropped', () => {
  const kept = toyStep('kept', 'cell', { name: 'kept', value: '1' });
  const dropped = [
    toyStep('one', 'page', { name: 'one', value: '1' }),
    toyStep('two', 'page', { name: 'two', value: '2' }),
    toyStep('seen', 'look', { name: 'one', value: '1' }),
  ];

  it('are orphans, and stay orphans over later runs; a renamed step is none', async () => {
    const world = createToyWorld();
    const first = await live([kept, ...dropped], world);
    const renamed = toyStep('uno', 'page', { name: 'one', value: '1' }, { was: id('one') });
    const second = await live([kept, renamed], world, { last: first.state });
    expect(orphansOf(carryForward(first.state, [kept, renamed]).carried, [kept, renamed]).map(({ step }) => step)).toEqual([
      'two',
      'seen',
    ]);
    const heritage = carryForward(second.state, [kept, renamed]);
    expect(orphansOf(heritage.carried, [kept, renamed]).map(({ step }) => step)).toEqual(['two', 'seen']);
    expect(statuses(second)).toEqual({ kept: 'ok', uno: 'ok' });
  });

  it('that a step of another name looks after now are none; what two look after is shared', () => {
    const scope = scopeOf(toyRecipe([]), emptyRun);
    const claim = (orphan: RecipeStep, ...steps: readonly RecipeStep[]) =>
      claimOn(orphan, scope, { recipe: toyRecipe(steps), scope }, toyTypes(createToyWorld()));
    const page = (name: string, on: string) => toyStep(name, 'page', { name: on, value: '1' });
    expect(claim(page('old', '/srv/a'), kept)).toEqual({ claim: 'alone' });
    expect(claim(page('old', '/srv/a'), page('new', '/srv/a'))).toEqual({ claim: 'taken-over', by: 'new' });
    // A file in the folder, a value in the file: they would go with it.
    expect(claim(page('old', '/srv/a'), page('new', '/srv/a/file'))).toMatchObject({ by: 'new' });
    expect(claim(page('old', '/srv/a'), page('new', '/srv/a KEY'))).toMatchObject({ by: 'new' });
    expect(claim(page('old', '/srv/a'), page('new', '/srv/ab'))).toEqual({ claim: 'alone' });
    // What can't be told may well be the same.
    const unknown = toyStep(
      'new',
      'page',
      deferred<{ name: string }>(() => {
        throw new Error('not known yet');
      }),
    );
    expect(claim(page('old', '/srv/a'), unknown)).toMatchObject({ by: 'new' });
  });

  it('what they made is taken away, the last first, and what was there before them is kept', async () => {
    const world = createToyWorld();
    world.cells.set('two', '2');
    const first = await live([kept, ...dropped], world);
    const program = toyProgram(toyRecipe([kept, ...dropped]), world, {
      ...plainOptions,
      only: ['one', 'two', 'seen'],
      task: REMOVE_ORPHANS,
    });
    expect(program.kind).toBe('orphans');
    expect(program.steps.map((step) => step.id)).toEqual(['two', 'one']);
    const journal = createToyJournal();
    const run = createRun({
      program,
      outside: toyOutside(world, journal),
      standing: yes,
      attended: false,
      begin: { header: toyHeader(program, carryForward(first.state)) },
    });
    const state = await run.go();
    expect(state.status).toBe('ok');
    expect([...world.cells.keys()]).toEqual(['two', 'kept']);
    const after = carryForward(state, [kept]);
    expect(Object.keys(after.carried)).toEqual(['kept', 'seen']);
    expect(after.made).toEqual(['cell kept']);
  });
});
