import { describe, expect, it } from 'vitest';
import { fail } from '../../../model/failure.ts';
import { type AppUnderTest, openApp } from '../../../testing/app-under-test.tsx';
import {
  createFakeDesk,
  deskDeployment,
  deskInput,
  deskRecipe,
  deskTask,
  type FakeDesk,
  type FakeDeskContents,
  runStarted,
} from '../../../testing/fake-desk.ts';
import { createFakeRun } from '../../../testing/fake-run.ts';
import { KEYS } from '../../../testing/keys.ts';
import { deferred, toyStep } from '../../../testing/toy-run.ts';

const EXPLAIN = Array.from({ length: 12 }, (_, at) => `Paragraph ${at + 1} of what it is for.`).join('\n\n');
const tasks = [
  deskTask('accounts', 'List the accounts'),
  deskTask('backup', 'Back up what it keeps', {
    explain: EXPLAIN,
    inputs: [
      deskInput('folder', 'path', { title: 'Where to' }),
      deskInput('remark', 'string', { optional: true, title: 'A remark' }),
    ],
  }),
  deskTask('port', 'Let it listen elsewhere', { changes: ['port'], steps: [] }),
  deskTask('uninstall', 'Remove it', {
    steps: [toyStep('down', 'act', { name: 'down' }, { title: 'Remove all', danger: deferred('toy') })],
  }),
];
const contents: FakeDeskContents = { recipes: [deskRecipe({ tasks })], deployments: [deskDeployment('cloud')] };

interface Opened extends AppUnderTest {
  readonly desk: FakeDesk;
}

async function openPage(more: FakeDeskContents = {}): Promise<Opened> {
  const desk = createFakeDesk({ ...contents, ...more });
  const app = openApp(desk, { first: { kind: 'open-tasks', deployment: 'cloud' } });
  await app.shows('List the accounts');
  return { ...app, desk };
}

describe('the page of an installed deployment', () => {
  it('leads to its tasks with d, and Esc leads back', async () => {
    const app = openApp(createFakeDesk(contents));
    await app.shows('cloud');
    await app.type(KEYS.enter);
    await app.shows('d tasks');
    await app.type('d');
    await app.shows('tasks of cloud');
    await app.shows('Let it listen elsewhere');
    await app.type(KEYS.escape);
    await app.shows('d tasks');
  });

  it.each(['running', 'stopped', 'uninstalled'] as const)('has none to offer while it is %s', async (standing) => {
    const desk = createFakeDesk({ ...contents, deployments: [deskDeployment('cloud', { standing })] });
    const about = deskDeployment('cloud', { standing });
    const app = openApp(desk, { first: { kind: 'open-recipe', ref: 'toy', deployment: 'cloud', about } });
    await app.shows('Nothing behind it.');
    await app.type('d');
    expect(app.screen()).not.toContain('tasks');
  });
});

describe('the list of tasks', () => {
  it('is found in by typing; Esc shows all again, then leaves', async () => {
    const app = await openPage();
    await app.type('b', 'a', 'c');
    await app.shows('1 found');
    await app.hides('List the accounts');
    await app.type(KEYS.escape);
    await app.shows('List the accounts');
    await app.type('z', 'z');
    await app.shows('nothing found');
    await app.type(KEYS.enter, KEYS.escape, KEYS.escape);
    await app.hides('tasks of cloud');
    expect(app.desk.asked).toEqual([]);
  });

  it('tells of the chosen one what it is for, what it asks for or changes, and where a word must be typed', async () => {
    const app = await openPage();
    await app.shows('Asks for nothing.');
    await app.type(KEYS.down);
    await app.shows('Paragraph 1 of');
    await app.shows('more lines: PgDn');
    await app.type(KEYS.pageDown, KEYS.pageDown, KEYS.pageDown, KEYS.pageDown);
    await app.shows('Asks for: Where to; A remark (may stay empty).');
    await app.type(KEYS.down);
    await app.shows('Changes: port. The recipe is done anew.');
    await app.type(KEYS.down);
    await app.shows('Asks for a typed word before: Remove all.');
    await app.type(KEYS.home);
    await app.shows('Asks for nothing.');
  });

  it('says why where it can’t be had', async () => {
    const desk = createFakeDesk(contents);
    const refused = async () => {
      throw fail('deployment.unknown', 'There is no deployment cloud.', { hints: ['Nothing is deployed yet.'] });
    };
    const app = openApp(
      { ...desk, catalogue: { ...desk.catalogue, tasks: refused } },
      { first: { kind: 'open-tasks', deployment: 'cloud' } },
    );
    await app.shows('There is no deployment cloud.');
    await app.type(KEYS.enter);
    expect(desk.asked).toEqual([]);
  });

  it('of a recipe without any says so', async () => {
    const app = openApp(createFakeDesk({ ...contents, recipes: [deskRecipe()] }), {
      first: { kind: 'open-tasks', deployment: 'cloud' },
    });
    await app.shows('The recipe of toy has no tasks.'.replace('toy', 'cloud'));
  });
});

describe('a task', () => {
  it('that asks for nothing shows its plan at once; back leads to the list', async () => {
    const app = await openPage();
    await app.type(KEYS.enter);
    await app.shows('Plan: 1 to create');
    await app.shows('Esc or i back');
    await app.shows('plan of accounts');
    expect(app.desk.asked).toEqual([
      { what: 'draft-task', deployment: 'cloud', task: 'accounts' },
      { what: 'plan', deployment: 'cloud', task: 'accounts', typed: {} },
    ]);
    await app.type(KEYS.escape);
    await app.shows('Let it listen elsewhere');
  });

  it('that asks for something has its form, then its plan, and begins with a yes', async () => {
    const app = await openPage();
    await app.type(KEYS.down, KEYS.enter);
    await app.shows('Back up what it keeps, deployment cloud: what it needs to know');
    expect(app.screen()).not.toContain('Port on this host');
    expect(app.screen()).not.toContain('Name of the deployment');
    await app.type(...'/srv/b', KEYS.ctrl('p'));
    await app.shows('Plan: 1 to create');
    await app.type('y');
    await app.shows('Done');
    expect(app.desk.asked.slice(1)).toMatchObject([
      { what: 'plan', task: 'backup', typed: { folder: '/srv/b', remark: '' } },
      { what: 'start', plan: { deployment: 'cloud', steps: [{ id: 'backup' }] } },
    ]);
  });

  it('that changes inputs shows what they are, and the plan is the recipe’s', async () => {
    const app = await openPage({ filled: { port: { text: '7000', from: 'earlier-run' } } });
    await app.type('l', 'i', 's', 't', 'e', 'n', KEYS.enter);
    await app.shows(/Port on this host\s+7000/);
    await app.type(KEYS.ctrl('p'));
    await app.shows('Nothing is changed yet');
    expect(app.desk.asked.map(({ what }) => what)).toEqual(['draft-task']);
    await app.type(KEYS.ctrl('u'), '7001', KEYS.ctrl('p'));
    await app.shows('Make its folder');
  });

  it('that can’t be begun now says why, over the list', async () => {
    const app = await openPage({ refuses: (name) => fail('run.operator-needed', `Run r1 of ${name} has not come to its end.`) });
    await app.type(KEYS.enter);
    await app.shows('Run r1 of cloud has not come to its end.');
    await app.type(KEYS.escape);
    await app.shows('Let it listen elsewhere');
  });

  it('that needs root names the command that does it, and no recipe', async () => {
    const app = await openPage({
      forecast: () => {
        throw fail('host.root-needed', 'The step accounts needs root.');
      },
    });
    await app.type(KEYS.enter);
    await app.shows('sudo fairlead task cloud accounts');
  });
});

describe('at the end of a task', () => {
  const ended = (kind: 'task' | 'converge', finish?: string) => () => {
    const run = createFakeRun();
    run.show({ type: 'feed.caught-up' });
    run.tell(runStarted({ kind, steps: [{ id: 'accounts' as never, title: 'List the accounts', uses: 'act' }] }));
    run.tell({ type: 'step.started', step: 'accounts' as never, attempt: 1 });
    run.show({ type: 'step.output', step: 'accounts' as never, text: 'ada\u001b[31m, first of all' });
    run.tell({ type: 'step.finished', step: 'accounts' as never, outcome: 'ok', attempt: 1 } as never);
    run.tell({ type: 'run.finished', outcome: 'ok', ...(finish === undefined ? {} : { finish }) });
    run.end();
    return run.link;
  };

  it('stands what it printed, where the task has no words of its own', async () => {
    const app = await openPage({ run: ended('task') });
    await app.type(KEYS.enter);
    await app.shows('Plan:');
    await app.type('y');
    await app.shows('What it printed');
    await app.shows('ada, first of all');
  });

  it.each([
    ['task', 'All is said.'],
    ['converge', undefined],
  ] as const)('stands nothing of that for a %s that ends with %j', async (kind, finish) => {
    const app = await openPage({ run: ended(kind, finish) });
    await app.type(KEYS.enter);
    await app.shows('Plan:');
    await app.type('y');
    await app.shows(finish ?? 'Nothing had to be changed');
    expect(app.screen()).not.toContain('What it printed');
  });
});
