import { expect, it } from 'vitest';
import { deskTask } from '../../../testing/fake-desk.ts';
import { ready } from '../loaded.ts';
import { textField } from '../parts/text-field.ts';
import { foundTasks, tasksOf } from './tasks-state.ts';

const tasks = [
  deskTask('unlimited', 'Lift the limits of a user'),
  deskTask('limits', 'Set how much a user may store'),
  deskTask('limits-all', 'Set how much all may store'),
  deskTask('free', 'Free the disk of what is beyond the limits'),
];
const found = (typed: string): readonly string[] =>
  foundTasks({ ...tasksOf('cloud'), tasks: ready(tasks), filter: textField(typed) }).map(({ name }) => name);

it('the task whose name is typed stands first, then those whose names begin with it or have it', () => {
  expect(found('limits')).toEqual(['limits', 'limits-all', 'unlimited', 'free']);
  expect(found('Limit ')).toEqual(['limits', 'limits-all', 'unlimited', 'free']);
  expect(found('limits user')).toEqual(['unlimited', 'limits']);
});

it('while nothing is typed all stand in the order of the recipe', () => {
  expect(found(' ')).toEqual(tasks.map(({ name }) => name));
});
