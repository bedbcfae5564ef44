import { test } from 'vitest';
import { fail } from '../../../model/failure.ts';
import type { Task } from '../../../model/recipe.ts';
import { expectScreens } from '../../../testing/expect-screens.tsx';
import { deskInput, deskTask } from '../../../testing/fake-desk.ts';
import { deferred, toyStep } from '../../../testing/toy-run.ts';
import type { AppState } from '../app-state.ts';
import { firstHome } from '../home/home-state.ts';
import { ready } from '../loaded.ts';
import { textField } from '../parts/text-field.ts';
import { type TasksState, tasksOf } from './tasks-state.ts';

const RESTORE = `Everything since that backup is lost: accounts, posts, follows. It is stopped meanwhile, and started again at the end only.

The settings are written by the recipe, so that they fit the system of today:

- only the keys belong to the database;
- where those of the backup are others, \`keys\` brings them back.

On a new machine run the recipe first, under the name that it had.`;

const tasks: readonly Task[] = [
  deskTask('account-create', 'Make an account', { inputs: [deskInput('name', 'string', { title: 'Name of the account' })] }),
  deskTask('media-usage', 'Say how much room media take'),
  deskTask('mail', 'Change how mail is sent', { changes: ['mail', 'smtp_host', 'smtp_password'], steps: [] }),
  deskTask('restore', 'Put a backup back in place of what is there', {
    explain: RESTORE,
    inputs: [
      deskInput('backup', 'string', { title: 'Which backup', optional: true }),
      deskInput('keys', 'boolean', { title: 'Bring back its keys' }),
    ],
    steps: [toyStep('erase', 'act', { name: 'erase' }, { title: 'Erase what is there', danger: deferred('mastodon') })],
  }),
  deskTask(
    'a-task-whose-name-is-longer-than-its-column',
    'A title that is longer than what a line of eighty columns has room for',
  ),
];
const many = Array.from({ length: 40 }, (_, at) => deskTask(`task-${at + 1}`, `The task of number ${at + 1}`));

const app = (page: TasksState): AppState => ({ pages: [firstHome, page], mouse: false, now: 0 });
const list: TasksState = { ...tasksOf('mastodon'), tasks: ready(tasks) };

test('reading', async () => {
  await expectScreens('tasks-reading', app(tasksOf('mastodon')));
});

test('one that asks for something', async () => {
  await expectScreens('tasks-list', app(list));
});

test('one of which more is told than there is room for, with a typed word', async () => {
  await expectScreens('tasks-told', app({ ...list, cursor: 3 }));
});

test('the end of what is told', async () => {
  await expectScreens('tasks-told-to-the-end', app({ ...list, cursor: 3, top: 99 }));
});

test('one that changes inputs, found by typing', async () => {
  await expectScreens('tasks-found', app({ ...list, filter: textField('mail') }));
});

test('more than there is room for', async () => {
  await expectScreens('tasks-many', app({ ...tasksOf('mastodon'), tasks: ready(many), cursor: 25 }));
});

test('nothing found', async () => {
  await expectScreens('tasks-nothing-found', app({ ...list, filter: textField('zebra') }));
});

test('not to be had', async () => {
  const { failure } = fail('deployment.uninstalled', 'mastodon was uninstalled (run r1).', {
    hints: ['Install it again: fairlead run mastodon'],
  });
  await expectScreens('tasks-failed', app({ ...tasksOf('mastodon'), tasks: { status: 'failed', failure } }));
});
