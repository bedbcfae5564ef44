import { expect, it } from 'vitest';
import type { Question } from '../../../../model/questions.ts';
import type { StepId } from '../../../../model/step-id.ts';
import type { Style } from '../../../lib/style.ts';
import type { RunPicture } from '../run-picture.ts';
import { typedAnswer } from './ask-typed.ts';
import { aboutLines } from './ask-words.ts';

const PLAIN: Style = { colour: false, unicode: true };
const question: Question = {
  id: 'dialog:sign_in:7:1',
  about: 'dialog',
  step: 'sign_in' as StepId,
  data: {
    screen: '? *Which* colour\n  > red',
    markdown: '`app` waits:\n\n    ? *Which* colour\n      > red\n\nWhat you answer is typed there.',
  },
  takes: { schema: { type: 'string', title: 'What is typed there:' } },
};

it('what a program asks is answered with what is typed, also with nothing but Enter', () => {
  const refuse = (): string => 'needs a value';
  expect(typedAnswer(question, '', refuse)).toEqual({ answer: '' });
  expect(typedAnswer(question, ' a b ', refuse)).toEqual({ answer: ' a b ' });
  expect(typedAnswer({ ...question, about: 'input' }, '', refuse)).toEqual({ wrong: 'It needs a value.' });
});

it('what a program shows is put before the operator as it stands there', () => {
  const lines = aboutLines(question, {} as RunPicture, 60, PLAIN);
  expect(lines.filter((line) => /colour|red/.test(line)).map((line) => line.trim())).toEqual(['? *Which* colour', '> red']);
});
