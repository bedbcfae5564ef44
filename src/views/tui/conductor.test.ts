import { expect, test, vi } from 'vitest';
import type { RunLink } from '../../model/dispatch.ts';
import type { EventBody } from '../../model/events.ts';
import { fail } from '../../model/failure.ts';
import { openApp } from '../../testing/app-under-test.tsx';
import { busyEvents, failureQuestion } from '../../testing/asking-run.ts';
import { createFakeDesk } from '../../testing/fake-desk.ts';
import { createFakeRun, type FakeRun } from '../../testing/fake-run.ts';
import { KEYS } from '../../testing/keys.ts';
import type { AppState } from './app-state.ts';
import { type Conductor, createConductor } from './conductor.ts';
import { firstHome } from './home/home-state.ts';
import type { Message } from './message.ts';

/** A conductor whose messages are kept, over a desk whose runs begin when the test says so. */
function conducted(): {
  readonly conductor: Conductor;
  readonly sent: Message[];
  begun(link: RunLink): void;
  refused(error: unknown): void;
} {
  const beginning = Promise.withResolvers<RunLink>();
  const sent: Message[] = [];
  const state: AppState = { pages: [firstHome], mouse: false, now: 0 };
  const conductor = createConductor({
    ...createFakeDesk({ run: () => beginning.promise }),
    send: (message) => void sent.push(message),
    state: () => state,
    quit: () => undefined,
    copy: () => false,
    shell: async () => undefined,
    lend: async () => undefined,
    mouse: () => undefined,
  });
  return { conductor, sent, begun: beginning.resolve, refused: beginning.reject };
}

test('a run that begins while the operator quits is the one that was watched last, and is let go', async () => {
  const { conductor, begun } = conducted();
  const run = createFakeRun({ run: 'run-9', deployment: 'cloud' });
  conductor.perform({ kind: 'attach', run: 'run-9' });
  conductor.perform({ kind: 'quit' });
  const settled = conductor.settled();
  begun(run.link);
  await settled;
  expect(conductor.lastRun()).toMatchObject({ run: 'run-9', deployment: 'cloud', past: false });
  expect(run.requests).toEqual([{ kind: 'leave' }]);
});

test('what keeps a run from beginning while the operator quits is told at the end', async () => {
  const { conductor, sent, refused } = conducted();
  conductor.perform({ kind: 'resume', run: 'run-9' });
  const settled = conductor.settled();
  refused(fail('run.held', 'Another has it.'));
  await expect(settled).rejects.toMatchObject({ failure: { code: 'run.held' } });
  expect(sent.filter(({ kind }) => kind === 'trouble')).toEqual([]);
});

test('while two things are under way, the end of one does not say that nothing is', async () => {
  const { conductor, sent, begun } = conducted();
  conductor.perform({ kind: 'attach', run: 'run-9' });
  conductor.perform({ kind: 'open-inputs', ref: 'toy' });
  await vi.waitFor(() => expect(sent).toContainEqual({ kind: 'busy', what: 'attaching' }));
  await vi.waitFor(() => expect(sent.filter(({ kind }) => kind === 'busy')).toHaveLength(3));
  expect(sent.filter(({ kind }) => kind === 'busy').at(-1)).toEqual({ kind: 'busy', what: 'attaching' });
  begun(createFakeRun().link);
  await vi.waitFor(() => expect(sent.filter(({ kind }) => kind === 'busy').at(-1)).toEqual({ kind: 'busy', what: undefined }));
});

test('a page that is asked for twice opens once', async () => {
  const app = openApp(createFakeDesk());
  await app.shows('toy');
  await app.type(KEYS.enter);
  await app.shows('Toy');
  await app.type(`${KEYS.enter}${KEYS.enter}`);
  await app.shows('inputs');
  expect(app.state().pages.map(({ kind }) => kind)).toEqual(['home', 'recipe', 'inputs']);
});

test('what is read for a page does not open it where the operator has gone elsewhere meanwhile', async () => {
  const desk = createFakeDesk();
  const drafting = Promise.withResolvers<void>();
  const draft: typeof desk.dispatch.draft = async (...asked) => {
    await drafting.promise;
    return desk.dispatch.draft(...asked);
  };
  const app = openApp({ ...desk, dispatch: { ...desk.dispatch, draft } });
  await app.shows('toy');
  await app.type(KEYS.enter);
  await app.shows('Toy');
  await app.type(KEYS.enter);
  await app.shows('reading');
  await app.type(KEYS.escape);
  drafting.resolve();
  await app.hides('reading');
  expect(app.state().pages.map(({ kind }) => kind)).toEqual(['home']);
});

test('a run that was told to stop and is taken up again is not stopping any more', async () => {
  const [first, second] = [goingOn(), goingOn()];
  const links = [first.link, second.link];
  const app = openApp(createFakeDesk({ run: () => links.shift() as RunLink }), { first: { kind: 'attach', run: 'run-1' } });
  await app.shows('Create the fi');
  await app.type(KEYS.ctrl('c'), 'n');
  await app.shows('stopping');
  first.tell({ type: 'run.stopped', reason: 'interrupted' });
  first.end();
  await app.shows('Stopped: interrupted');
  await app.type('r');
  await app.hides('Stopped: interrupted');
  expect(app.screen()).not.toContain('stopping');
  await app.type(KEYS.ctrl('c'));
  await app.shows('stop after this step');
});

test('where nothing is drawn because the window is too small no key does anything, but Ctrl-C leaves', async () => {
  const run = goingOn({ type: 'question.asked', question: { id: 'q', ...failureQuestion() } });
  const app = openApp(createFakeDesk({ run: () => run.link }), { rows: 23, first: { kind: 'attach', run: 'run-1' } });
  await app.shows('The run goes on.');
  await app.type('r', KEYS.enter, 'q');
  expect(run.requests).toEqual([]);
  await app.type(KEYS.ctrl('c'));
  expect([app.quit(), run.requests]).toEqual([true, [{ kind: 'leave' }]]);
});

function goingOn(...more: readonly EventBody[]): FakeRun {
  const run = createFakeRun({ run: 'run-1', deployment: 'cloud' });
  run.show({ type: 'feed.caught-up' });
  run.tell(...busyEvents(), ...more);
  return run;
}
