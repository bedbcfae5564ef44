import { it } from 'vitest';
import type { Question } from '../../../../model/questions.ts';
import { appFrames, type Before } from '../../../../testing/app-frames.tsx';
import { ASKING_STEP, askingPicture, busyEvents, failedEvents, failureQuestion } from '../../../../testing/asking-run.ts';
import { goldenPicture } from '../../../../testing/golden-runs.ts';
import { runPageOf } from '../run-page-state.ts';

const step = ASKING_STEP;
const DIFF = `@@ -1,4 +1,4 @@
 listen: 8080
-workers: 2
+workers: 4
 # kept as it is
 log: /var/log/cloud/a-rather-long-name-of-a-file-that-has-to-be-folded.log`;

const MANUAL = `Point **cloud.example.org** at this host:

1. Log in at your registrar, and open the zone of \`example.org\`
2. Add an \`A\` record:

       cloud  A  203.0.113.7

3. Wait until \`dig +short cloud.example.org\` says \`203.0.113.7\`

More is in [the handbook](https://handbook.example.org/dns).`;

/** Every kind of question, with what it is about. */
const QUESTIONS: readonly (readonly [name: string, question: Omit<Question, 'id'>, keys?: readonly Before[]])[] = [
  ['manual', { about: 'manual', step, attempt: 1, data: { markdown: MANUAL }, takes: { choices: ['done'] } }],
  [
    'in-doubt',
    {
      about: 'in-doubt',
      step,
      attempt: 1,
      data: {
        title: 'Create the first account',
        changes: [{ action: 'run', target: 'bin/accounts create ada@cloud.example.org' }],
        lost: [],
        changedInputs: ['host'],
      },
      takes: { choices: ['done', 'again', 'stop'] },
    },
  ],
  [
    'in-doubt-given-up',
    {
      about: 'in-doubt',
      step,
      attempt: 1,
      data: {
        title: 'Create the first account',
        changes: [{ action: 'run', target: 'bin/accounts create ada@cloud.example.org' }],
        lost: ['password'],
        changedInputs: [],
        givingUp: true,
      },
      takes: { choices: ['again', 'stop'] },
    },
    ['a'],
  ],
  [
    'danger',
    {
      about: 'danger',
      step,
      attempt: 1,
      data: { title: 'Take it all away', targets: ['/srv/cloud', 'the volume cloud_db', '/etc/cron.d/cloud'] },
      takes: { word: 'cloud' },
    },
  ],
  [
    'danger-wrong-word',
    { about: 'danger', step, attempt: 1, data: { title: 'Take it all away', targets: ['/srv/cloud'] }, takes: { word: 'cloud' } },
    ['c', 'l', 'o', 'enter'],
  ],
  [
    'wipe',
    {
      about: 'danger',
      step,
      data: { title: 'Start the database', secret: 'db_password', targets: ['the volume cloud_db'] },
      takes: { word: 'cloud_db' },
    },
  ],
  [
    'drift',
    {
      about: 'drift',
      step,
      attempt: 1,
      data: {
        title: "Write the service's settings",
        parts: ['content'],
        changes: [{ action: 'update', target: '/srv/cloud/settings.yaml', property: 'content', diff: DIFF }],
      },
      takes: { choices: ['overwrite', 'keep', 'stop'] },
    },
  ],
  [
    'adopt',
    {
      about: 'adopt',
      step,
      data: { title: 'Start the database', secret: 'db_password', volume: 'cloud_db' },
      takes: { choices: ['adopt', 'rotate', 'wipe', 'stop'] },
    },
  ],
  [
    'adopt-value',
    {
      about: 'adopt',
      step,
      data: { title: 'Start the database', secret: 'db_password', volume: 'cloud_db' },
      takes: { secret: 'db_password' },
    },
    ['s', '3', 'c', 'r', '3', 't'],
  ],
  [
    'input',
    { about: 'input', step, data: { markdown: 'Which **port** is free?' }, takes: { schema: { type: 'integer' } } },
    ['8', '0'],
  ],
  [
    'dialog',
    { about: 'dialog', step, data: { markdown: 'It asks which edition to set up.' }, takes: { choices: ['small', 'large'] } },
  ],
];

it.each(QUESTIONS.map(([name]) => name))('a question about %s', async (name) => {
  const [, question, keys = []] = QUESTIONS.find(([one]) => one === name) ?? unknown();
  await appFrames(`ask-${name}`, runPageOf(askingPicture(question)), keys);
});

it('a failure, with what can be done about it', async () => {
  await appFrames('ask-failure', runPageOf(askingPicture(failureQuestion(), failedEvents())));
});

it('a failure whose skip is pointed at: what would be skipped with it is said', async () => {
  await appFrames('ask-failure-skip', runPageOf(askingPicture(failureQuestion(), failedEvents())), ['s']);
});

it('a failure that is read in full', async () => {
  await appFrames('ask-failure-full', runPageOf(askingPicture(failureQuestion(), failedEvents())), ['v', 'page-down']);
});

it('an answer that is on its way', async () => {
  await appFrames('ask-sent', runPageOf(askingPicture(failureQuestion(), failedEvents())), ['r']);
});

it('a plan, in a run', async () => {
  await appFrames('ask-plan', runPageOf(goldenPicture('lighthouse', { upTo: 3 })));
});

it('a plan that came after a change of mind, one step looked into', async () => {
  const forecast = [
    {
      step,
      changes: [{ action: 'update' as const, target: '/srv/cloud/settings.yaml', property: 'content', diff: DIFF }],
      invalidatedBy: ['input:port'],
    },
  ];
  const events = [...busyEvents({ changedInputs: ['port'] }), { type: 'plan.forecast' as const, forecast }];
  const question = { about: 'plan' as const, data: { steps: 1 }, takes: { choices: ['approve', 'stop'] } };
  await appFrames('ask-plan-again', runPageOf(askingPicture(question, events)), ['enter']);
});

it('questions of a golden run: by hand, in doubt, a failure, a danger', async () => {
  const { ids } = goldenQuestions();
  for (const [name, upTo] of ids) await appFrames(`ask-golden-${name}`, runPageOf(goldenPicture('interrupted', { upTo })));
});

/** Where in the golden run that was interrupted which question is asked first. */
function goldenQuestions(): { readonly ids: ReadonlyMap<string, number> } {
  const ids = new Map<string, number>();
  for (let upTo = 1; upTo <= 68; upTo++) {
    const { question } = goldenPicture('interrupted', { upTo }).state;
    if (question !== undefined && question.about !== 'plan' && !ids.has(question.about)) ids.set(question.about, upTo);
  }
  return { ids };
}

function unknown(): never {
  throw new Error('no such question');
}
