import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRun, STEP_IDS } from '../testing/arbitrary-events.ts';
import type { EventBody, JournalEvent } from './events.ts';
import type { Failure } from './failure.ts';
import type { Json } from './json.ts';
import { emptyRun, fold, foldAll, type RunState, type StepState } from './run-state.ts';
import type { Carried, Change } from './step.ts';

const [network, config] = STEP_IDS as [(typeof STEP_IDS)[number], (typeof STEP_IDS)[number]];
const change: Change = { action: 'create', target: '/etc/x' };
const failure: Failure = { code: 'a.b', fault: 'environment', message: 'no', hints: [], retryable: true };
const carried: Carried = { run: 'r', paramsDigest: 'p', resultDigest: 'd', outputs: { port: 1 }, saw: {} };
const started: EventBody = {
  type: 'run.started',
  run: 'r',
  kind: 'converge',
  deployment: 'demo',
  recipe: { name: 'demo', version: '1', title: 'Demo', digest: 'd' },
  fairlead: '0.1.0',
  inputs: {},
  options: { only: [], onFailure: 'stop' },
  hosts: {},
  who: { user: 'anna' },
  steps: STEP_IDS.map((id) => ({ id, title: `Do ${id}`, uses: 'test.thing' })),
  carried: { [config]: carried },
  made: ['test.thing old'],
};
const begin: EventBody = { type: 'step.started', step: network, attempt: 1 };
const intend: EventBody = { type: 'step.intended', step: network, attempt: 1, changes: [change] };
const resume: EventBody = { type: 'run.resumed', pid: 2, fairlead: '0.1.0' };
const finish = (outcome: 'ok' | 'changed' | 'failed' | 'unreachable', more: object = {}): EventBody => ({
  type: 'step.finished',
  step: network,
  attempt: 1,
  outcome,
  ...more,
});

/** Numbered and dated; the chain of sums does not matter to a fold. */
const numbered = (bodies: readonly EventBody[]): JournalEvent[] =>
  bodies.map((body, index) => ({
    ...body,
    v: 1,
    seq: index + 1,
    at: `2026-11-22T19:55:30.${String(index).padStart(3, '0')}Z`,
    prev: '',
    sum: '',
  }));
const stateAfter = (...bodies: EventBody[]): RunState => foldAll(numbered([started, ...bodies]));
const stepAfter = (...bodies: EventBody[]): StepState => stateAfter(...bodies).steps.get(network) as StepState;

describe('folding', () => {
  it('is pure: nothing is changed in place, and the same events give the same state', () => {
    fc.assert(
      fc.property(arbitraryRun(), (bodies) => {
        const events = numbered(bodies);
        const states = [emptyRun];
        const frozen: string[] = [];
        for (const event of events) {
          const before = states.at(-1) as RunState;
          frozen.push(print(before));
          states.push(fold(before, event));
        }
        expect(states.slice(0, -1).map(print)).toEqual(frozen);
        expect(print(foldAll(events))).toBe(print(states.at(-1) as RunState));
      }),
    );
  });

  it('of the first part, then of the rest, is folding of all: so resume needs no other way', () => {
    fc.assert(
      fc.property(arbitraryRun(), fc.nat(12), (bodies, cut) => {
        const events = numbered(bodies);
        const half = foldAll(events.slice(0, cut));
        expect(print(events.slice(cut).reduce(fold, half))).toBe(print(foldAll(events)));
      }),
    );
  });

  it('keeps the number and the time of the last event', () => {
    expect(stateAfter(begin, intend)).toMatchObject({
      seq: 3,
      at: '2026-11-22T19:55:30.002Z',
      startedAt: '2026-11-22T19:55:30.000Z',
    });
  });

  it('of an event about a step that the run has not changes no step', () => {
    const strange = { ...begin, step: 'strange' } as EventBody;
    expect(stateAfter(strange).steps).toEqual(stateAfter().steps);
  });
});

describe('a run', () => {
  it('begins with all its steps pending, and what earlier runs left', () => {
    const state = stateAfter();
    expect([...state.steps.keys()]).toEqual(STEP_IDS);
    expect([...state.steps.values()].every((step) => step.status === 'pending' && step.attempt === 0)).toBe(true);
    expect(state.steps.get(config)?.carried).toEqual(carried);
    expect(state.steps.get(network)?.carried).toBeUndefined();
    expect([...state.made]).toEqual(['test.thing old']);
    expect(state.status).toBe('running');
  });

  it('that stopped says why, until it is resumed', () => {
    const stopped = stateAfter({ type: 'run.stopped', reason: 'unreachable' });
    expect(stopped).toMatchObject({ status: 'stopped', stopReason: 'unreachable' });
    const again = stateAfter({ type: 'run.stopped', reason: 'unreachable' }, resume);
    expect(again.status).toBe('running');
    expect(again).not.toHaveProperty('stopReason');
  });

  it('ends as its last event says', () => {
    expect(stateAfter({ type: 'run.finished', outcome: 'ok' }).status).toBe('ok');
    expect(stateAfter({ type: 'run.finished', outcome: 'abandoned' }).status).toBe('abandoned');
  });

  it('knows what it made, and forgets what it removed', () => {
    const state = stateAfter(begin, finish('changed', { made: ['test.thing a', 'test.thing b'], unmade: ['test.thing old'] }));
    expect([...state.made]).toEqual(['test.thing a', 'test.thing b']);
  });
});

describe('a step', () => {
  it('goes from pending over running and intended to its outcome', () => {
    expect(stepAfter(begin)).toMatchObject({ status: 'running', attempt: 1, changes: [] });
    expect(stepAfter(begin, intend)).toMatchObject({ status: 'intended', changes: [change], intentSeq: 3 });
    const done = stepAfter(begin, intend, finish('changed', { carried, notes: ['made'] }));
    expect(done).toMatchObject({ status: 'changed', carried, notes: ['made'], endedAt: '2026-11-22T19:55:30.003Z' });
  });

  it('that failed keeps its failure until it starts again, and what it carried for ever', () => {
    const failed = stepAfter(begin, finish('ok', { carried }), begin, finish('failed', { failure }));
    expect(failed).toMatchObject({ status: 'failed', failure, carried });
    expect(stepAfter(begin, finish('failed', { failure }), begin)).not.toHaveProperty('failure');
  });
});

describe('after a crash or a stop, resuming', () => {
  it('puts a step that had intended in doubt, with what it intended', () => {
    expect(stepAfter(begin, intend, resume)).toMatchObject({ status: 'in-doubt', doubted: [change] });
  });

  it('lets a step start again that waits for what is done by hand: nobody said that it was, so nothing is in doubt', () => {
    const asked = (step: string, about: 'manual' | 'dialog'): EventBody => ({
      type: 'question.asked',
      question: { id: 'q', about, step: step as typeof network, data: null, takes: { choices: ['done'] } },
    });
    const stopped: EventBody = { type: 'run.stopped', reason: 'operator-needed' };
    expect(stepAfter(begin, intend, asked(network, 'manual'), stopped, resume)).toMatchObject({ status: 'pending' });
    expect(stepAfter(begin, intend, asked(network, 'manual'), resume)).not.toHaveProperty('doubted');
    expect(stepAfter(begin, intend, asked(network, 'dialog'), resume).status).toBe('in-doubt');
    expect(stepAfter(begin, intend, asked(config, 'manual'), resume).status).toBe('in-doubt');
    const answer: EventBody = { type: 'question.answered', id: 'q', answer: 'done', by: 'operator' };
    expect(stepAfter(begin, intend, asked(network, 'manual'), answer, resume).status).toBe('in-doubt');
  });

  it('lets a step that only looked, failed or did not reach its host start again', () => {
    expect(stepAfter(begin, resume).status).toBe('pending');
    expect(stepAfter(begin, finish('failed', { failure }), resume).status).toBe('pending');
    expect(stepAfter(begin, finish('unreachable', { failure }), resume).status).toBe('pending');
  });

  it('leaves finished steps finished, and pending ones pending', () => {
    expect(stepAfter(begin, finish('ok'), resume).status).toBe('ok');
    expect(stepAfter(resume).status).toBe('pending');
  });

  it('keeps the doubt through one more crash, before and after a second intent', () => {
    expect(stepAfter(begin, intend, resume, begin, resume)).toMatchObject({ status: 'in-doubt', doubted: [change] });
    const twice = stepAfter(begin, intend, resume, begin, intend, resume);
    expect(twice).toMatchObject({ status: 'in-doubt', doubted: [change, change] });
  });

  it('ends the doubt once the step has finished well', () => {
    for (const outcome of ['ok', 'changed'] as const) {
      expect(stepAfter(begin, intend, resume, begin, finish(outcome))).not.toHaveProperty('doubted');
    }
  });
});

describe('a question', () => {
  const ask = (id: string): EventBody => ({
    type: 'question.asked',
    question: { id, about: 'plan', data: null, takes: { choices: ['approve'] } },
  });
  const answer = (id: string, value: Json): EventBody => ({ type: 'question.answered', id, answer: value, by: 'operator' });

  it('is open until it is answered, and its answer stays', () => {
    expect(stateAfter(ask('plan-2')).question?.id).toBe('plan-2');
    const state = stateAfter(ask('plan-2'), answer('plan-2', 'approve'));
    expect(state).not.toHaveProperty('question');
    expect(state.answers.get('plan-2')).toBe('approve');
  });

  it('is not answered by the answer to another one', () => {
    const state = stateAfter(ask('plan-9'), answer('plan-2', 'approve'));
    expect(state.question?.id).toBe('plan-9');
    expect(state.answers.has('plan-9')).toBe(false);
  });
});

/** Maps and sets as text, so that states can be compared as they were. */
function print(state: RunState): string {
  return JSON.stringify(state, (_, value) => (value instanceof Map || value instanceof Set ? [...value] : value));
}
