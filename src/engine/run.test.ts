import { describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { type FeedItem, isLive } from '../model/feed.ts';
import { emptyRun, foldAll, type RunState } from '../model/run-state.ts';
import type { AnyStepType, ApplyContext, ReadContext } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { manual } from '../steps/manual/manual.ts';
import {
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
import { carryForward } from './carry-forward.ts';
import type { Outside } from './outside.ts';
import { noStandingAnswers, type StandingAnswers } from './policy.ts';
import type { Program } from './program.ts';
import { createPublisher } from './publish.ts';
import { createRun } from './run.ts';

const yes: StandingAnswers = { ...noStandingAnswers, approvePlan: true };

interface Ended {
  readonly state: RunState;
  readonly events: readonly JournalEvent[];
}

async function runToEnd(
  program: Program,
  world: ToyWorld,
  more: { past?: readonly JournalEvent[]; last?: RunState; standing?: StandingAnswers; run?: string } = {},
): Promise<Ended> {
  const journal = createToyJournal(more.past);
  const heritage = carryForward(more.last);
  const run = createRun({
    program,
    outside: toyOutside(world, journal),
    standing: more.standing ?? yes,
    attended: false,
    begin: more.past
      ? { past: more.past, fairlead: '0.0.0' }
      : { header: toyHeader(program, { ...heritage, ...(more.run === undefined ? {} : { run: more.run }) }) },
  });
  const state = await run.go();
  return { state, events: journal.events };
}

const outcomes = (state: RunState): Record<string, string> =>
  Object.fromEntries([...state.steps.values()].map((step) => [step.id, step.status]));

const install = () =>
  toyRecipe([
    toyStep('config', 'cell', { name: 'config', value: 'a' }),
    toyStep('register', 'act', { name: 'register' }),
    toyStep(
      'id',
      'cell',
      deferred(
        (scope) => ({ name: 'id', value: String(scope.steps.register?.said) }),
        [{ root: 'steps', name: 'register', field: 'said' }],
      ),
    ),
    toyStep('restart', 'bounce', { name: 'restart' }, { after: ['config' as StepId, 'id' as StepId] }),
    toyStep('proof', 'look', { name: 'id', value: 'did register' }),
  ]);

describe('a run', () => {
  it('does every step, and the second time changes nothing', async () => {
    const world = createToyWorld();
    const first = await runToEnd(toyProgram(install(), world), world);
    expect(outcomes(first.state)).toEqual({
      config: 'changed',
      register: 'changed',
      id: 'changed',
      restart: 'changed',
      proof: 'ok',
    });
    const second = await runToEnd(toyProgram(install(), world), world, { last: first.state, run: 'run-2' });
    expect(new Set(Object.values(outcomes(second.state)))).toEqual(new Set(['ok']));
    expect(world.acts).toEqual(['register', 'restart']);
  });

  it('plans only steps that use a captured value as known after apply', async () => {
    const world = createToyWorld();
    const { state } = await runToEnd(toyProgram(install(), world), world);
    expect(state.forecast?.filter((step) => step.waitsFor !== undefined)).toEqual([
      { step: 'id', changes: [], waitsFor: 'register' },
    ]);
  });

  it('plans and does again just the undone step and what comes after it', async () => {
    const world = createToyWorld();
    const first = await runToEnd(toyProgram(install(), world), world);
    world.cells.set('config', 'edited by hand');
    const second = await runToEnd(toyProgram(install(), world), world, { last: first.state, run: 'run-2' });
    const planned = second.state.forecast?.filter((step) => step.changes.length > 0).map((step) => step.step);
    expect(planned).toEqual(['config', 'restart']);
    expect(outcomes(second.state)).toEqual({ config: 'changed', register: 'ok', id: 'ok', restart: 'changed', proof: 'ok' });
    expect(world.acts).toEqual(['register', 'restart', 'restart']);
  });

  it('applies what it planned, step by step', async () => {
    const world = createToyWorld();
    const { events, state } = await runToEnd(toyProgram(install(), world), world);
    for (const planned of state.forecast ?? []) {
      if (planned.waitsFor !== undefined || planned.changes.some((change) => change.action === 'check')) continue;
      const intended = events.find((event) => event.type === 'step.intended' && event.step === planned.step);
      expect(intended).toMatchObject({ changes: planned.changes });
    }
  });

  it('without a yes and with nobody there stops, resumable, with nothing done', async () => {
    const world = createToyWorld();
    const { state, events } = await runToEnd(toyProgram(install(), world), world, { standing: noStandingAnswers });
    expect(state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed' });
    expect(world.cells.size).toBe(0);
    const resumed = await runToEnd(toyProgram(install(), world), world, { past: events });
    expect(resumed.state.status).toBe('ok');
  });

  it('stops at a failed step and goes on there once it is mended', async () => {
    const recipe = toyRecipe([toyStep('a', 'cell', { name: 'a', value: '1' }), toyStep('b', 'act', { name: 'b', fails: true })]);
    const world = createToyWorld();
    const failed = await runToEnd(toyProgram(recipe, world), world);
    expect(failed.state).toMatchObject({ status: 'stopped', stopReason: 'failed' });
    world.cells.set('mended', 'yes');
    const resumed = await runToEnd(toyProgram(recipe, world), world, { past: failed.events });
    expect(resumed.state.status).toBe('ok');
    expect(world.acts).toEqual(['b']);
  });

  it('with --on-failure skip leaves out what builds on the failed step, does the rest, and is not called done', async () => {
    const recipe = toyRecipe([
      toyStep('bad', 'act', { name: 'bad', fails: true }),
      toyStep('uses', 'cell', { name: 'uses', value: '1' }, { after: ['bad' as StepId] }),
      toyStep('free', 'cell', { name: 'free', value: '1' }),
    ]);
    const world = createToyWorld();
    const { state } = await runToEnd(toyProgram(recipe, world, { only: [], onFailure: 'skip' }), world);
    expect(outcomes(state)).toEqual({ bad: 'failed', uses: 'skipped', free: 'changed' });
    expect(state).toMatchObject({ status: 'stopped', stopReason: 'failed' });
  });

  it('a step that was left out because of another is done once that one is mended', async () => {
    const recipe = toyRecipe([
      toyStep('bad', 'act', { name: 'bad', fails: true }),
      toyStep('uses', 'cell', { name: 'uses', value: '1' }, { after: ['bad' as StepId] }),
    ]);
    const world = createToyWorld();
    const program = toyProgram(recipe, world, { only: [], onFailure: 'skip' });
    const first = await runToEnd(program, world);
    world.cells.set('mended', 'yes');
    const resumed = await runToEnd(program, world, { past: first.events });
    expect(outcomes(resumed.state)).toEqual({ bad: 'changed', uses: 'changed' });
    expect(resumed.state.status).toBe('ok');
  });

  it('tries a failing step again as often as its retry says', async () => {
    const recipe = toyRecipe([toyStep('b', 'act', { name: 'b', fails: true }, { retry: { times: 2, delayMs: 0 } })]);
    const world = createToyWorld();
    const { events } = await runToEnd(toyProgram(recipe, world), world);
    expect(events.filter((event) => event.type === 'step.started')).toHaveLength(3);
  });

  it('skips a step whose `when` does not hold', async () => {
    const recipe = toyRecipe([toyStep('a', 'cell', { name: 'a', value: '1' }, { when: deferred(false) })]);
    const world = createToyWorld();
    const { state } = await runToEnd(toyProgram(recipe, world), world);
    expect(outcomes(state)).toEqual({ a: 'skipped' });
    expect(world.cells.size).toBe(0);
  });

  it('a check that never holds fails when its time is up, and says what it saw', async () => {
    const recipe = toyRecipe([toyStep('a', 'look', { name: 'a', value: '1' }, { timeoutMs: 20 })]);
    const world = createToyWorld();
    const { state } = await runToEnd(toyProgram(recipe, world), world);
    expect(state.steps.get('a' as StepId)?.failure).toMatchObject({
      code: 'check.never-held',
      evidence: { tail: ['a: wanted "1", saw null'] },
    });
  });

  it('a check that waits tells what it saw last, how long it waits at most, and how much of that is left', async () => {
    const recipe = toyRecipe([toyStep('a', 'teller', {}, { timeoutMs: 30 })]);
    const world = createToyWorld();
    const teller: AnyStepType = {
      ...(toyTypes(world).get('look') as AnyStepType),
      name: 'teller',
      read: async (_: unknown, ctx: ReadContext) => ctx.progress('door: shut'),
      diff: () => [{ action: 'check', target: 'door' }],
    };
    const program = { ...toyProgram(recipe, world), types: new Map(toyTypes(world)).set('teller', teller) };
    const begin = { header: toyHeader(program) };
    const run = createRun({ program, outside: toyOutside(world, createToyJournal()), standing: yes, attended: false, begin });
    const feed = run.feed();
    const seen = (async () => {
      const items: FeedItem[] = [];
      for await (const item of feed.items) items.push(item);
      return items;
    })();
    await run.go();
    const waits = (await seen).filter((item) => item.type === 'step.progress');
    expect(waits.length).toBeGreaterThan(0);
    for (const { text, atMostMs, leftMs } of waits) {
      expect({ text, atMostMs }).toEqual({ text: 'waiting: door: shut', atMostMs: 30 });
      expect(leftMs).toBeLessThanOrEqual(30);
    }
  });

  it('a look knows when its run began, and when each step of it first did, also after a resume', async () => {
    const began: unknown[] = [];
    let holds = false;
    const world = createToyWorld();
    const clock: AnyStepType = {
      ...(toyTypes(world).get('look') as AnyStepType),
      name: 'clock',
      async read(_: unknown, ctx: ReadContext) {
        if (!ctx.forecast) began.push([ctx.began?.run, ctx.began?.step('a' as StepId), ctx.began?.step()]);
        else expect(ctx.began).toBeUndefined();
      },
      diff: () => (holds ? [] : [{ action: 'check', target: 'door' }]),
    };
    const recipe = toyRecipe([toyStep('a', 'cell', { name: 'a', value: '1' }), toyStep('b', 'clock', {}, { timeoutMs: 1 })]);
    const program = { ...toyProgram(recipe, world), types: new Map(toyTypes(world)).set('clock', clock) };
    const first = await runToEnd(program, world);
    holds = true;
    const { events } = await runToEnd(program, world, { past: first.events });
    const timeOf = (type: string, step?: string): string | undefined =>
      events.find((event) => event.type === type && (step === undefined || ('step' in event && event.step === step)))?.at;
    const expected = [timeOf('run.started'), timeOf('step.started', 'a'), timeOf('step.started', 'b')];
    expect(expected).not.toContain(undefined);
    expect(began.length).toBeGreaterThan(1);
    expect([began[0], began.at(-1)]).toEqual([expected, expected]);
  });

  it('does only the steps that --from, --until and --only leave', async () => {
    const recipe = toyRecipe(['a', 'b', 'c'].map((name) => toyStep(name, 'cell', { name, value: '1' })));
    const chosen = async (options: Partial<Program['options']>): Promise<string[]> => {
      const world = createToyWorld();
      await runToEnd(toyProgram(recipe, world, { only: [], onFailure: 'stop', ...options }), world);
      return [...world.cells.keys()];
    };
    expect(await chosen({ from: 'b' })).toEqual(['b', 'c']);
    expect(await chosen({ until: 'b' })).toEqual(['a', 'b']);
    expect(await chosen({ only: ['c', 'a'] })).toEqual(['a', 'c']);
    await expect(chosen({ only: ['d'] })).rejects.toMatchObject({ failure: { code: 'step.unknown' } });
  });

  it('keeps sensitive outputs in the vault and only their names in the journal', async () => {
    const recipe = toyRecipe([toyStep('token', 'act', { name: 'token' }, { sensitive: true })]);
    const world = createToyWorld();
    const { state, events } = await runToEnd(toyProgram(recipe, world), world);
    expect(state.steps.get('token' as StepId)?.carried?.outputs).toEqual({ said: { $secret: 'token.said' } });
    expect(world.vault.value('token.said')).toBe('did token');
    expect(JSON.stringify(events)).not.toContain('did token');
  });

  it('removes only what fairlead made', async () => {
    const recipe = toyRecipe(
      [toyStep('mine', 'cell', { name: 'mine', value: '1' }), toyStep('old', 'cell', { name: 'old', value: '1' })],
      {
        tasks: [
          {
            name: 'uninstall',
            title: 'Uninstall',
            inputs: [],
            steps: ['mine', 'old'].map((name) => toyStep(`no_${name}`, 'cell', { name, value: '', ensure: 'absent' })),
          },
        ],
      },
    );
    const world = createToyWorld();
    world.cells.set('old', '1');
    const first = await runToEnd(toyProgram(recipe, world), world);
    const task = await runToEnd(toyProgram(recipe, world, { only: [], onFailure: 'stop', task: 'uninstall' }), world, {
      last: first.state,
      run: 'run-2',
    });
    expect([...world.cells.keys()]).toEqual(['old']);
    expect(carryForward(task.state)).toMatchObject({ carried: {}, made: [] });
  });

  it('a danger needs its word, which --yes is not', async () => {
    const more = { danger: deferred('toy'), explain: 'All of it is lost.' };
    const recipe = toyRecipe([toyStep('wipe', 'cell', { name: 'wipe', value: '1' }, more)]);
    const world = createToyWorld();
    const refused = await runToEnd(toyProgram(recipe, world), world);
    expect(refused.state).toMatchObject({
      status: 'stopped',
      stopReason: 'operator-needed',
      question: { data: { explain: 'All of it is lost.' } },
    });
    expect(world.cells.size).toBe(0);
    const agreed = await runToEnd(toyProgram(recipe, world), world, {
      past: refused.events,
      standing: { ...yes, answers: new Map([['wipe', 'toy']]) },
    });
    expect(agreed.state.status).toBe('ok');
  });
});

describe('changes of the recipe', () => {
  it('a step that was renamed keeps its history', async () => {
    const world = createToyWorld();
    const first = await runToEnd(toyProgram(toyRecipe([toyStep('act', 'act', { name: 'act' })]), world), world);
    const recipe = toyRecipe([toyStep('act_two', 'act', { name: 'act' }, { was: 'act' as StepId })]);
    const heritage = carryForward(first.state, recipe.steps);
    expect(Object.keys(heritage.carried)).toEqual(['act_two']);
    expect(heritage.carried.act_two?.outputs).toEqual({ said: 'did act' });
  });

  it('a step newly named in `after` that never changed anything makes nothing act again', async () => {
    const world = createToyWorld();
    world.cells.set('new', 'a');
    const conf = toyStep('conf', 'cell', { name: 'conf', value: 'a' });
    const act = (...after: string[]) => toyStep('act', 'act', { name: 'act' }, { after: after as StepId[] });
    const first = await runToEnd(toyProgram(toyRecipe([conf, act('conf')]), world), world);
    const next = toyRecipe([conf, toyStep('newc', 'cell', { name: 'new', value: 'a' }), act('conf', 'newc')]);
    const second = await runToEnd(toyProgram(next, world), world, { last: first.state, run: 'run-2' });
    expect(outcomes(second.state)).toEqual({ conf: 'ok', newc: 'ok', act: 'ok' });
    expect(world.acts).toEqual(['act']);
  });
});

describe('views', () => {
  it('a view that stalls or goes away never changes a run', async () => {
    const world = createToyWorld();
    const journal = createToyJournal();
    const program = toyProgram(install(), world);
    const run = createRun({
      program,
      outside: toyOutside(world, journal),
      standing: yes,
      attended: false,
      begin: { header: toyHeader(program) },
    });
    const stalled = run.feed().items[Symbol.asyncIterator]();
    await stalled.next();
    const left = run.feed();
    const leaving = (async () => {
      for await (const _ of left.items) break;
    })();
    expect((await run.go()).status).toBe('ok');
    await leaving;
  });

  it('a feed shows every fact in order, and dropping what is live leaves the state unchanged', async () => {
    const world = createToyWorld();
    const journal = createToyJournal();
    const program = toyProgram(install(), world);
    const run = createRun({
      program,
      outside: toyOutside(world, journal),
      standing: yes,
      attended: false,
      begin: { header: toyHeader(program) },
    });
    const feed = run.feed();
    const seen = (async () => {
      const facts: JournalEvent[] = [];
      for await (const item of feed.items) if (!isLive(item)) facts.push(item);
      return facts;
    })();
    const state = await run.go();
    expect(await seen).toEqual(journal.events);
    expect(foldAll(await seen)).toEqual(state);
  });
});

describe('an act whose outcome nobody told', () => {
  const recipe = toyRecipe([toyStep('act', 'act', { name: 'act' })]);

  /** The act happens, and the connection goes before it can be told. */
  async function lose(): Promise<{ world: ToyWorld; lost: Ended }> {
    const world = createToyWorld();
    world.onEffect = (where) => {
      if (where === 'after act') throw new Error('the connection went');
    };
    const lost = await runToEnd(toyProgram(recipe, world), world);
    world.onEffect = () => undefined;
    return { world, lost };
  }

  it('is in doubt, not failed, and is asked about', async () => {
    const { world, lost } = await lose();
    expect(lost.state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed' });
    const resumed = await runToEnd(toyProgram(recipe, world), world, { past: lost.events });
    expect(resumed.state.question?.about).toBe('in-doubt');
    expect(world.acts).toEqual(['act']);
  });

  it('has to be settled before its run is given up, and then is not done again', async () => {
    const { world, lost } = await lose();
    const givingUp = { ...toyProgram(recipe, world), givingUp: true };
    const asked = await runToEnd(givingUp, world, { past: lost.events });
    expect(asked.state.stopReason).toBe('operator-needed');
    expect(asked.state.question?.data).toMatchObject({ givingUp: true, changedInputs: [] });
    const standing = { ...yes, answers: new Map([['act', 'done']]) };
    const given = await runToEnd(givingUp, world, { past: asked.events, standing });
    expect(given.state.status).toBe('abandoned');
    const next = await runToEnd(toyProgram(recipe, world), world, { last: given.state, run: 'run-2' });
    expect(next.state.status).toBe('ok');
    expect(world.acts).toEqual(['act']);
  });

  it('given up as what did not happen, it is not done in the run that is given up, and in the next', async () => {
    const { world, lost } = await lose();
    const standing = { ...yes, answers: new Map([['act', 'again']]) };
    const given = await runToEnd({ ...toyProgram(recipe, world), givingUp: true }, world, { past: lost.events, standing });
    expect(given.state.status).toBe('abandoned');
    expect(world.acts).toEqual(['act']);
    const next = await runToEnd(toyProgram(recipe, world), world, { last: given.state, run: 'run-2' });
    expect(next.state.status).toBe('ok');
    expect(world.acts).toEqual(['act', 'act']);
  });
});

describe('questions', () => {
  it('a word that was typed for one attempt is not taken for the next', async () => {
    const recipe = toyRecipe([toyStep('wipe', 'act', { name: 'wipe', fails: true }, { danger: deferred('toy') })]);
    const world = createToyWorld();
    const typed = { ...yes, answers: new Map([['wipe', 'toy']]) };
    const failed = await runToEnd(toyProgram(recipe, world), world, { standing: typed });
    expect(failed.state.stopReason).toBe('failed');
    world.cells.set('mended', 'yes');
    const resumed = await runToEnd(toyProgram(recipe, world), world, { past: failed.events });
    expect(resumed.state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed', question: { about: 'danger' } });
    expect(world.acts).toEqual([]);
  });

  it('a question that does not take what --answer says of it says so; one that took it before is none for the next', async () => {
    const recipe = toyRecipe([toyStep('wipe', 'act', { name: 'wipe', fails: true }, { danger: deferred('toy') })]);
    const world = createToyWorld();
    const answered = (answer: string, past?: readonly JournalEvent[]) =>
      runToEnd(toyProgram(recipe, world), world, {
        standing: { ...yes, answers: new Map([['wipe', answer]]) },
        ...(past === undefined ? {} : { past }),
      });
    const wrong = await answered('yes');
    expect(wrong.state).toMatchObject({ stopReason: 'operator-needed', question: { about: 'danger', refused: true } });
    const right = await answered('toy', wrong.events);
    const questions = right.events
      .slice(wrong.events.length)
      .flatMap((event) => (event.type === 'question.asked' ? [event] : []));
    expect(questions.map(({ question: { about, refused } }) => [about, refused])).toEqual([
      ['danger', undefined],
      ['failure', undefined],
    ]);
    const unanswered = await runToEnd(toyProgram(recipe, world), world);
    expect(unanswered.state.question).toEqual(expect.not.objectContaining({ refused: true }));
  });

  it('a step by hand that nobody acknowledged is not in doubt, and a run that is given up there says nothing of it', async () => {
    const world = createToyWorld();
    const recipe = toyRecipe([toyStep('hand', 'manual', { markdown: 'Open the port.' })]);
    const program = { ...toyProgram(recipe, world), types: new Map([['manual', manual]]) };
    const stopped = await runToEnd(program, world);
    expect(stopped.state).toMatchObject({ stopReason: 'operator-needed', question: { about: 'manual' } });
    const given = await runToEnd({ ...program, givingUp: true }, world, { past: stopped.events });
    expect(given.state.status).toBe('abandoned');
    expect(given.events.slice(stopped.events.length).map(({ type }) => type)).toEqual(['run.resumed', 'run.finished']);
    const resumed = await runToEnd(program, world, { past: stopped.events, standing: { ...yes, acknowledged: ['hand'] } });
    expect(outcomes(resumed.state)).toEqual({ hand: 'changed' });
  });

  it('a wish to stop after the step ends a run that waits for an answer', async () => {
    const world = createToyWorld();
    const program = toyProgram(install(), world);
    const run = createRun({
      program,
      outside: toyOutside(world, createToyJournal()),
      standing: noStandingAnswers,
      attended: true,
      begin: { header: toyHeader(program) },
    });
    const feed = run.feed();
    const ended = run.go();
    for await (const item of feed.items) {
      if (item.type === 'question.asked') setImmediate(() => run.request({ kind: 'stop', when: 'after-step' }));
    }
    expect(await ended).toMatchObject({ status: 'stopped', stopReason: 'interrupted' });
  });

  it.each(['asks', 'waits for the host'])('a wish to stop after the step ends a run whose step then %s', async (how) => {
    const world = createToyWorld();
    const wish = (): void => run.request({ kind: 'stop', when: 'after-step' });
    const asking: AnyStepType = {
      ...(toyTypes(world).get('act') as AnyStepType),
      async apply(_: unknown, __: unknown, ctx: ApplyContext) {
        if (how === 'asks') wish();
        await ctx.ask({ about: 'manual', data: {}, takes: { choices: ['done'] } });
        return undefined;
      },
    };
    const outside: Outside = {
      ...toyOutside(world, createToyJournal()),
      lockHost: (_, { signal, onHeld }) =>
        new Promise((resolve, reject) => {
          if (how === 'asks') return resolve({ release: async () => undefined });
          signal.addEventListener('abort', () => reject(signal.reason));
          wish();
          onHeld('another run');
        }),
    };
    const program = {
      ...toyProgram(toyRecipe([toyStep('act', 'act', { name: 'act' })]), world),
      types: new Map([['act', asking]]),
    };
    const run = createRun({ program, outside, standing: yes, attended: true, begin: { header: toyHeader(program) } });
    expect(await run.go()).toMatchObject({ status: 'stopped', stopReason: 'interrupted' });
  });

  it('what does not stop when it is told to is left behind at the second wish', async () => {
    const world = createToyWorld();
    const deaf = { ...(toyTypes(world).get('act') as AnyStepType), apply: () => new Promise<undefined>(() => undefined) };
    const program = {
      ...toyProgram(toyRecipe([toyStep('act', 'act', { name: 'act' })]), world),
      types: new Map([['act', deaf]]),
    };
    const begin = { header: toyHeader(program) };
    const run = createRun({ program, outside: toyOutside(world, createToyJournal()), standing: yes, attended: false, begin });
    const feed = run.feed();
    const ended = run.go();
    for await (const item of feed.items) {
      if (item.type !== 'step.intended') continue;
      setImmediate(() => {
        run.request({ kind: 'stop', when: 'now' });
        run.request({ kind: 'stop', when: 'now' });
      });
    }
    expect(await ended).toMatchObject({ status: 'stopped', stopReason: 'interrupted' });
  });

  it('an attempt that was left behind, and goes on later, acts no more', async () => {
    const world = createToyWorld();
    let goOn: (() => void) | undefined;
    const slow = {
      ...(toyTypes(world).get('cell') as AnyStepType),
      read: (_: unknown, ctx: ReadContext) =>
        new Promise((resolve) => {
          if (ctx.forecast) resolve({ made: false });
          else goOn = () => resolve({ made: false });
        }),
    };
    const step = toyStep('slow', 'cell', { name: 'slow', value: '1' });
    const program = { ...toyProgram(toyRecipe([step]), world), types: new Map([['cell', slow as AnyStepType]]) };
    const journal = createToyJournal();
    const begin = { header: toyHeader(program) };
    const run = createRun({ program, outside: toyOutside(world, journal), standing: yes, attended: false, begin });
    const ended = run.go();
    await vi.waitFor(() => expect(goOn).toBeDefined());
    run.request({ kind: 'stop', when: 'now' });
    run.request({ kind: 'stop', when: 'now' });
    expect((await ended).stopReason).toBe('interrupted');
    const written = journal.events.length;
    goOn?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(journal.events).toHaveLength(written);
    expect(world.cells.size).toBe(0);
  });

  it('a view that stalls keeps the mark between past and present, however much passes by', async () => {
    const world = createToyWorld();
    const publisher = createPublisher(createToyJournal(), world.vault, [], emptyRun);
    const items = publisher.feed().items;
    for (let n = 0; n < 10_050; n++) publisher.show({ type: 'step.output', step: 'a' as StepId, text: String(n) });
    publisher.close();
    const seen = [];
    for await (const item of items) seen.push(item);
    expect(seen[0]).toEqual({ type: 'feed.caught-up' });
    expect(seen).toHaveLength(10_001);
  });
});

describe('what a program prints of a secret', () => {
  it('goes to the vault as an output, and the act counts as done', async () => {
    const world = createToyWorld();
    await world.vault.put('password', 'did register');
    const recipe = toyRecipe([toyStep('register', 'act', { name: 'register' })]);
    const first = await runToEnd(toyProgram(recipe, world), world);
    expect(first.state.status).toBe('ok');
    expect(first.state.steps.get('register' as StepId)?.carried?.outputs).toEqual({ said: { $secret: 'register.said' } });
    expect(JSON.stringify(first.events)).not.toContain('did register');
    expect(world.acts).toEqual(['register']);
  });
});
