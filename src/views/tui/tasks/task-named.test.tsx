import { it } from 'vitest';
import { plainOptions } from '../../../engine/program.ts';
import { fail } from '../../../model/failure.ts';
import { openApp } from '../../../testing/app-under-test.tsx';
import { busyEvents } from '../../../testing/asking-run.ts';
import {
  createFakeDesk,
  deskDeployment,
  deskInput,
  deskRecipe,
  deskTask,
  type FakeDeskContents,
} from '../../../testing/fake-desk.ts';
import { createFakeRun } from '../../../testing/fake-run.ts';
import { KEYS } from '../../../testing/keys.ts';

const tasks = [
  deskTask('accounts', 'List the accounts'),
  deskTask('backup', 'Back up what it keeps', { inputs: [deskInput('folder', 'path', { title: 'Where to' })] }),
];
const contents: FakeDeskContents = { recipes: [deskRecipe({ tasks })], deployments: [deskDeployment('cloud')] };

it('a plan says of which task it is, once: behind a form the form does', async () => {
  const app = openApp(createFakeDesk(contents), { first: { kind: 'open-tasks', deployment: 'cloud' } });
  await app.shows('List the accounts');
  await app.type(KEYS.enter);
  await app.shows('› plan of accounts');
  await app.type(KEYS.escape);
  await app.shows('Back up what it keeps');
});

it('the page of a task that runs names it, and so does what became of it', async () => {
  const run = createFakeRun({ run: 'run-3', deployment: 'cloud' });
  run.show({ type: 'feed.caught-up' });
  run.tell(...busyEvents({ kind: 'task', options: { ...plainOptions, task: 'backup' } }));
  const app = openApp(createFakeDesk({ ...contents, run: () => run.link }), { first: { kind: 'attach', run: 'run-3' } });
  await app.shows('cloud, backup, run ');
});

it('a task that did not come to its end does not say that of what is installed', async () => {
  const unfinished = {
    id: 'run-4',
    kind: 'task',
    what: 'backup',
    startedAt: '2026-11-22T14:03:00Z',
    lastAt: '2026-11-22T14:05:00Z',
    stopReason: 'failed',
  } as const;
  const deployments = [deskDeployment('cloud', { standing: 'stopped', unfinished, last: unfinished })];
  const app = openApp(createFakeDesk({ ...contents, deployments }));
  await app.shows('task stopped: a step failed');
  await app.type(KEYS.enter);
  await app.shows('Task backup of cloud has not come to its end');
});

it('a task that was given up is not the last thing that was done', async () => {
  const last = {
    id: 'run-5',
    kind: 'task',
    what: 'account-delete',
    startedAt: '2026-11-22T14:03:00Z',
    lastAt: '2026-11-22T14:05:00Z',
    abandoned: true,
  } as const;
  const app = openApp(createFakeDesk({ ...contents, deployments: [deskDeployment('cloud', { last })] }));
  await app.shows('Last run: account-delete, given up');
});

it('d leads to the tasks also where the recipe itself can not be read any more', async () => {
  const failure = fail('recipe.invalid', 'recipe.yaml:8:3: found `imput`').failure;
  const about = deskDeployment('cloud');
  const brokenRecipes = [{ ref: 'bad', name: 'bad', title: 'bad', version: '', failure }];
  const app = openApp(createFakeDesk({ ...contents, brokenRecipes }), {
    first: { kind: 'open-recipe', ref: 'bad', deployment: 'cloud', about },
  });
  await app.shows('recipe.yaml:8:3');
  await app.type('d');
  await app.shows('List the accounts');
});
