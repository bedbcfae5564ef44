import { describe, expect, it } from 'vitest';
import type { EventBody, JournalEvent } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import { foldAll } from '../model/run-state.ts';
import type { Carried, Change } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { createToyWorld, deferred, toyHeader, toyProgram, toyRecipe, toyStep } from '../testing/toy-run.ts';
import { decide } from './decide.ts';
import { plainOptions } from './program.ts';

const id = (step: string): StepId => step as StepId;
const recipe = toyRecipe([
  toyStep('a', 'cell', { name: 'a', value: '1' }, { retry: { times: 1, delayMs: 250 } }),
  toyStep('b', 'act', { name: 'b' }),
  toyStep(
    'c',
    'cell',
    deferred((scope) => ({ name: 'c', value: String(scope.steps.a?.value) }), [{ root: 'steps', name: 'a', field: 'value' }]),
  ),
  toyStep('d', 'bounce', { name: 'd' }, { after: [id('a')] }),
  toyStep('e', 'cell', { name: 'e', value: '1' }),
]);
const program = toyProgram(recipe, createToyWorld());
const failure = failureOf(new Error('broke'));
const carried: Carried = { run: 'run-1', paramsDigest: 'p', resultDigest: 'r', outputs: {}, saw: {} };
const change: Change = { action: 'create', target: 'a' };

/** The action after these events, which follow the header (so the first of them is number 2). */
function actionAfter(events: readonly EventBody[], of = program) {
  const all = [toyHeader(of), ...events].map((body, index) => ({
    v: 1,
    seq: index + 1,
    at: '2026-01-01T12:00:00.000Z',
    ...body,
    prev: '',
    sum: '',
  }));
  return decide(foldAll(all as JournalEvent[]), of);
}

const planned = (changes: readonly Change[] = []): EventBody => ({
  type: 'plan.forecast',
  forecast: [{ step: id('a'), changes }],
});
const started = (step: string, attempt = 1): EventBody => ({ type: 'step.started', step: id(step), attempt });
const intended = (step: string): EventBody => ({ type: 'step.intended', step: id(step), attempt: 1, changes: [change] });
const ok = (step: string): EventBody => ({ type: 'step.finished', step: id(step), attempt: 1, outcome: 'ok', carried });
const failed = (step: string, outcome: 'failed' | 'unreachable' = 'failed'): EventBody[] => [
  started(step),
  { type: 'step.finished', step: id(step), attempt: 1, outcome, failure },
];
const answered = (question: string, answer: string): EventBody => ({
  type: 'question.answered',
  id: question,
  answer,
  by: 'operator',
});
const resumed: EventBody = { type: 'run.resumed', pid: 1, fairlead: '0' };
const skippedFor = (step: string): EventBody => ({
  type: 'step.finished',
  step: id(step),
  attempt: 1,
  outcome: 'skipped',
  failure,
});

describe('the plan comes first', () => {
  it.each([
    ['nothing is known', [], { kind: 'forecast' }],
    ['nothing is to do', [planned()], { kind: 'step', step: 'a', waitMs: 0 }],
    ['it would change something', [planned([change])], { kind: 'ask', question: { id: 'plan:2', about: 'plan' } }],
    ['it was approved', [planned([change]), answered('plan:2', 'approve')], { kind: 'step', step: 'a' }],
    ['it was given up', [planned([change]), answered('plan:2', 'abandon')], { kind: 'finish', outcome: 'abandoned' }],
    [
      'another plan was approved, not this one',
      [planned([change]), answered('plan:2', 'approve'), planned([change])],
      { kind: 'ask', question: { id: 'plan:4' } },
    ],
  ] as [string, EventBody[], object][])('%s', (_, events, action) => {
    expect(actionAfter(events)).toMatchObject(action);
  });

  it('a step that is known only later makes the plan a question too', () => {
    const later: EventBody = { type: 'plan.forecast', forecast: [{ step: id('c'), changes: [], waitsFor: id('a') }] };
    expect(actionAfter([later])).toMatchObject({ kind: 'ask', question: { about: 'plan' } });
  });
});

describe('steps go in order', () => {
  it.each([
    ['the first is done', [ok('a')], { kind: 'step', step: 'b', waitMs: 0 }],
    [
      'one is skipped by its condition, and nothing hangs on that',
      [ok('b'), { type: 'step.finished', step: id('a'), attempt: 1, outcome: 'skipped' }],
      { kind: 'step', step: 'c' },
    ],
    ['all are done', ['a', 'b', 'c', 'd', 'e'].map(ok), { kind: 'finish', outcome: 'ok' }],
    ['one that was running when the process died starts again', [started('a'), resumed], { kind: 'step', step: 'a', waitMs: 0 }],
  ] as [string, EventBody[], object][])('%s', (_, events, action) => {
    expect(actionAfter([planned(), ...events])).toMatchObject(action);
  });

  it('only those that were chosen', () => {
    const chosen = toyProgram(recipe, createToyWorld(), { ...plainOptions, only: ['c', 'e'] });
    expect(actionAfter([planned()], chosen)).toMatchObject({ kind: 'step', step: 'c' });
    expect(actionAfter([planned(), ok('c'), ok('e')], chosen)).toEqual({ kind: 'finish', outcome: 'ok' });
  });
});

describe('after a failure', () => {
  // The header is 1, the plan 2; `a` fails at 4 and, with its one retry, at 6; `b` has no retry.
  const twice = [planned(), ...failed('a'), ...failed('a')];
  const bFails = [planned(), ok('a'), ...failed('b')];
  it.each([
    ['the step is tried again as its retry says', [planned(), ...failed('a')], { kind: 'step', step: 'a', waitMs: 250 }],
    ['the tries used up, it is a question', twice, { kind: 'ask', question: { id: 'failure:a:6', about: 'failure', step: 'a' } }],
    [
      'the question names the steps which build on it and would be skipped too',
      twice,
      {
        kind: 'ask',
        question: {
          data: {
            skips: [
              { id: 'c', title: 'Step c' },
              { id: 'd', title: 'Step d' },
            ],
          },
        },
      },
    ],
    [
      'those that are done already are not among them',
      [...twice.slice(0, 1), ok('c'), ...twice.slice(1)],
      { question: { data: { skips: [{ id: 'd' }] } } },
    ],
    ['without a retry it is one at once', bFails, { kind: 'ask', question: { id: 'failure:b:5' } }],
    ['retry', [...twice, answered('failure:a:6', 'retry')], { kind: 'step', step: 'a', waitMs: 0 }],
    ['stop', [...twice, answered('failure:a:6', 'stop')], { kind: 'stop', reason: 'failed' }],
    [
      'an answer to an earlier failure of the step does not count',
      [...twice, answered('failure:a:6', 'retry'), ...failed('a')],
      { kind: 'ask', question: { id: 'failure:a:9' } },
    ],
    [
      'a host that is away stops the run as unreachable',
      [planned(), ok('a'), ...failed('b', 'unreachable'), answered('failure:b:5', 'stop')],
      { kind: 'stop', reason: 'unreachable' },
    ],
    ['skip goes on with what does not build on it', [...twice, answered('failure:a:6', 'skip')], { kind: 'step', step: 'b' }],
    [
      'what uses its outputs is left out',
      [...twice, answered('failure:a:6', 'skip'), ok('b')],
      { kind: 'skip', step: 'c', because: 'a' },
    ],
    [
      'what comes after it is left out',
      [...twice, answered('failure:a:6', 'skip'), ok('b'), skippedFor('c')],
      { kind: 'skip', step: 'd', because: 'a' },
    ],
    [
      'in the end the run is not called done',
      [...twice, answered('failure:a:6', 'skip'), ok('b'), skippedFor('c'), skippedFor('d'), ok('e')],
      { kind: 'stop', reason: 'failed' },
    ],
    ['a resumed run tries it again, with all its retries', [...twice, resumed, ...failed('a')], { kind: 'step', step: 'a' }],
  ] as [string, EventBody[], object][])('%s', (_, events, action) => {
    expect(actionAfter(events)).toMatchObject(action);
  });
});

describe('in doubt', () => {
  // The header is 1, the plan 2, `a` 3; `b` starts at 4 and intends at 5; the resume is 6.
  const crashed = [planned(), ok('a'), started('b'), intended('b'), resumed];
  it.each([
    [
      'an act that nothing can look up is a question',
      crashed,
      { kind: 'ask', question: { id: 'in-doubt:b:5:6', about: 'in-doubt', takes: { choices: ['done', 'again', 'stop'] } } },
    ],
    ['done', [...crashed, answered('in-doubt:b:5:6', 'done')], { kind: 'settle', step: 'b' }],
    ['again', [...crashed, answered('in-doubt:b:5:6', 'again')], { kind: 'step', step: 'b', waitMs: 0 }],
    ['stop', [...crashed, answered('in-doubt:b:5:6', 'stop')], { kind: 'stop', reason: 'operator-needed' }],
    [
      'it is asked anew in every life of the run',
      [...crashed, answered('in-doubt:b:5:6', 'stop'), { type: 'run.stopped', reason: 'operator-needed' }, resumed],
      { kind: 'ask', question: { id: 'in-doubt:b:5:9' } },
    ],
    [
      'what converges is looked at again',
      [planned(), started('a'), intended('a'), resumed],
      { kind: 'step', step: 'a', waitMs: 0 },
    ],
    [
      'an act that can be looked up is looked at again',
      [planned(), ...['a', 'b', 'c'].map(ok), started('d'), intended('d'), resumed],
      { kind: 'step', step: 'd', waitMs: 0 },
    ],
  ] as [string, EventBody[], object][])('%s', (_, events, action) => {
    expect(actionAfter(events)).toMatchObject(action);
  });
});
