import { describe, expect, it } from 'vitest';
import type { RunOptions } from '../model/events.ts';
import type { Question, QuestionAbout, Takes } from '../model/questions.ts';
import { emptyRun, type RunState, type StepState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import { noStandingAnswers, type StandingAnswers, standingAnswer } from './policy.ts';

const up = 'up' as StepId;
const everyQuestion: Readonly<Record<QuestionAbout, Takes>> = {
  plan: { choices: ['approve', 'abandon'] },
  'in-doubt': { choices: ['done', 'again', 'stop'] },
  manual: { choices: ['done'] },
  danger: { word: 'wipe' },
  failure: { choices: ['retry', 'skip', 'stop'] },
  input: { schema: {} },
  drift: { choices: ['stop', 'overwrite', 'keep'] },
  adopt: { choices: ['adopt', 'rotate', 'wipe'] },
  dialog: { choices: ['yes', 'no'] },
};
const all = Object.keys(everyQuestion) as QuestionAbout[];

const asked = (about: QuestionAbout): Question => ({
  id: `${about}:up:7`,
  about,
  data: null,
  takes: everyQuestion[about],
  ...(about === 'plan' ? {} : { step: up }),
});

interface Given {
  readonly standing?: Partial<StandingAnswers>;
  readonly onFailure?: RunOptions['onFailure'];
  readonly tries?: number;
  readonly attended?: boolean;
}

function answerTo(about: QuestionAbout, { standing, onFailure = 'stop', tries = 1, attended = true }: Given) {
  const state: RunState = { ...emptyRun, steps: new Map([[up, { id: up, tries } as StepState]]) };
  return standingAnswer(asked(about), { ...noStandingAnswers, ...standing }, { only: [], onFailure }, state, attended);
}

const answeredBy = (given: Given): QuestionAbout[] => all.filter((about) => answerTo(about, given) !== undefined);

describe('standing answers about the data that a secret keeps', () => {
  const about = (takes: Takes, kind: QuestionAbout = 'adopt'): Question => ({
    id: 'q',
    about: kind,
    step: up,
    data: { title: 'Up', secret: 'key', path: '/srv/db' },
    takes,
  });
  const answer = (question: Question, answers: Readonly<Record<string, string>>) =>
    standingAnswer(
      question,
      { approvePlan: true, acknowledged: ['all'], answers: new Map(Object.entries(answers)), onDrift: 'overwrite' },
      { only: [], onFailure: 'skip' },
      emptyRun,
      true,
    );
  const choice = about({ choices: ['adopt', 'wipe', 'stop'] });
  const word = about({ word: '/srv/db' }, 'danger');

  it('are those that name the secret; what is said of the step does not count', () => {
    expect(answer(choice, { up: 'wipe' })).toBeUndefined();
    expect(answer(choice, { 'secrets.other': 'wipe' })).toBeUndefined();
    expect(answer(choice, { 'secrets.key': 'wipe' })).toEqual({ answer: 'wipe', by: 'option' });
    expect(answer(choice, { 'secrets.key': 'rotate' })).toBeUndefined();
  });

  it('wipe it only with its name as the word', () => {
    expect(answer(word, { up: '/srv/db', 'secrets.key': '/srv/db' })).toBeUndefined();
    expect(answer(word, { 'secrets.key.wipe': 'yes' })).toBeUndefined();
    expect(answer(word, { 'secrets.key.wipe': '/srv/db' })).toEqual({ answer: '/srv/db', by: 'option' });
  });

  it('never hold the old value: it would be written down', () => {
    expect(answer(about({ secret: 'key' }), { 'secrets.key': 'old', up: 'old' })).toBeUndefined();
  });
});

describe('standing answers', () => {
  it('without options nothing is answered while somebody is there', () => {
    expect(answeredBy({})).toEqual([]);
  });

  it('--yes approves the plan and answers nothing else: no danger, no doubt, no manual step', () => {
    expect(answeredBy({ standing: { approvePlan: true } })).toEqual(['plan']);
    expect(answerTo('plan', { standing: { approvePlan: true } })).toEqual({ answer: 'approve', by: 'option' });
  });

  it('--ack answers manual steps and nothing else, by name or all of them', () => {
    expect(answeredBy({ standing: { acknowledged: ['all'] } })).toEqual(['manual']);
    expect(answeredBy({ standing: { acknowledged: ['up'] } })).toEqual(['manual']);
    expect(answeredBy({ standing: { acknowledged: ['other'] } })).toEqual([]);
    expect(answerTo('manual', { standing: { acknowledged: ['up'] } })).toEqual({ answer: 'done', by: 'option' });
  });

  it('--answer answers only what the question takes', () => {
    const answer = (value: string): Given => ({ standing: { answers: new Map([['up', value]]) } });
    expect(answeredBy(answer('nonsense'))).toEqual(['input']);
    expect(answeredBy(answer('done'))).toEqual(['in-doubt', 'manual', 'input']);
    expect(answeredBy(answer('WIPE'))).toEqual(['input']);
    expect(answerTo('danger', answer('wipe'))).toEqual({ answer: 'wipe', by: 'option' });
    expect(answerTo('failure', { ...answer('retry'), onFailure: 'skip' })).toEqual({ answer: 'retry', by: 'option' });
  });

  it('nothing answers what a program asks: it is not known when the options are written', () => {
    expect(
      answerTo('dialog', { standing: { approvePlan: true, answers: new Map([['up', 'yes']]) }, onFailure: 'skip' }),
    ).toBeUndefined();
  });

  it('--answer for a step never answers the plan, and one for another step answers nothing', () => {
    expect(answerTo('plan', { standing: { answers: new Map([['up', 'approve']]) } })).toBeUndefined();
    expect(answeredBy({ standing: { answers: new Map([['other', 'done']]) } })).toEqual([]);
  });

  it('a danger and a doubt are answered by nothing but their own --answer', () => {
    const standing = { approvePlan: true, acknowledged: ['all', 'up'] };
    for (const onFailure of ['stop', 'skip', 'retry'] as const) {
      for (const attended of [true, false]) {
        expect(answerTo('danger', { standing, onFailure, attended })).toBeUndefined();
        expect(answerTo('in-doubt', { standing, onFailure, attended })).toBeUndefined();
      }
    }
  });
});

describe('--on-failure', () => {
  it.each<[string, Given, string | undefined]>([
    ['stop asks whoever is there', { onFailure: 'stop' }, undefined],
    ['stop stops where nobody is', { onFailure: 'stop', attended: false }, 'stop'],
    ['skip skips, also where somebody is', { onFailure: 'skip' }, 'skip'],
    ['retry tries again', { onFailure: 'retry', tries: 2, attended: false }, 'retry'],
    ['retry gives up after three tries', { onFailure: 'retry', tries: 3, attended: false }, 'stop'],
    ['retry then asks whoever is there', { onFailure: 'retry', tries: 3 }, undefined],
  ])('%s', (_, given, answer) => {
    expect(answerTo('failure', given)).toEqual(answer === undefined ? undefined : { answer, by: 'policy' });
  });
});
