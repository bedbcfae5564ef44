import type { EventBody, EventMap } from '../model/events.ts';
import type { Failure } from '../model/failure.ts';
import type { Question } from '../model/questions.ts';
import type { StepId } from '../model/step-id.ts';
import { type RunPicture, watchRun } from '../views/tui/run/run-picture.ts';
import { runStarted } from './fake-desk.ts';
import { eventOf } from './fake-run.ts';

const STEPS: readonly (readonly [id: string, title: string, uses: string])[] = [
  ['network', 'Create its own Docker network', 'docker.network'],
  ['settings', "Write the service's settings", 'host.file'],
  ['database', 'Start the database', 'compose.up'],
  ['admin', 'Create the first account', 'host.command'],
  ['token', 'Read the one-time token from the log', 'log.capture'],
  ['dns', 'Point its name at this host', 'manual'],
];

/** The step that the question or the failure of these runs is about. */
export const ASKING_STEP = 'admin' as StepId;

/** What a run has done before it asks: three of its six steps, then it is at work on the fourth. */
export function busyEvents(more: Partial<EventMap['run.started']> = {}): readonly EventBody[] {
  const done = (step: string, outcome: 'ok' | 'changed'): readonly EventBody[] => [
    { type: 'step.started', step: step as StepId, attempt: 1 },
    { type: 'step.finished', step: step as StepId, attempt: 1, outcome },
  ];
  return [
    runStarted({
      run: '20261123T120000Z-c101',
      deployment: 'cloud',
      recipe: { name: 'cloud', version: '1.2.0', title: 'A cloud of your own', digest: 'd'.repeat(64) },
      inputs: { port: 8080, host: 'cloud.example.org' },
      steps: STEPS.map(([id, title, uses]) => ({ id: id as StepId, title, uses })),
      ...more,
    }),
    ...done('network', 'changed'),
    ...done('settings', 'changed'),
    ...done('database', 'ok'),
    { type: 'step.started', step: ASKING_STEP, attempt: 1 },
  ];
}

/** All that there was to do is done. */
export function doneEvents(outcome: 'ok' | 'changed' = 'changed'): readonly EventBody[] {
  const [first] = busyEvents();
  const ended = STEPS.map(
    ([step]): EventBody => ({
      type: 'step.finished',
      step: step as StepId,
      attempt: 1,
      outcome: step === 'dns' ? 'ok' : outcome,
    }),
  );
  return first === undefined ? [] : [first, ...ended];
}

/** A run as it stands after these facts. */
export function pictureAfter(
  events: readonly EventBody[],
  { past = false, down }: { past?: boolean; down?: Failure } = {},
): RunPicture {
  const [first] = events;
  const header = first?.type === 'run.started' ? first : undefined;
  const watch = watchRun(header?.run ?? 'run-1', header?.deployment ?? 'cloud', past);
  watch.take({ type: 'feed.caught-up' });
  for (const [at, body] of events.entries()) watch.take(eventOf(body, at + 1));
  if (down !== undefined) watch.end(down);
  return watch.picture();
}

/** A run that asks; `step`: of its own, else the question is about the run as a whole. */
export function askingPicture(question: Omit<Question, 'id'>, before: readonly EventBody[] = busyEvents()): RunPicture {
  return pictureAfter([...before, { type: 'question.asked', question: { id: 'question:9', ...question } }]);
}

/** What failed in these runs. */
export const ASKED_FAILURE: Failure = {
  code: 'command.failed',
  fault: 'environment',
  message: 'The command that creates the account ended with an error.',
  hints: ['Is the database up? `docker compose ps` in /srv/cloud says so.', 'Try once more when it is.'],
  retryable: true,
  evidence: {
    argv: ['docker', 'compose', 'exec', '-T', 'web', 'bin/accounts', 'create', 'ada@cloud.example.org', '--role', 'Owner'],
    exit: 1,
    tail: [
      ...Array.from({ length: 14 }, (_, at) => `accounts: waiting for the database, attempt ${at + 1} of 15`),
      'accounts: connection refused: db:5432',
      "/srv/cloud/app/lib/accounts/create.rb:88:in 'connect': could not connect to server (PG::ConnectionBad)",
    ],
  },
};

/** The question about it. */
export function failureQuestion(more: Record<string, unknown> = {}): Omit<Question, 'id'> {
  return {
    about: 'failure',
    step: ASKING_STEP,
    attempt: 1,
    data: {
      title: 'Create the first account',
      tries: 1,
      failure: ASKED_FAILURE,
      skips: [{ id: 'token', title: 'Read the one-time token from the log' }],
      ...more,
    } as never,
    takes: { choices: ['retry', 'skip', 'stop'] },
  };
}

/** The failed step, before the question about it. */
export function failedEvents(): readonly EventBody[] {
  return [...busyEvents(), { type: 'step.finished', step: ASKING_STEP, attempt: 1, outcome: 'failed', failure: ASKED_FAILURE }];
}
