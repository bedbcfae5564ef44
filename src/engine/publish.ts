import type { EventBody, JournalEvent, LiveEvent } from '../model/events.ts';
import type { FeedItem, RunFeed, WatchFrom } from '../model/feed.ts';
import type { Vault } from '../model/ports.ts';
import { redactEvent } from '../model/redact-event.ts';
import { createRedactor, type Redactor } from '../model/redactor.ts';
import { fold, type RunState } from '../model/run-state.ts';
import type { JournalPort } from './outside.ts';

/** How many live items a stalled view may have waiting; the oldest are dropped first. Facts never are. */
const LIVE_BACKLOG = 10_000;
/** And how many characters of output: lines may be long. */
const LIVE_CHARACTERS = 8_000_000;

/** The one place where facts are written and where views get what they see. */
export interface Publisher {
  /** The state after all that was appended. */
  readonly state: RunState;
  /** Redacts, appends, folds, then shows. Resolves when the fact is written. */
  append(event: EventBody, options?: { readonly sync?: boolean }): Promise<JournalEvent>;
  /** Shows without keeping. */
  show(item: LiveEvent): void;
  /** The redactor for the secrets that exist now. */
  redactor(): Redactor;
  /** From the first event, then following until `close`; by default from this process's beginning. Every follower has its own place. */
  feed(from?: WatchFrom): RunFeed;
  /** Ends all feeds. */
  close(): void;
}

/** A publisher for a run whose events so far are `past` (none for a new run). */
export function createPublisher(journal: JournalPort, vault: Vault, past: readonly JournalEvent[], state: RunState): Publisher {
  const events: JournalEvent[] = [...past];
  const followers = new Set<Follower>();
  let now = state;
  let closed = false;
  /** The terminal that can be taken, for who comes later. */
  let terminal: LiveEvent | undefined;
  const currentRedactor = redactorFor(vault);

  return {
    get state() {
      return now;
    },
    async append(event, options) {
      const written = await journal.append(redactEvent(event, currentRedactor()), options);
      now = fold(now, written);
      events.push(written);
      for (const follower of followers) follower.give(written);
      return written;
    },
    show(item) {
      if (item.type === 'step.terminal') terminal = item.picture === undefined ? undefined : item;
      for (const follower of followers) follower.giveLive(item);
    },
    redactor: currentRedactor,
    feed(from = 'begin') {
      const caughtUp = from === 'begin' ? past.length : events.length;
      const follower = createFollower(events.slice(0, caughtUp), events.slice(caughtUp), () => followers.delete(follower));
      if (terminal !== undefined) follower.giveLive(terminal);
      if (closed) follower.end();
      else followers.add(follower);
      return { items: follower.items };
    },
    close() {
      closed = true;
      for (const follower of followers) follower.end();
      followers.clear();
    },
  };
}

/**
 * Makes a redactor when it is first asked for, and a new one whenever the vault holds a value that it did not know. A
 * value that was replaced stays known: it may still be printed.
 */
export function redactorFor(vault: Vault): () => Redactor {
  const known = new Set<string>();
  let redactor = createRedactor([]);
  return () => {
    const before = known.size;
    for (const value of vault.everyValue()) known.add(value);
    if (known.size !== before) redactor = createRedactor([...known]);
    return redactor;
  };
}

interface Follower {
  readonly items: AsyncIterable<FeedItem>;
  give(event: JournalEvent): void;
  giveLive(item: LiveEvent): void;
  end(): void;
}

function createFollower(past: readonly JournalEvent[], since: readonly JournalEvent[], left: () => void): Follower {
  const waiting: FeedItem[] = [...past, { type: 'feed.caught-up' }, ...since];
  let live = 0;
  let characters = 0;
  let ended = false;
  let wake: (() => void) | undefined;
  const stir = (): void => {
    wake?.();
    wake = undefined;
  };
  const forget = (item: FeedItem): void => {
    live--;
    characters -= charactersOf(item);
  };
  async function* items(): AsyncGenerator<FeedItem> {
    try {
      while (true) {
        const item = waiting.shift();
        if (item !== undefined) {
          if (passes(item)) forget(item);
          yield item;
        } else if (ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      left();
    }
  }
  return {
    items: items(),
    give(event) {
      waiting.push(event);
      stir();
    },
    giveLive(item) {
      // Of pictures only the last counts: who reads slowly sees fewer.
      if (item.type === 'step.terminal') {
        const older = waiting.findLastIndex(({ type }) => type === 'step.terminal');
        if (older >= 0) for (const dropped of waiting.splice(older, 1)) forget(dropped);
      }
      waiting.push(item);
      live++;
      characters += charactersOf(item);
      while (live > LIVE_BACKLOG || (characters > LIVE_CHARACTERS && live > 1)) {
        for (const dropped of waiting.splice(waiting.findIndex(passes), 1)) forget(dropped);
      }
      stir();
    },
    end() {
      ended = true;
      stir();
    },
  };
}

/** May it be dropped? Neither a fact nor the mark between past and present. */
function passes(item: FeedItem): boolean {
  return !('seq' in item) && item.type !== 'feed.caught-up';
}

function charactersOf(item: FeedItem): number {
  return item.type === 'step.output' ? item.text.length : 0;
}
