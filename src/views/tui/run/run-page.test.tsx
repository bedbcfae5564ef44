import { renderToString } from 'ink';
import { expect, it, vi } from 'vitest';
import type { EventBody } from '../../../model/events.ts';
import { fail } from '../../../model/failure.ts';
import { isLive } from '../../../model/feed.ts';
import type { StepId } from '../../../model/step-id.ts';
import { type AppUnderTest, openApp, PLAIN } from '../../../testing/app-under-test.tsx';
import { createFakeDesk, type FakeDesk, runStarted, takesAll } from '../../../testing/fake-desk.ts';
import { createFakeRun, type FakeRun } from '../../../testing/fake-run.ts';
import { ATTACK } from '../../../testing/fixtures/toy-story.ts';
import { goldenEvents, goldenPicture, printed, watchGolden } from '../../../testing/golden-runs.ts';
import { KEYS } from '../../../testing/keys.ts';
import type { AppState } from '../app-state.ts';
import { firstHome } from '../home/home-state.ts';
import { Screen } from '../screen.tsx';
import { runPage } from './run-page.tsx';
import { runPageOf } from './run-page-state.ts';
import type { RunPicture } from './run-picture.ts';

const id = (name: string): StepId => name as StepId;
const STEPS = ['folder', 'image', 'start'].map((name) => ({ id: id(name), title: `Do the ${name}`, uses: `toy.${name}` }));
const CAUGHT_UP = { type: 'feed.caught-up' } as const;
const started = (step: string): EventBody => ({ type: 'step.started', step: id(step), attempt: 1 });
const done = (step: string): EventBody => ({ type: 'step.finished', step: id(step), attempt: 1, outcome: 'changed' });
const lines = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `line ${at + 1}.`);

interface Opened {
  readonly app: AppUnderTest;
  readonly desk: FakeDesk;
  readonly run: FakeRun;
}

/** The run page on a run whose first step is done and whose second is at work. */
async function openRun(more: { output?: (step: string) => readonly string[]; late?: boolean } = {}): Promise<Opened> {
  const run = createFakeRun({
    begin(fake) {
      if (more.late !== true) fake.show(CAUGHT_UP);
      fake.tell(runStarted({ steps: STEPS }), started('folder'), done('folder'), started('image'));
      if (more.late === true) fake.show(CAUGHT_UP);
    },
  });
  const desk = createFakeDesk({ run: () => run.link, output: (_, step) => more.output?.(step) ?? [] });
  const app = openApp(desk, { first: { kind: 'attach', run: 'run-1' } });
  await app.shows('2/3 Do the image');
  return { app, desk, run };
}

/** A screen with this picture on the run page, at a moment. */
function drawn(picture: RunPicture, now: number, columns = 80, rows = 24): string {
  const state: AppState = { pages: [firstHome, runPageOf(picture)], mouse: false, now };
  return renderToString(<Screen state={state} columns={columns} rows={rows} style={PLAIN} {...takesAll} />, {
    columns,
  });
}

it('the output is followed; back from its end it stands still while more comes, and End follows again', async () => {
  const { app, run } = await openRun();
  run.show(...printed('image', lines(50)));
  await app.shows('line 50.');
  await app.type(KEYS.pageUp);
  await app.hides('line 50.');
  await app.shows('End follows');
  const before = app.screen();
  run.show(...printed('image', ['line 51.']));
  await app.shows('16 below');
  expect(app.screen().replace('16 below', '15 below')).toBe(before);
  await app.type(KEYS.end);
  await app.shows('line 51.');
  await app.hides('End follows');
  await app.type(KEYS.home);
  await app.shows('line 1.');
  await app.type('f');
  await app.shows('line 51.');
});

it('what is sought is found upwards, then further up and down again, and Escape ends the search before it leads home', async () => {
  const { app, run } = await openRun();
  run.show(...printed('image', lines(100)));
  await app.shows('line 100.');
  await app.type('/', 'e', ' ', '4', KEYS.enter);
  await app.shows('› line 49.');
  await app.type('n');
  await app.shows('› line 48.');
  await app.type('N');
  await app.shows('› line 49.');
  await app.type('N');
  await app.shows('Not found further down');
  await app.type(KEYS.escape);
  await app.hides('/e 4');
  expect(app.screen()).toContain('Do the image');
});

it('the letters of what is sought are no commands, and Escape leaves it', async () => {
  const { app, run } = await openRun();
  run.show(...printed('image', lines(3)));
  await app.shows('line 3.');
  await app.type('/', 'z', 'c', '?', 'q');
  await app.shows('/ zc?q');
  expect(app.copied).toEqual([]);
  await app.type(KEYS.escape);
  await app.hides('/ zc?q');
  expect(app.screen()).toContain('line 3.');
});

it('Tab gives the arrows to the steps: an earlier one shows what it printed, read from the record once', async () => {
  const { app, desk } = await openRun({ late: true, output: (step) => (step === 'folder' ? ['made a folder'] : []) });
  await app.type(KEYS.tab, KEYS.up);
  await app.shows('1/3 Do the folder');
  await app.shows('made a folder');
  await app.type(KEYS.down, KEYS.down);
  await app.shows('3/3 Do the start');
  await app.type('f');
  await app.shows('2/3 Do the image');
  expect(desk.asked.map(({ what }) => what)).toEqual(['attach']);
});

it('of a step that was at work before we looked, what it printed before comes from the record, nothing twice', async () => {
  const { app, run } = await openRun({ late: true, output: (step) => (step === 'image' ? ['first', 'second'] : []) });
  await app.shows('second');
  run.show(...printed('image', ['third']));
  await app.shows('third');
  expect(app.screen().match(/second/g)).toHaveLength(1);
});

it('a file that lagged behind is read again once more lines were seen, so that no line is missing between', async () => {
  const file = ['first', 'second'];
  const { app, run } = await openRun({ late: true, output: (step) => (step === 'image' ? [...file] : []) });
  await app.shows('second');
  file.push('third', 'fourth', 'fifth', 'sixth', 'seventh');
  run.show(...printed('image', file.slice(3)));
  await app.shows('third');
  for (const line of file) expect(app.screen().split(line)).toHaveLength(2);
});

it('the lines in sight are copied as they were printed, whole, without what moves a cursor', async () => {
  const { app, run } = await openRun();
  const long = 'x'.repeat(200);
  run.show(...printed('image', [`a\u001b[31mb`, long]));
  await app.shows('xxx');
  await app.type('c');
  await vi.waitFor(() => expect(app.copied).toEqual([`ab\n${long}`]));
});

it('z gives the right side all the width and w lets long lines go on below', async () => {
  const { app, run } = await openRun();
  run.show(...printed('image', [`${'x'.repeat(90)}END`]));
  await app.shows('xxx');
  expect(app.screen()).not.toContain('END');
  await app.type('w');
  await app.shows('END');
  await app.type('z');
  await app.hides('1 ± Do the folder');
  await app.type('z');
  await app.shows('1 ± Do the folder');
});

it('a question takes the right side and the keys; Tab looks at the steps meanwhile, and its answer gives them back', async () => {
  const { app, run } = await openRun();
  run.tell({
    type: 'question.asked',
    question: {
      id: 'manual:image:5:1',
      about: 'manual',
      step: id('image'),
      attempt: 1,
      data: { markdown: 'Turn the key.' },
      takes: { choices: ['done'] },
    },
  });
  await app.shows('Turn the key.');
  await app.shows('waiting for your answer');
  await app.type(KEYS.tab, KEYS.up);
  await app.shows('1/3 Do the folder');
  await app.shows('A question is open');
  await app.type(KEYS.tab);
  await app.type(KEYS.tab);
  await app.shows('Turn the key.');
  run.link.control.request({ kind: 'answer', id: 'manual:image:5:1', answer: 'done' });
  await app.hides('Turn the key.');
  await app.shows('running for');
});

it('the end of the run takes the right side, whatever was looked at, and its steps can be looked at again', async () => {
  const { app, run } = await openRun();
  await app.type(KEYS.tab, KEYS.up);
  await app.shows('1/3 Do the folder');
  run.tell(done('image'), started('start'), done('start'), { type: 'run.finished', outcome: 'ok', finish: 'Open the door.' });
  await app.shows('Open the door.');
  await app.type(KEYS.tab, KEYS.up);
  await app.shows('3/3 Do the start');
  await app.type('f');
  await app.shows('Open the door.');
});

it('Escape leads home and says that the run goes on; the line is let go, the run is not stopped', async () => {
  const { app, run } = await openRun();
  await app.type(KEYS.escape);
  await app.shows('The run goes on.');
  expect(run.requests).toEqual([{ kind: 'leave' }]);
});

it('once its process is gone the page says so, and r resumes', async () => {
  const { app, desk, run } = await openRun();
  run.end(fail('run.process-gone', 'The process has ended.', { fault: 'environment' }).failure);
  await app.shows('The process of this run is gone.');
  await app.shows('broken off');
  await app.type('r');
  await vi.waitFor(() => expect(desk.asked.at(-1)).toEqual({ what: 'resume', run: 'run-1' }));
});

it('a second changes one place of one line, and a minute no more than two', () => {
  const picture = goldenPicture('lighthouse', { upTo: 31, live: printed('image', lines(30)) });
  const from = Date.parse(picture.state.at ?? '') + 200;
  const changed = (a: number, b: number, columns = 80, rows = 24): readonly string[] => {
    const [one, two] = [drawn(picture, a, columns, rows).split('\n'), drawn(picture, b, columns, rows).split('\n')];
    expect(one.length).toBe(two.length);
    return one.flatMap((line, at) => (line === two[at] ? [] : [`${at}: ${line.length === two[at]?.length}`]));
  };
  for (const second of [3, 12, 30, 58]) {
    expect(changed(from + second * 1000, from + (second + 1) * 1000)).toHaveLength(1);
    expect(changed(from + second * 1000, from + (second + 1) * 1000, 120, 40)).toHaveLength(1);
  }
  expect(changed(from + 50_000, from + 110_000)).toHaveLength(2);
});

it('where nothing happens nothing is drawn: the same picture at the same second is the same frame, and a question stops the clock', () => {
  const asked = goldenPicture('interrupted', { upTo: 21 });
  expect(runPage.clockRuns?.(runPageOf(asked))).toBe(false);
  expect(drawn(asked, 0)).toBe(drawn(asked, Date.parse('2027-01-01T00:00:00Z')));
  const stopped = goldenPicture('interrupted', { upTo: 46 });
  expect(runPage.clockRuns?.(runPageOf(stopped))).toBe(false);
});

it('without what passes by, only the live parts of the page are different', () => {
  const live = [
    ...printed('up', lines(40)),
    { type: 'step.progress', step: id('up'), text: 'waiting for lighthouse', done: 1, of: 4 } as const,
  ];
  const watch = watchGolden('lighthouse', { upTo: 44, live });
  const without = watchGolden('lighthouse', { upTo: 44, live: live.filter((item) => !isLive(item)) });
  const now = Date.parse(goldenEvents('lighthouse', 44).at(-1)?.at ?? '') + 5_000;
  const left = (picture: RunPicture): readonly string[] =>
    drawn(picture, now)
      .split('\n')
      .map((line) => line.slice(0, 30));
  expect(left(watch.picture()).slice(0, -1)).toEqual(left(without.picture()).slice(0, -1));
  const head = (picture: RunPicture): readonly string[] => drawn(picture, now).split('\n').slice(2, 4);
  expect(head(watch.picture())).toEqual(head(without.picture()));
  expect(watch.picture().state).toEqual(without.picture().state);
});

it('nothing that a program or a recipe says reaches a frame as a sequence: not in output, titles, progress or what is waited for', () => {
  const watch = watchGolden('interrupted', { upTo: 1 });
  const header = goldenEvents('interrupted', 1)[0];
  if (header?.type !== 'run.started') throw new Error('no header');
  watch.take({ ...header, deployment: ATTACK, steps: [{ id: id('one'), title: ATTACK, uses: ATTACK }] });
  watch.take({ v: 1, prev: '', sum: '', seq: 2, at: header.at, type: 'step.started', step: id('one'), attempt: 2 });
  watch.take({
    v: 1,
    prev: '',
    sum: '',
    seq: 3,
    at: header.at,
    type: 'step.intended',
    step: id('one'),
    attempt: 2,
    changes: [{ action: 'run', target: ATTACK, diff: ATTACK, property: ATTACK, before: ATTACK, after: ATTACK }],
  });
  for (const item of printed('one', [ATTACK, '\u001b[2J\u001b[H', '\u009b5m'])) watch.take(item);
  watch.take({ type: 'step.progress', step: id('one'), text: ATTACK, done: 1, of: 3 });
  watch.take({ type: 'run.waiting', text: ATTACK });
  const at = Date.parse(header.at);
  const frames = [drawn(watch.picture(), at), drawn(watch.picture(), at, 120, 40)];
  const state: AppState = {
    pages: [firstHome, { ...runPageOf(watch.picture()), details: true, found: { text: ATTACK } }],
    mouse: false,
    now: at,
  };
  frames.push(renderToString(<Screen state={state} columns={80} rows={24} style={PLAIN} {...takesAll} />, { columns: 80 }));
  for (const frame of frames) {
    expect(frame).toContain('forged');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what reaches a terminal is what this is about
    expect(frame.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
});
