import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import type { Question } from '../model/questions.ts';
import { emptyRun, type RunState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import { runFailure } from './run-failure.ts';

const header = { run: '20260101T000000Z-0000' } as JournalEvent & { type: 'run.started' };
const goOn = 'Go on with: fairlead resume 20260101T000000Z-0000';
const stopped = (more: Partial<RunState>): RunState => ({ ...emptyRun, header, status: 'stopped', ...more });

describe('the one failure of a run', () => {
  it('is none where it came to its end', () => {
    expect(runFailure({ ...emptyRun, header, status: 'ok' })).toBeUndefined();
    expect(runFailure({ ...emptyRun, header, status: 'abandoned' })).toBeUndefined();
  });

  it('is that of the step which failed, with how to go on behind its own hints', () => {
    const { failure } = fail('docker.pull-failed', 'It broke.', { hints: ['Mend it.'], retryable: true });
    const step = (id: string, more: object) => [id as StepId, { id: id as StepId, title: id, uses: 'toy', ...more }] as const;
    const steps = new Map([
      step('left', { status: 'skipped', failure: fail('step.depends-on-failed', 'No.').failure }),
      step('broke', { status: 'failed', failure }),
    ]) as unknown as RunState['steps'];
    expect(runFailure(stopped({ stopReason: 'failed', steps }))).toEqual({ ...failure, hints: ['Mend it.', goOn] });
  });

  it('names the step that asks, and what about', () => {
    const question = {
      id: 'in-doubt:up:3',
      about: 'in-doubt',
      step: 'up' as StepId,
      data: null,
      takes: { choices: ['done'] },
    } as const;
    expect(runFailure(stopped({ stopReason: 'operator-needed', question }))).toMatchObject({
      code: 'run.operator-needed',
      message: 'An operator is needed: step up asks (in-doubt).',
      hints: [`${goOn} --answer up=done`],
    });
  });

  it.each([
    [{ choices: ['done', 'again'] }, 'done, again'],
    [{ word: '/srv/db' }, 'the word /srv/db'],
  ])('says that what --answer gave is no answer to it, and what it takes', (takes, words) => {
    const asked = { id: 'q', about: 'in-doubt', step: 'up' as StepId, data: null, takes, refused: true } as const;
    expect(runFailure(stopped({ stopReason: 'operator-needed', question: asked }))?.message).toBe(
      `An operator is needed: step up asks (in-doubt). What --answer says for up is no answer to this. It takes: ${words}`,
    );
  });

  it('names the terminal first where a program asks: with nobody there it would ask the same again', () => {
    const about = { about: 'dialog', data: null, takes: { schema: { type: 'string' } } } as const;
    const question: Question = { id: 'dialog:sign_in:3', step: 'sign_in' as StepId, ...about };
    expect(runFailure(stopped({ stopReason: 'operator-needed', question }))?.hints).toEqual([
      `${goOn} (at a terminal: the program begins anew, and you answer it)`,
      `${goOn} --answer sign_in=again`,
    ]);
  });

  it('says of an interruption how to go on', () => {
    expect(runFailure(stopped({ stopReason: 'interrupted' }))).toMatchObject({ code: 'run.interrupted', hints: [goOn] });
  });

  it('names the variable that brings an old value, which no option may hold', () => {
    const data = { title: 'Write it', secret: 'key', path: '/srv/db' };
    const question = { id: 'adopt:up:3:2', about: 'adopt', step: 'up' as StepId, data, takes: { secret: 'key' } } as const;
    expect(runFailure(stopped({ stopReason: 'operator-needed', question }))?.hints).toEqual([
      `${goOn} --answer secrets.key=adopt`,
      'To adopt: with the old value in the environment, as FAIRLEAD_SECRET_KEY.',
    ]);
  });
});
