import { expect, it } from 'vitest';
import type { EventOf } from '../../../model/events.ts';
import { fail } from '../../../model/failure.ts';
import type { StepId } from '../../../model/step-id.ts';
import { takesAll } from '../../../testing/fake-desk.ts';
import { expectFrame } from '../../../testing/frames.ts';
import { goldenEvents, goldenPicture, printed, watchGolden } from '../../../testing/golden-runs.ts';
import type { Style } from '../../lib/style.ts';
import type { AppState } from '../app-state.ts';
import { firstHome } from '../home/home-state.ts';
import type { Key } from '../key.ts';
import { aroundOf, Screen } from '../screen.tsx';
import { runKey } from './run-keys.ts';
import { type RunPageState, runPageOf, withPicture, withRecord } from './run-page-state.ts';
import { type RunPicture, watchRun } from './run-picture.ts';

const COLOUR: Style = { colour: true, unicode: true };
const ASCII: Style = { colour: false, unicode: false };
const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;

/** Keys by what they are called here: one letter is text. */
function keysOf(...names: readonly string[]): readonly Key[] {
  return names.map((name) =>
    [...name].length === 1 ? { kind: 'text', text: name } : ({ kind: 'named', name } as Extract<Key, { kind: 'named' }>),
  );
}

/** The page after these keys, at this size. */
function typed(state: RunPageState, app: AppState, size: { columns: number; rows: number }, style: Style, keys: readonly Key[]) {
  const around = aroundOf({ state: app, ...size, style, ...takesAll });
  return keys.reduce((now, key) => runKey(now, key, around).state, state);
}

/** Draws a page at both sizes, in colour and in ASCII, and holds it against its golden frames. */
async function frames(
  name: string,
  picture: RunPicture,
  {
    keys = [],
    after = 0,
    prepare = (state) => state,
  }: {
    keys?: readonly string[];
    /** Milliseconds since the last event. */
    after?: number;
    prepare?: (state: RunPageState) => RunPageState;
  } = {},
): Promise<void> {
  const now = Date.parse(picture.state.at ?? '2026-11-23T12:00:00Z') + after;
  for (const size of SIZES) {
    for (const style of [COLOUR, ASCII]) {
      const page = runPageOf(picture);
      const app: AppState = { pages: [firstHome, page], mouse: false, now };
      const front = prepare(typed(page, app, size, style, keysOf(...keys)));
      const element = <Screen state={{ ...app, pages: [firstHome, front] }} {...size} style={style} {...takesAll} />;
      await expectFrame(`run-${name}`, element, { ...size, style });
    }
  }
}

const BUILD = [
  'Sending build context to Docker daemon  9.216kB',
  'Step 1/5 : FROM fairlead/busybox:local',
  ' ---> 3f57d9401f8d',
  'Step 2/5 : COPY lighthouse /usr/local/bin/lighthouse',
  ' ---> Using cache',
  ' ---> 8c2a4a0b7b0d',
  'Step 3/5 : LABEL org.opencontainers.image.title="Lighthouse, a small program with an account, a token and a log"',
  ' ---> Running in 5b1f2a9c77e1',
  'Removing intermediate container 5b1f2a9c77e1',
];
const step = (name: string): StepId => name as StepId;
const numbered = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, at) =>
      `2026-11-22T20:52:${String(at % 60).padStart(2, '0')} worker ${at % 4}: job ${at + 1} ${at % 9 === 0 ? 'failed, will be tried again' : 'done'}`,
  );

it('at work: the list shows where the run is, the output what the step prints', async () => {
  await frames('running', goldenPicture('lighthouse', { upTo: 31, live: printed('image', BUILD) }), { after: 12_000 });
});

it('waiting: what for, and how long still, stands above the output', async () => {
  const live = [
    ...printed('up', ['Creating network "lighthouse_default"', 'Creating lighthouse ... done']),
    { type: 'step.progress', step: step('up'), text: 'waiting for lighthouse (starting); 1 m 48 s left' } as const,
  ];
  await frames('waiting', goldenPicture('lighthouse', { upTo: 44, live }), { after: 72_000 });
});

it('a check: what it sees, and a bar of how long it still waits', async () => {
  const live = [
    {
      type: 'step.progress',
      step: step('ping'),
      text: 'waiting: http://127.0.0.1:22213/ping: connect ECONNREFUSED 127.0.0.1:22213',
      atMostMs: 300_000,
      leftMs: 222_000,
    } as const,
  ];
  await frames('check', goldenPicture('lighthouse', { upTo: 46, live }), { after: 78_000 });
});

it('pulling: a bar of how much is there', async () => {
  const live = [
    {
      type: 'step.progress',
      step: step('image'),
      text: 'Pulling docker.io/library/busybox:1.36: 2 of 5 layers',
      done: 61_000_000,
      of: 100_000_000,
    } as const,
  ];
  await frames('pulling', goldenPicture('lighthouse', { upTo: 31, live }), { after: 4_000 });
});

it('the output is searched: matches are marked by signs as well', async () => {
  const live = printed('image', numbered(400));
  const picture = goldenPicture('lighthouse', { upTo: 31, live });
  await frames('searched', picture, { keys: ['/', 'f', 'a', 'i', 'l', 'e', 'd', 'enter', 'n', 'n'], after: 30_000 });
  await frames('searching', picture, { keys: ['/', 'f', 'a', 'i'], after: 30_000 });
});

it('scrolled back: what is above and below is counted', async () => {
  await frames('scrolled-back', goldenPicture('lighthouse', { upTo: 31, live: printed('image', numbered(400)) }), {
    keys: ['page-up', 'page-up'],
    after: 30_000,
  });
});

it('long lines go on below, and the right side may have all the width', async () => {
  await frames(
    'wide-and-folded',
    goldenPicture('lighthouse', { upTo: 31, live: printed('image', [...BUILD, BUILD.join(' ')]) }),
    {
      keys: ['z', 'w'],
      after: 12_000,
    },
  );
});

it('an earlier step is chosen: what it did, and what its record has', async () => {
  await frames('earlier-step', goldenPicture('lighthouse', { upTo: 44 }), {
    keys: ['tab', 'up', 'up', 'up', 'up'],
    after: 3_000,
    prepare: (state) =>
      withRecord(state, {
        step: 'image',
        attempt: 1,
        lines: { status: 'ready', value: [...BUILD, 'Successfully tagged lighthouse:1.0.0'] },
      }),
  });
});

it('all about a step: every difference', async () => {
  await frames('details', goldenPicture('lighthouse', { upTo: 44 }), { keys: ['tab', 'up', 'up', 'd'], after: 3_000 });
});

it('a step that has not begun shows what is planned', async () => {
  await frames('planned-step', goldenPicture('lighthouse', { upTo: 31 }), { keys: ['tab', 'down', 'down', 'd'], after: 3_000 });
});

it('a step that failed: the failure, and how to look at all of it', async () => {
  const picture = goldenPicture('interrupted', { upTo: 46, live: [] });
  await frames('failed-step', picture, {
    keys: ['tab', 'up'],
    prepare: (state) =>
      withRecord(state, {
        step: 'migrate',
        attempt: 1,
        lines: { status: 'ready', value: ['migrating 1 of 2', 'FATAL: the database is locked'] },
      }),
  });
});

it('the run itself waits for another', async () => {
  const live = [{ type: 'run.waiting', text: 'apt-get install docker.io (process 4711) is still at work from before' } as const];
  await frames('run-waits', goldenPicture('interrupted', { upTo: 26, live }));
});

it('its process is gone: what that means, and what to press', async () => {
  const watch = watchGolden('lighthouse', { upTo: 44 });
  const gone = fail('run.process-gone', 'The process of run 20261122T205222Z-1f3a (4711) has ended without a word.', {
    fault: 'environment',
    hints: ['`fairlead resume` goes on with it.'],
    retryable: true,
  });
  watch.end(gone.failure);
  await frames('process-gone', watch.picture());
});

it('a step is looked at while a question is open', async () => {
  await frames('question-aside', goldenPicture('interrupted', { upTo: 44 }), { keys: ['tab', 'up'] });
});

it('stopped', async () => {
  const watch = watchGolden('interrupted', { upTo: 46 });
  watch.end(undefined);
  await frames('stopped', watch.picture());
});

it('a record of a run that is past', async () => {
  await frames('record', goldenPicture('lighthouse', { past: true }));
});

it('a run without steps, and one of which nothing is known yet', async () => {
  const [header, ...rest] = goldenEvents('lighthouse');
  const empty = watchRun('run-1', 'lighthouse', false);
  empty.take({ type: 'feed.caught-up' });
  empty.take({ ...(header as EventOf<'run.started'>), steps: [] });
  await frames('without-steps', empty.picture());
  expect(rest.length).toBeGreaterThan(0);
  await frames('attaching', watchRun('run-1', 'lighthouse', false).picture());
});

it('two hundred steps: the one at work is in sight, and how many there are above and below', async () => {
  const header = goldenEvents('lighthouse')[0] as EventOf<'run.started'>;
  const steps = Array.from({ length: 200 }, (_, at) => ({
    id: step(`s${at + 1}`),
    title: `Put the account of user number ${at + 1} in place`,
    uses: 'host.user',
  }));
  const watch = watchRun(header.run, header.deployment, false);
  watch.take({ type: 'feed.caught-up' });
  watch.take({ ...header, steps });
  let seq = 1;
  const event = { v: 1, prev: '', sum: '' } as const;
  const at = (): string => new Date(Date.parse(header.at) + 700 * seq).toISOString();
  for (const { id } of steps.slice(0, 120)) {
    watch.take({ ...event, type: 'step.started', seq: ++seq, at: at(), step: id, attempt: 1 });
    watch.take({
      ...event,
      type: 'step.finished',
      seq: ++seq,
      at: at(),
      step: id,
      attempt: 1,
      outcome: seq % 5 === 0 ? 'ok' : 'changed',
    });
  }
  watch.take({ ...event, type: 'step.started', seq: ++seq, at: at(), step: step('s121'), attempt: 1 });
  await frames('200-steps', watch.picture(), { after: 4_000 });
});

it('a window that is too small says so, and that the run goes on', async () => {
  const page = withPicture(runPageOf(goldenPicture('lighthouse', { upTo: 31 })), goldenPicture('lighthouse', { upTo: 31 }));
  const size = { columns: 60, rows: 20 };
  const app: AppState = { pages: [firstHome, page], mouse: false, now: 0 };
  await expectFrame('run-too-small', <Screen state={app} {...size} style={COLOUR} {...takesAll} />, { ...size, style: COLOUR });
});
