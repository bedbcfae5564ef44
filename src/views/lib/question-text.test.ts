import { describe, expect, it } from 'vitest';
import type { Question, QuestionAbout, Takes } from '../../model/questions.ts';
import type { StepId } from '../../model/step-id.ts';
import { answerOf, answerOption, notAnAnswerText, promptOf, questionLines } from './question-text.ts';

const asked = (about: QuestionAbout, takes: Takes): Question => ({ id: 'q', about, step: 'up' as StepId, data: null, takes });
const plan = asked('plan', { choices: ['approve', 'abandon'] });
const failure = asked('failure', { choices: ['retry', 'skip', 'stop'] });
const danger = asked('danger', { word: 'wipe-it' });

const kept = (
  takes: Takes,
  about: QuestionAbout = 'adopt',
  data: object = { secret: 'db_password', path: '/srv/db' },
): Question => ({
  ...asked(about, takes),
  data: { title: 'Write it', ...data },
});
const choice = kept({ choices: ['adopt', 'wipe', 'stop'] });
const oldValue = kept({ secret: 'db_password' });
const wipe = kept({ word: "/srv/the db's" }, 'danger', { secret: 'db_password', targets: ["/srv/the db's"] });

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
    [choice, 'a', 'adopt'],
    [choice, 'rotate', undefined],
    [oldValue, '  spaces are its own ', '  spaces are its own '],
    [oldValue, '', undefined],
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

it('a doubt of a run that is given up is answered for the next one, and the option gives it up with the answer', () => {
  const style = { colour: false, unicode: false };
  const doubt: Question = { ...asked('in-doubt', { choices: ['done', 'again', 'stop'] }), data: { givingUp: true } };
  expect(answerOption(doubt, style)).toBe('--abandon --answer up=done|again|stop');
  expect(questionLines(doubt, 'Run the setup', style).slice(-4)).toEqual([
    'The run is given up. Whether the next one does this goes by your word:',
    '    done   it did happen: the next run leaves it alone',
    '    again  it did not: the next run does it',
    '    stop   leave it for later: the run stops and can be resumed',
  ]);
});

it('what a program asked is answered by beginning it anew with somebody there, and is shown as it stood on its screen', () => {
  const style = { colour: false, unicode: true };
  const question = asked('dialog', { schema: { type: 'string' } });
  expect(answerOption(question, style)).toBe(`--answer ${question.step}=again`);
  const data = { screen: 'Name: bob', markdown: 'It waits:\n\n    Name: bob' };
  const lines = questionLines({ ...question, data }, 'Sign in', style);
  expect(lines).toEqual(['', 'A program asks: Sign in', '    It waits:', '', '        Name: bob']);
});

describe('data that a secret keeps', () => {
  const style = { colour: false, unicode: false };

  it('is asked about by its name, with just the ways that there are', () => {
    expect(questionLines(choice, 'Write it', style)).toEqual([
      '',
      'Data is there: /srv/db',
      '/srv/db holds data that opens only with the db_password it was made with, and the vault does not have that: what now?',
      '    adopt   give the old value (typed, or FAIRLEAD_SECRET_DB_PASSWORD): the data stays as it is',
      '    wipe    remove the data for good, after a typed word; a new value is made',
      '    stop    leave it for later: the run stops and can be resumed',
    ]);
    const volume = kept({ choices: ['adopt', 'rotate', 'wipe', 'stop'] }, 'adopt', { secret: 'key', volume: 'db' });
    expect(questionLines(volume, '', style).join('\n')).toMatch(/The volume db holds data.*\n.*adopt.*\n.*rotate.*\n.*wipe/);
  });

  it('has its old value asked for with a prompt that says it is not shown', () => {
    expect(promptOf(oldValue, style)).toBe('The old db_password (not shown; Ctrl-D: not now): ');
    expect(questionLines(oldValue, '', style).join('\n')).toContain('/srv/db was made with');
    expect(notAnAnswerText(oldValue, style)).toBe('It can not be empty.');
  });

  it('is wiped only after it was named', () => {
    expect(questionLines(wipe, 'Write it', style)).toEqual([
      '',
      'Danger: wipe the data that was made with the old db_password',
      'This will be lost or changed, and it can not be undone:',
      "    - /srv/the db's",
    ]);
  });

  it('is answered by options that answer also what was asked before, in words that a shell takes', () => {
    expect([choice, oldValue, wipe].map((question) => answerOption(question, style))).toEqual([
      '--answer secrets.db_password=adopt|wipe|stop',
      '--answer secrets.db_password=adopt',
      "--answer secrets.db_password=wipe --answer secrets.db_password.wipe='/srv/the db'\\''s'",
    ]);
  });
});

it('a danger says what the recipe says of it', () => {
  const question = { ...danger, data: { title: 'Stop it', targets: ['docker stop x'], explain: 'All that is newer is lost.\n' } };
  expect(questionLines(question, 'Stop it', { colour: false, unicode: true })).toEqual([
    '',
    'Danger: Stop it',
    'This will be lost or changed, and it can not be undone:',
    '    - docker stop x',
    'All that is newer is lost.',
  ]);
});
