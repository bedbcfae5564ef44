import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryEvent } from '../testing/arbitrary-events.ts';
import { type EventBody, type EventType, eventFields } from './events.ts';
import { failureOf } from './failure.ts';
import { redactEvent } from './redact-event.ts';
import { createRedactor } from './redactor.ts';
import { MASK } from './secrets.ts';
import type { StepId } from './step-id.ts';

const SECRET = 'swordfish-0815';
const redactor = createRedactor([SECRET]);
const step = 'admin' as StepId;
const types = Object.keys(eventFields) as EventType[];

const codeOf = (event: EventBody): string => {
  try {
    redactEvent(event, redactor);
    return 'none';
  } catch (error) {
    const failure = failureOf(error);
    expect(JSON.stringify(failure)).not.toContain(SECRET);
    return failure.code;
  }
};

describe('an event', () => {
  it('that holds no secret stays as it is, key by key', () => {
    fc.assert(
      fc.property(fc.oneof(...types.map(arbitraryEvent)), (event) => {
        const redacted = redactEvent(event, redactor);
        expect(redacted).toEqual(event);
        expect(Object.keys(redacted)).toEqual(Object.keys(event));
      }),
    );
  });

  it('loses secrets in text, at every depth, and says who and what as before', () => {
    const event: EventBody = {
      type: 'step.finished',
      step,
      attempt: 1,
      outcome: 'failed',
      failure: {
        code: 'command.failed',
        fault: 'environment',
        message: `login with ${SECRET} failed`,
        hints: [`try ${encodeURIComponent(SECRET)}`],
        retryable: true,
        evidence: {
          argv: ['login', SECRET],
          exit: 1,
          tail: ['ok', `basic ${Buffer.from(`admin:${SECRET}!`).toString('base64')}`],
        },
      },
      notes: [`kept ${SECRET}`],
      made: [`test.thing /${SECRET}`],
    };
    const redacted = redactEvent(event, redactor);
    expect(JSON.stringify(redacted)).not.toContain(SECRET);
    expect(redacted).toMatchObject({
      step,
      outcome: 'failed',
      failure: { code: 'command.failed', message: `login with ${MASK} failed`, evidence: { argv: ['login', MASK], exit: 1 } },
      notes: [`kept ${MASK}`],
      made: [`test.thing /${MASK}`],
    });
  });

  it('loses secrets in what a plan shows', () => {
    const event: EventBody = {
      type: 'plan.forecast',
      forecast: [
        { step, changes: [{ action: 'update', target: SECRET, before: { a: [SECRET] }, after: SECRET, diff: `+${SECRET}` }] },
      ],
    };
    expect(redactEvent(event, redactor)).toEqual({
      type: 'plan.forecast',
      forecast: [{ step, changes: [{ action: 'update', target: MASK, before: { a: [MASK] }, after: MASK, diff: `+${MASK}` }] }],
    });
  });

  it('keeps its vocabulary, even where a secret is an ordinary word', () => {
    const weak = createRedactor(['admin', 'failed', 'step', 'host.unreachable']);
    const event: EventBody = { type: 'step.finished', step, attempt: 1, outcome: 'failed' };
    expect(redactEvent(event, weak)).toEqual(event);
  });

  it.each<[string, EventBody]>([
    ['an answer', { type: 'question.answered', id: 'input-3', answer: { password: `x${SECRET}` }, by: 'operator' }],
    [
      'an output',
      {
        type: 'step.finished',
        step,
        attempt: 1,
        outcome: 'ok',
        carried: { run: 'r', paramsDigest: 'p', resultDigest: 'd', outputs: { token: [SECRET] }, saw: {} },
      },
    ],
  ])('with a secret as a value (%s) is refused as a bug of ours', (_, event) => {
    expect(codeOf(event)).toBe('bug.secret-in-journal');
  });

  it('with a secret as an input, or carried from an earlier run, is refused as well', () => {
    const [started] = fc.sample(arbitraryEvent('run.started'), { numRuns: 1, seed: 1 }) as [
      Extract<EventBody, { type: 'run.started' }>,
    ];
    expect(codeOf({ ...started, inputs: { password: SECRET } })).toBe('bug.secret-in-journal');
    const carried = { run: 'r', paramsDigest: 'p', resultDigest: 'd', outputs: { url: `https://x/${SECRET}` }, saw: {} };
    expect(codeOf({ ...started, carried: { admin: carried } })).toBe('bug.secret-in-journal');
  });

  it('refers to a secret by its name, which passes', () => {
    const event: EventBody = { type: 'question.answered', id: 'input-3', answer: { $secret: 'password' }, by: 'operator' };
    expect(redactEvent(event, redactor)).toEqual(event);
  });
});
