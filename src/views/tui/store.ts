import type { AppState } from './app-state.ts';
import { updateApp } from './app-update.ts';
import type { Intent } from './intent.ts';
import type { Message } from './message.ts';
import type { Around } from './page.ts';

/** When the next frame may be drawn. */
export interface Pace {
  /** Milliseconds to wait; 0 for at once. */
  waitMs(): number;
}

/** Holds the app's state; React draws what `snapshot` gives whenever `subscribe` calls. */
export interface Store {
  /** The state as it is to be drawn. */
  snapshot(): AppState;
  subscribe(changed: () => void): () => void;
  /** Something happened. */
  send(message: Message): void;
  /** The state as it is, which may not be drawn yet. */
  now(): AppState;
  close(): void;
}

/** What the store needs of its surroundings. */
export interface StoreSetUp {
  readonly first: AppState;
  /** As it is now: the size changes, and so does the clock. */
  around(state: AppState): Around;
  /** Does what pages want done. */
  perform(intent: Intent): void;
  readonly pace: Pace;
}

/**
 * A store whose drawing keeps the pace: what happens between two frames is drawn with the next one, so that neither a flood of
 * output nor a key held down can flood the line to the operator.
 */
export function createStore({ first, around, perform, pace }: StoreSetUp): Store {
  let state = first;
  let drawn = first;
  let timer: NodeJS.Timeout | undefined;
  const followers = new Set<() => void>();

  const draw = (): void => {
    timer = undefined;
    if (drawn === state) return;
    drawn = state;
    for (const changed of followers) changed();
  };
  const soon = (): void => {
    if (timer !== undefined || drawn === state) return;
    const wait = pace.waitMs();
    if (wait <= 0) draw();
    else timer = setTimeout(draw, wait);
  };

  return {
    snapshot: () => drawn,
    now: () => state,
    subscribe(changed) {
      followers.add(changed);
      return () => followers.delete(changed);
    },
    send(message) {
      const turn = updateApp(state, message, around(state));
      state = turn.state;
      soon();
      for (const intent of turn.intents ?? []) perform(intent);
    },
    close() {
      clearTimeout(timer);
      followers.clear();
    },
  };
}
