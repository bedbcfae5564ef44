import type { JournalEvent, LiveEvent } from './events.ts';
import type { Json } from './json.ts';

/** What a view sees, in order: the run's facts, and what passes by between them. */
export type FeedItem = JournalEvent | LiveEvent;

/** A run to watch: from its first event, then following. Plain JSON, so that it may cross a socket. */
export interface RunFeed {
  readonly items: AsyncIterable<FeedItem>;
}

/**
 * From where a run is watched. Who sees its process `begin` is shown all that happened in it; for who comes `now`, all that
 * happened so far is past. What is past comes before `feed.caught-up`.
 */
export type WatchFrom = 'begin' | 'now';

/** What a view may ask of a running run. Requests become events when they are accepted. */
export type Request =
  | { readonly kind: 'answer'; readonly id: string; readonly answer: Json }
  /** `now` a second time leaves behind what does not stop. */
  | { readonly kind: 'stop'; readonly when: 'after-step' | 'now' }
  /** Nobody is there to answer any more: the run goes on until something needs an answer. */
  | { readonly kind: 'leave' }
  | TerminalRequest;

/** What may be done with the terminal that `step.terminal` shows. */
export type TerminalAct =
  /** Whoever takes it last has it. It is as large as this then; `resize`: from now on. */
  | { readonly act: 'take' | 'resize'; readonly columns: number; readonly rows: number }
  /** As a terminal sends them. They are not kept anywhere. */
  | { readonly act: 'type'; readonly keys: string }
  /** `gone`: the view has gone away. */
  | { readonly act: 'give-back'; readonly gone?: true };

/** `question`: the one that is open about the terminal. `by`: whose hand it is in, a word of the asking view's own: of it alone keys are typed. */
export type TerminalRequest = { readonly kind: 'terminal'; readonly question: string; readonly by: string } & TerminalAct;

/** The way to speak to a running run. */
export interface RunControl {
  request(request: Request): void;
}

/**
 * A view follows a feed to its end. With a control it shows what happens from now on (what came before
 * `feed.caught-up` only tells it the state); without one it shows all: playback, a finished run.
 */
export interface View {
  follow(feed: RunFeed, control?: RunControl): Promise<void>;
}

/** Is it worth seeing only, not a fact? */
export function isLive(item: FeedItem): item is LiveEvent {
  return !('seq' in item);
}
