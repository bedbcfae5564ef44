import { describe, expect, it, vi } from 'vitest';
import type { EventBody, StepForecast } from '../../../model/events.ts';
import type { Failure } from '../../../model/failure.ts';
import type { Question } from '../../../model/questions.ts';
import type { StepId } from '../../../model/step-id.ts';
import { createFakeDesk, runStarted } from '../../../testing/fake-desk.ts';
import { createFakeRun, type FakeRun, type FakeRunRules, linkToLife } from '../../../testing/fake-run.ts';
import { CTRL_C, createScriptedOperator, type Move } from '../../../testing/scripted-operator.ts';
import { createToyWorld, toyRecipe, toyStep } from '../../../testing/toy-run.ts';
import type { Desk, Place } from './place.ts';
import { runPlace } from './run-place.ts';
import { createTalk } from './talk.ts';

const step = 'breaks' as StepId;
const steps = [{ id: step, title: 'Do what breaks', uses: 'program' }];

/** A run that is in its one step. */
const inStep = (run: FakeRun): void => {
  run.show({ type: 'feed.caught-up' });
  run.tell(runStarted({ steps }), { type: 'step.started', step, attempt: 1 });
};
const question: Question = {
  id: 'failure:4',
  about: 'failure',
  step,
  data: {},
  takes: { choices: ['retry', 'skip', 'stop'] },
};
const failed: EventBody = {
  type: 'step.finished',
  step,
  attempt: 1,
  outcome: 'failed',
  failure: {
    code: 'host.command-failed',
    fault: 'environment',
    message: 'It broke.',
    hints: [],
    retryable: true,
    evidence: { argv: ['run', 'thing'], exit: 7, tail: ['the last line'] },
  },
};
/** A run whose step has failed, and that asks what now. */
const atFailure = (run: FakeRun): void => {
  inStep(run);
  run.tell(failed, { type: 'question.asked', question });
};
const stop = (run: FakeRun): void => {
  run.tell({ type: 'run.stopped', reason: 'interrupted' });
  run.end();
};

interface Watched {
  readonly place: Place;
  readonly written: string;
  readonly run: FakeRun;
}

async function watch(rules: FakeRunRules, script: (run: FakeRun) => readonly Move[], more: Partial<Desk> = {}): Promise<Watched> {
  const run = createFakeRun(rules);
  const operator = createScriptedOperator(script(run));
  const desk = { ...createFakeDesk(), talk: createTalk(operator.terminal), ...more };
  const watching = runPlace(run.link, desk);
  if (rules.begin === inStep) {
    await vi.waitFor(() => expect(operator.listens()).toBe(true));
    operator.pressCtrlC();
  }
  const place = await watching;
  operator.check();
  return { place, written: operator.written(), run };
}

describe('Ctrl-C in a run', () => {
  const MENU = /What about the run\?\n1\. back: .*\n2\. leave: .*\n3\. stop: .*\n4\. now: .*\n/;

  it('leaves it running, and says how to come back', async () => {
    const onEnd = vi.fn();
    const { place, written, run } = await watch({ begin: inStep }, () => [[MENU, 'leave']], { onEnd });
    expect(onEnd.mock.calls).toEqual([['left']]);
    expect(run.requests).toEqual([{ kind: 'leave' }]);
    expect(place).toEqual({ at: 'home' });
    expect(written).toContain('fairlead attach toy');
  });

  it('once more at its prompt leaves it running', async () => {
    const { run } = await watch({ begin: inStep }, () => [['Ctrl-C once more leaves it running', CTRL_C]]);
    expect(run.requests).toEqual([{ kind: 'leave' }]);
  });

  it('stops it after this step, or now, and leads to the deployment', async () => {
    for (const [typed, when] of [
      ['3', 'after-step'],
      ['now', 'now'],
    ] as const) {
      const { place, run } = await watch({ begin: inStep, heed: (_, of) => stop(of) }, () => [[MENU, typed]]);
      expect(run.requests).toEqual([{ kind: 'stop', when }]);
      expect(place).toEqual({ at: 'deployment', name: 'toy' });
    }
  });

  it('keeps what happens meanwhile back until it is answered, and then tells it in order', async () => {
    const run = createFakeRun({ begin: inStep });
    const happens = (): void => {
      run.show({ type: 'step.output', step, text: 'printed meanwhile' });
      run.tell({ type: 'step.finished', step, attempt: 1, outcome: 'changed' });
    };
    const operator = createScriptedOperator([
      [MENU, 'back', happens],
      ['The record of this run', 'q'],
    ]);
    const watching = runPlace(run.link, { ...createFakeDesk(), talk: createTalk(operator.terminal) });
    await vi.waitFor(() => expect(operator.listens()).toBe(true));
    operator.pressCtrlC();
    await vi.waitFor(() => expect(operator.written()).toContain('changed Do what breaks'));
    run.tell({ type: 'run.finished', outcome: 'ok' });
    run.end();
    await watching;
    operator.check();
    expect(operator.written()).toMatch(
      /leaves it running\): back\n[\s\S]*printed meanwhile\n1\/1 \+- changed Do what breaks[\s\S]*Done in/,
    );
  });

  it('takes its menu back where the run ends by itself', async () => {
    const { place } = await watch({ begin: inStep }, (run) => [[MENU, 'now', () => stop(run)]]);
    expect(place).toEqual({ at: 'deployment', name: 'toy' });
  });

  it('at a question goes back to it, or stops', async () => {
    const { run } = await watch({ begin: atFailure, heed: (request, of) => request.kind === 'stop' && stop(of) }, () => [
      ['[retry/skip/stop', CTRL_C],
      ['1. back: back to the question', '1'],
      [/What now with: Do what breaks[\s\S]*\[retry/, CTRL_C],
      [/1\. back: .*\n2\. leave: .*\n3\. now: /, 'now'],
    ]);
    expect(run.requests).toEqual([{ kind: 'stop', when: 'now' }]);
  });
});

describe('a failure', () => {
  it('is shown once more, a shell is lent and comes back, and then it is answered', async () => {
    const openShell = vi.fn(async () => undefined);
    const heed: FakeRunRules['heed'] = (_, of) => {
      of.tell({ type: 'step.finished', step, attempt: 2, outcome: 'changed' }, { type: 'run.finished', outcome: 'ok' });
      of.end();
    };
    const { run } = await watch(
      { begin: atFailure, heed },
      () => [
        [/command: run thing[\s\S]*change {2}stop here and[\s\S]*\[retry\/skip\/stop\/change\/show\/shell\] $/, 'show'],
        [/the last line[\s\S]*What now with/, 'sh'],
        ['Please type retry or skip or stop', 'shell'],
        ['What now with', 'r'],
        ['The record of this run', 'changes'],
        ['Do what breaks\n', ''],
      ],
      { openShell },
    );
    expect(openShell).toHaveBeenCalledTimes(1);
    expect(run.requests).toEqual([{ kind: 'answer', id: question.id, answer: 'retry' }]);
  });

  it('goes on with another value of an input: the run stops, and its inputs are asked for', async () => {
    const { place, run, written } = await watch({ begin: atFailure, heed: (_, of) => stop(of) }, () => [
      ['[retry/skip/stop/change/show]', 'change'],
    ]);
    expect(run.requests).toEqual([{ kind: 'answer', id: question.id, answer: 'stop' }]);
    expect(place).toMatchObject({ at: 'inputs', begin: 'summary', form: { draft: { changes: 'run-1', deployment: 'toy' } } });
    expect(written).not.toContain('fairlead resume --input');
  });

  it('that was no command is shown with what its step printed last', async () => {
    const { evidence: _, ...bare } = (failed as Extract<EventBody, { type: 'step.finished' }>).failure as Failure;
    const { written } = await watch(
      {
        begin(run) {
          inStep(run);
          run.tell({ ...failed, failure: bare } as EventBody, { type: 'question.asked', question });
        },
        heed: (_, of) => stop(of),
      },
      () => [
        ['show] ', 'show'],
        [/What it printed last:\n {4}line 3 of run-1 breaks 1\n[\s\S]*line 42/, 'stop'],
      ],
      {
        catalogue: createFakeDesk({
          output: (run, of, attempt) => Array.from({ length: 42 }, (_, index) => `line ${index + 1} of ${run} ${of} ${attempt}`),
        }).catalogue,
      },
    );
    expect(written).not.toContain('line 2 of');
  });

  it('of a rotation offers no other inputs', async () => {
    await watch(
      {
        begin(run) {
          run.show({ type: 'feed.caught-up' });
          run.tell(runStarted({ steps, kind: 'rotate' }), { type: 'step.started', step, attempt: 1 }, failed, {
            type: 'question.asked',
            question,
          });
        },
        heed: (_, of) => stop(of),
      },
      () => [['[retry/skip/stop/show] ', 'stop']],
    );
  });
});

describe('a run whose process is gone', () => {
  it('says so with the way on, and leads to the deployment', async () => {
    const failure = {
      code: 'run.engine-gone',
      fault: 'environment',
      message: 'Its process ended.',
      hints: ['Resume it.'],
      retryable: true,
    } as const;
    const { place, written } = await watch(
      {
        begin(run) {
          inStep(run);
          run.end(failure);
        },
      },
      () => [],
    );
    expect(place).toEqual({ at: 'deployment', name: 'toy' });
    expect(written).toContain('Its process ended.');
    expect(written).toContain('Resume it.');
  });
});

describe('a real run of toy steps', () => {
  const recipe = toyRecipe([
    toyStep('first', 'cell', { name: 'first', value: '1' }, { title: 'Do the first thing' }),
    toyStep('hand', 'manual', { markdown: 'Open the gate.' }, { title: 'Open the gate' }),
  ]);
  const forecast = (after: string): readonly StepForecast[] => [
    { step: 'first' as StepId, changes: [{ action: 'create', target: 'first', after }] },
    { step: 'hand' as StepId, changes: [{ action: 'run', target: 'by hand' }] },
  ];
  const live = async (approved: readonly StepForecast[]): Promise<string> => {
    const { link, lived } = linkToLife({ recipe, world: createToyWorld() });
    const operator = createScriptedOperator([
      ['Type done when it is done', 'done'],
      [/Done in [\s\S]*The record of this run is kept/, 'changes'],
      [/Do the first thing\n +\+ first: 1\n/, ''],
    ]);
    const place = await runPlace(link, { ...createFakeDesk(), talk: createTalk(operator.terminal) }, { approved });
    await lived;
    operator.check();
    expect(place).toEqual({ at: 'home' });
    return operator.written();
  };

  it('whose plan was read and approved does not show it again, and is told to its end', async () => {
    expect(await live(forecast('1'))).not.toContain('Plan:');
  });

  it('whose plan is another one than was approved shows it', async () => {
    expect(await live(forecast('2'))).toContain('Plan: 1 to create');
  });
});
