import { describe, expect, it } from 'vitest';
import type { Question, QuestionAbout, Takes } from '../../model/questions.ts';
import type { StepId } from '../../model/step-id.ts';
import { answerOf, answerOption } from './question-text.ts';

const asked = (about: QuestionAbout, takes: Takes): Question => ({ id: 'q', about, step: 'up' as StepId, data: null, takes });
const plan = asked('plan', { choices: ['approve', 'abandon'] });
const failure = asked('failure', { choices: ['retry', 'skip', 'stop'] });
const danger = asked('danger', { word: 'wipe-it' });

describe('what is typed is an answer', () => {
  it.each([
    [plan, 'y', 'approve'],
    [plan, ' Yes ', 'approve'],
    [plan, 'n', 'abandon'],
    [plan, 'approve', 'approve'],
    [plan, 'ab', 'abandon'],
    [plan, 'a', undefined],
    [plan, '', undefined],
    [failure, 'RE', 'retry'],
    [failure, 's', undefined],
    [failure, 'st', 'stop'],
    [failure, 'stopp', undefined],
    [asked('dialog', { choices: ['on', 'once'] }), 'on', 'on'],
    [danger, 'wipe-it', 'wipe-it'],
    [danger, 'wipe', undefined],
    [danger, 'WIPE-IT', undefined],
    [danger, '', undefined],
    [asked('dialog', { schema: {} }), 'anything', 'anything'],
  ])('%o: %j → %j', (question, typed, answer) => {
    expect(answerOf(question, typed)).toBe(answer);
  });
});

it('a script is told the option that answers', () => {
  const style = { colour: false, unicode: false };
  expect(
    [plan, asked('manual', { choices: ['done'] }), failure, danger].map((question) => answerOption(question, style)),
  ).toEqual(['--yes', '--ack up', '--answer up=retry|skip|stop', '--answer up=wipe-it']);
});
