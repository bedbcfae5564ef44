import type { AppState } from './app-state.ts';
import { takesTyped, updateApp } from './app-update.ts';
import type { Intent } from './intent.ts';
import { isCtrl, type Key } from './key.ts';
import type { Message } from './message.ts';
import type { Around } from './page.ts';
import type { Pacer } from './terminal/metered-output.ts';
import { whatAsks } from './what-asks.ts';

/** Holds the app's state; React draws what `snapshot` gives whenever `subscribe` calls. */
export interface Store {
  /** The state as it is to be drawn. */
  snapshot(): AppState;
  subscribe(changed: () => void): () => void;
  /** Something happened. */
  send(message: Message): void;
  /** The terminal sent something: false where no page takes it as it comes, so that it is keys. */
  typed(piece: string): boolean;
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
  /** Milliseconds of a clock that only goes forward. */
  now?(): number;
}

/** Who presses keys closer together than this has not read what came up between them. */
const UNREAD_MS = 300;

/**
 * A store whose drawing keeps the pace: what happens between two frames is drawn with the next one, so that neither a flood of
 * output nor a key held down can flood the line to the operator. A key answers only what was drawn, and not at once after
 * another key: a question that comes up under the operator's finger is not answered by what was meant for the last one.
 */
export function createStore({ first, around, perform, pacer, now = () => performance.now() }: StoreSetUp): Store {
  let state = first;
  let drawn = first;
  const followers = new Set<() => void>();

  const draw = (): void => {
    if (drawn === state) return;
    drawn = state;
    for (const changed of followers) changed();
  };
  const pace = pacer(draw);
  let lastKey: {
    readonly at: number;
    readonly key?: Key;
    readonly asked?: string | undefined;
    /** It was typed for a program on the page. */
    readonly forProgram?: true;
  } = { at: Number.NEGATIVE_INFINITY };

  /** Was the key meant for something else than what asks now? A key held down, one pressed twice, a letter of a text. */
  const isStray = (key: Key): boolean => {
    const at = now();
    const asks = whatAsks(state);
    const cameUp = asks !== undefined && asks !== lastKey.asked;
    const soon = at - lastKey.at < UNREAD_MS;
    const hasty = soon && (lastKey.key?.kind === 'text' || isSame(key, lastKey.key));
    // The rest of what was typed for a program that has ended meanwhile, or is in another's hand: in a password are letters.
    const forProgram = soon && lastKey.forProgram === true;
    const stray = !isCtrl(key, 'c') && (forProgram || (cameUp && (whatAsks(drawn) !== asks || hasty)));
    const { asked } = lastKey;
    lastKey = { at, key, asked, ...(forProgram ? { forProgram } : {}) };
    return stray;
  };

  const send = (message: Message): void => {
    if (message.kind === 'key' && isStray(message.key)) {
      if (drawn !== state) pace.ask('key');
      return;
    }
    const turn = updateApp(state, message, around(state));
    state = turn.state;
    const pressed = message.kind === 'key' || message.kind === 'typed';
    if (message.kind === 'typed') {
      // Whoever has let go of it himself types for us again.
      const still = takesTyped(state, around(state));
      lastKey = { at: now(), key: { kind: 'text', text: message.piece }, ...(still ? { forProgram: true } : {}) };
    }
    if (pressed) lastKey = { ...lastKey, asked: whatAsks(state) };
    if (drawn !== state) pace.ask(pressed ? 'key' : 'output');
    for (const intent of turn.intents ?? []) perform(intent);
  };

  return {
    snapshot: () => drawn,
    now: () => state,
    subscribe(changed) {
      followers.add(changed);
      return () => followers.delete(changed);
    },
    send,
    typed(piece) {
      const taken = takesTyped(state, around(state));
      if (taken) send({ kind: 'typed', piece });
      return taken;
    },
    close() {
      pace.stop();
      followers.clear();
    },
  };
}

function isSame(key: Key, other: Key | undefined): boolean {
  return JSON.stringify(key) === JSON.stringify(other);
}
