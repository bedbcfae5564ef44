import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AppState } from './app-state.ts';
import { firstHome } from './home/home-state.ts';
import type { Intent } from './intent.ts';
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
    around: ({ now }) => ({ columns: 80, rows: 20, style: { colour: false, unicode: true }, now, fault: () => undefined }),
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
