import { expect, it } from 'vitest';
import { fail } from '../../../model/failure.ts';
import {
  createFakeDesk,
  deskDeployment,
  deskInput,
  deskRecipe,
  deskTask,
  type FakeDeskContents,
} from '../../../testing/fake-desk.ts';
import { createScriptedOperator, type Move } from '../../../testing/scripted-operator.ts';
import { deferred, toyStep } from '../../../testing/toy-run.ts';
import { holdDialogue } from './dialogue.ts';

const tasks = [
  deskTask('accounts', 'List the accounts', { explain: 'Who may come in.' }),
  deskTask('backup', 'Back up what it keeps', { inputs: [deskInput('folder', 'path', { title: 'Where to' })] }),
  deskTask('listen', 'Let it listen elsewhere', { changes: ['port'], steps: [] }),
  deskTask('uninstall', 'Remove it', {
    steps: [toyStep('down', 'act', { name: 'down' }, { title: 'Remove all', danger: deferred('toy') })],
  }),
];
const LIST =
  /The tasks of cloud\n1\. accounts: List the accounts\n2\. backup: .*\n3\. listen: .*\n4\. uninstall: .*\nType 1 to 4/;

/** Holds a dialogue that begins at an installed deployment's tasks; every move of the script must have been made. */
async function hold(script: readonly Move[], more: FakeDeskContents = {}) {
  const operator = createScriptedOperator([['a part of one', 'cloud'], [/2\. task: /, 'task'], ...script]);
  const desk = createFakeDesk({
    recipes: [deskRecipe({ tasks })],
    deployments: [deskDeployment('cloud')],
    filled: { port: { text: '7000', from: 'earlier-run' } },
    ...more,
  });
  await holdDialogue(desk, operator.terminal);
  operator.check();
  return { asked: desk.asked, written: operator.written() };
}

it('a task that asks for nothing says what it is for, then its plan; a yes begins it', async () => {
  const { asked } = await hold([
    [LIST, 'accounts'],
    [
      /List the accounts\.\nWho may come in\.[\s\S]*The plan for cloud \(task accounts\)\nPlan: 1 to create\.[\s\S]*yes, no, back, show/,
      'yes',
    ],
    ['All is well.', ''],
    ['Fairlead:', 'q'],
  ]);
  expect(asked).toMatchObject([
    { what: 'draft-task', deployment: 'cloud', task: 'accounts' },
    { what: 'plan', task: 'accounts' },
    { what: 'start', plan: { steps: [{ id: 'accounts' }] } },
  ]);
});

it('a task that asks for something asks for that alone, and says it all before the plan', async () => {
  const { asked, written } = await hold([
    [LIST, '2'],
    ['Input 1 of 1', '/srv/b'],
    [/What will be used for the task backup of cloud:\n1\. Where to: \/srv\/b/, 'yes'],
    ['(task backup)', 'no'],
    [LIST, 'q'],
  ]);
  expect(asked.at(-1)).toEqual({ what: 'plan', deployment: 'cloud', task: 'backup', typed: { folder: '/srv/b' } });
  expect(written).not.toContain('Port on this host');
});

it('a task that changes inputs says what they are, and which can be changed', async () => {
  const { asked } = await hold([
    [LIST, 'listen'],
    [/What will be used for the task listen of cloud:\n1\. Port on this host: 7000\n/, '1'],
    ['[7000]', '7001'],
    ['7001', 'yes'],
    ['Plan: 2 to create.', 'change'],
    ['7001', 'back'],
    // From all of them, not one by one.
    [LIST, 'q'],
  ]);
  expect(asked.at(-1)).toMatchObject({ what: 'plan', task: 'listen', typed: { port: '7001' } });
});

it('where a word must be typed, that is said before anything is asked', async () => {
  await hold([
    [LIST, 'uninstall'],
    [/Remove it\.\nA word must be typed before: Remove all\./, 'back'],
    [LIST, 'back'],
    [/2\. task: /, 'back'],
    ['a part of one', 'q'],
  ]);
});

it('what could not be planned leads back to the list, or to what was entered', async () => {
  const forecast = () => {
    throw fail('docker.no-engine', 'There is no engine.', { fault: 'environment' });
  };
  await hold(
    [
      [LIST, 'accounts'],
      [/There is no engine\.[\s\S]*The tasks of cloud/, 'backup'],
      ['Input 1 of 1', '/srv/b'],
      ['What will be used', 'yes'],
      [/There is no engine\.[\s\S]*What will be used for the task backup of cloud/, 'q'],
    ],
    { forecast },
  );
});

it('a recipe without tasks says so, and the deployment is where it was', async () => {
  await hold([['Its recipe has none.', 'q']], { recipes: [deskRecipe()] });
});

it('what only reads is said to', async () => {
  const forecast = () => [{ step: 'accounts' as never, changes: [{ action: 'read', target: 'list' } as const] }];
  await hold(
    [
      [LIST, 'accounts'],
      [/It only reads, and changes nothing\.\nDo this\?/, 'back'],
      [LIST, 'q'],
    ],
    { forecast },
  );
});
