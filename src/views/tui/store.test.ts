import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Question } from '../../model/questions.ts';
import type { StepId } from '../../model/step-id.ts';
import { busyEvents } from '../../testing/asking-run.ts';
import { takesAll } from '../../testing/fake-desk.ts';
import { eventOf } from '../../testing/fake-run.ts';
import { firstPlan, sampleDraft } from '../../testing/plan-samples.ts';
import type { AppState } from './app-state.ts';
import { firstHome } from './home/home-state.ts';
import type { Intent } from './intent.ts';
import { ready } from './loaded.ts';
import { planOf } from './plan/plan-state.ts';
import { runPageOf } from './run/run-page-state.ts';
import { watchRun } from './run/run-picture.ts';
import { createStore, type Store } from './store.ts';
import { createPacer, type MeteredOutput, type TerminalOutput } from './terminal/metered-output.ts';

const first: AppState = { pages: [firstHome], mouse: false, now: 0 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function storeWith(output: Pick<MeteredOutput<TerminalOutput>, 'wait'>): {
  readonly store: Store;
  readonly frames: () => number;
  readonly wanted: readonly Intent[];
} {
  const wanted: Intent[] = [];
  const store = createStore({
    first,
    around: ({ now }) => ({ columns: 80, rows: 20, style: { colour: false, unicode: true }, now, ...takesAll }),
    perform: (intent) => void wanted.push(intent),
    pacer: (draw) => createPacer(output, draw),
  });
  let frames = 0;
  store.subscribe(() => {
    frames++;
  });
  return { store, frames: () => frames, wanted };
}

/** Every frame has to wait once for so long. */
function held(ms: number): Pick<MeteredOutput<TerminalOutput>, 'wait'> {
  const until = Date.now() + ms;
  return { wait: () => Math.max(0, until - Date.now()) };
}

test('what happens between two frames is drawn with the next one', () => {
  const { store, frames } = storeWith(held(50));
  for (let now = 1; now <= 1000; now++) store.send({ kind: 'tick', now });
  expect(frames()).toBe(0);
  expect(store.now().now).toBe(1000);
  vi.advanceTimersByTime(50);
  expect(frames()).toBe(1);
  expect(store.snapshot().now).toBe(1000);
});

test('a key does not wait for the frame that output has to wait for', () => {
  const { store, frames } = storeWith({ wait: (cause) => (cause === 'key' ? 0 : 4000) });
  store.send({ kind: 'tick', now: 1 });
  expect(frames()).toBe(0);
  store.send({ kind: 'key', key: { kind: 'text', text: 'x' } });
  expect(frames()).toBe(1);
  vi.advanceTimersByTime(4000);
  expect(frames()).toBe(1);
});

test('what changes nothing draws nothing', () => {
  const { store, frames } = storeWith(held(0));
  store.send({ kind: 'back' });
  store.send({ kind: 'home' });
  expect(frames()).toBe(0);
});

test('what pages want done is done after the state has changed, once', () => {
  const { store, wanted } = storeWith(held(0));
  store.send({ kind: 'key', key: { kind: 'ctrl', letter: 'r' } });
  expect(wanted).toEqual([{ kind: 'load-home' }]);
});

test('after its end nothing is drawn', () => {
  const { store, frames } = storeWith(held(50));
  store.send({ kind: 'tick', now: 1 });
  store.close();
  vi.advanceTimersByTime(1000);
  expect(frames()).toBe(0);
});

/** A run of two questions; the second one comes when the first was answered. */
function asking(draws: () => boolean) {
  let now = 1000;
  const answered: string[] = [];
  const watch = watchRun('run-1', 'cloud', false);
  watch.take({ type: 'feed.caught-up' });
  for (const [at, body] of busyEvents().entries()) watch.take(eventOf(body, at + 1));
  let seq = busyEvents().length;
  const store: Store = createStore({
    first: { ...first, pages: [firstHome, runPageOf(watch.picture())] },
    around: () => ({ columns: 80, rows: 20, style: { colour: false, unicode: true }, now: 0, ...takesAll }),
    perform: (intent) => {
      if (intent.kind === 'request' && intent.request.kind === 'answer') answered.push(intent.request.id);
    },
    pacer: (draw) => ({ ask: () => (draws() ? draw() : undefined), stop: () => undefined }),
    now: () => now,
  });
  return {
    answered,
    ask(id: string) {
      const question = { id, about: 'manual', data: { markdown: 'Do it.' }, takes: { choices: ['done'] } } as const;
      watch.take(eventOf({ type: 'question.asked', question }, ++seq));
      store.send({ kind: 'news', news: { kind: 'run', picture: watch.picture() } });
    },
    press(text: string, after = 0) {
      now += after;
      store.send({ kind: 'key', key: { kind: 'text', text } });
    },
  };
}

test('a key that is held down, or pressed twice, answers the question that was seen and not the next one', () => {
  const { answered, ask, press } = asking(() => true);
  ask('one');
  press('d');
  ask('two');
  press('d', 150);
  for (let repeat = 0; repeat < 50; repeat++) press('d', 30);
  expect(answered).toEqual(['one']);
  press('d', 400);
  expect(answered).toEqual(['one', 'two']);
});

test('a key does not answer a question that is not drawn yet', () => {
  let draws = true;
  const { answered, ask, press } = asking(() => draws);
  draws = false;
  ask('one');
  press('d', 5000);
  expect(answered).toEqual([]);
  draws = true;
  press('d', 5000);
  press('d', 5000);
  expect(answered).toEqual(['one']);
});

test('a key that was pressed while a plan was made does not approve it', () => {
  let now = 1000;
  const wanted: Intent[] = [];
  const store = createStore({
    first: { ...first, pages: [firstHome, planOf(sampleDraft, {}, { asked: 1, since: 0 })] },
    around: () => ({ columns: 80, rows: 20, style: { colour: false, unicode: true }, now: 0, ...takesAll }),
    perform: (intent) => void wanted.push(intent),
    pacer: (draw) => ({ ask: draw, stop: () => undefined }),
    now: () => now,
  });
  const yes = (after: number): void => {
    now += after;
    store.send({ kind: 'key', key: { kind: 'text', text: 'y' } });
  };
  yes(1000);
  store.send({ kind: 'news', news: { kind: 'plan', asked: 1, plan: ready(firstPlan) } });
  yes(100);
  expect(wanted).toEqual([]);
  yes(1000);
  expect(wanted).toEqual([{ kind: 'start', plan: firstPlan }]);
});

test('the rest of what was typed for a program that lost its terminal is no command', () => {
  const { store, wanted } = storeWith({ wait: () => 0 });
  const question: Question = { id: 'q', about: 'dialog', data: {}, takes: { choices: ['stop'] } };
  const picture = {
    columns: 80,
    rows: 18,
    lines: [],
    wrapped: [],
    alternate: false,
    modes: { applicationCursor: false, bracketedPaste: false },
  };
  const watch = watchRun('run-1', 'toy', false, 'us');
  watch.take({ type: 'feed.caught-up' });
  const events = busyEvents();
  for (const [at, event] of events.entries()) watch.take(eventOf(event, at + 1));
  watch.take(eventOf({ type: 'question.asked', question }, events.length + 1));
  const step = 'it' as StepId;
  const showBy = (by: string): void => {
    watch.take({ type: 'step.terminal', step, question: 'q', picture, by });
    store.send({ kind: 'news', news: { kind: 'run', picture: watch.picture() } });
  };
  const press = (text: string): void => {
    if (!store.typed(text))
      store.send({ kind: 'key', key: text === '\r' ? { kind: 'named', name: 'enter' } : { kind: 'text', text } });
    vi.advanceTimersByTime(100);
  };
  watch.take({ type: 'step.terminal', step, question: 'q', picture });
  store.send({ kind: 'open', page: runPageOf(watch.picture()) });
  vi.advanceTimersByTime(1000);
  press('\r');
  showBy('us');
  press('a');
  showBy('somebody else');
  for (const letter of 'llll\r') press(letter);
  const done = wanted.flatMap((one) =>
    one.kind === 'terminal' ? [one.act.act] : one.kind === 'request' ? [one.request.kind] : [],
  );
  expect(done).toEqual(['take', 'type']);
  vi.advanceTimersByTime(1000);
  press('l');
  expect(wanted.at(-1)).toEqual({ kind: 'request', request: { kind: 'stop', when: 'now' } });
});
