import type { AppState } from './app-state.ts';
import { updateApp } from './app-update.ts';
import type { Intent } from './intent.ts';
import type { Message } from './message.ts';
import type { Around } from './page.ts';
import type { Pacer } from './terminal/metered-output.ts';

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
  /** Draws when it is time to: a key's frame at once nearly always, others when the output has room. */
  pacer(draw: () => void): Pacer;
}

/**
 * A store whose drawing keeps the pace: what happens between two frames is drawn with the next one, so that neither a flood of
 * output nor a key held down can flood the line to the operator.
 */
export function createStore({ first, around, perform, pacer }: StoreSetUp): Store {
  let state = first;
  let drawn = first;
  const followers = new Set<() => void>();

  const draw = (): void => {
    if (drawn === state) return;
    drawn = state;
    for (const changed of followers) changed();
  };
  const pace = pacer(draw);

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
      if (drawn !== state) pace.ask(message.kind === 'key' ? 'key' : 'output');
      for (const intent of turn.intents ?? []) perform(intent);
    },
    close() {
      pace.stop();
      followers.clear();
    },
  };
}
