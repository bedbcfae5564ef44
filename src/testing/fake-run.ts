import type { RunLink } from '../model/dispatch.ts';
import type { EventBody, JournalEvent, LiveEvent } from '../model/events.ts';
import type { Failure } from '../model/failure.ts';
import type { FeedItem, Request } from '../model/feed.ts';
import { emptyRun, fold, type RunState } from '../model/run-state.ts';
import { type Life, live } from './fixtures/toy-story.ts';

/** A running run that a test writes as it goes: what it shows, and what was asked of it. */
export interface FakeRun {
  readonly link: RunLink;
  /** All that was requested so far, in order. */
  readonly requests: readonly Request[];
  /** The facts so far, folded. */
  readonly state: RunState;
  /** Shows a fact, numbered and dated (one and a half seconds after the one before). */
  tell(...facts: readonly EventBody[]): void;
  /** Shows what passes by. */
  show(...items: readonly LiveEvent[]): void;
  /** The line goes down: the run came to its end, or (with a failure) its process did before. */
  end(failure?: Failure): void;
}

/** How a fake run goes about requests. */
export interface FakeRunRules {
  readonly run?: string;
  readonly deployment?: string;
  /** What it has shown before anybody asks for something. */
  readonly begin?: (run: FakeRun) => void;
  /** What it does about a request. An answer is in the feed by then; a `leave` has taken the line down. */
  readonly heed?: (request: Request, run: FakeRun) => void;
}

/** A run whose feed a test writes. An answer to the open question becomes an event at once, as with a real one. */
export function createFakeRun(rules: FakeRunRules = {}): FakeRun {
  const { run = 'run-1', deployment = 'toy' } = rules;
  const tape = createTape();
  const requests: Request[] = [];
  let state = emptyRun;
  const fake: FakeRun = {
    link: {
      run,
      deployment,
      feed: { items: tape.items },
      control: {
        request(request) {
          requests.push(request);
          if (request.kind === 'answer' && state.question?.id === request.id)
            fake.tell({ type: 'question.answered', id: request.id, answer: request.answer, by: 'operator' });
          if (request.kind === 'leave') tape.end(undefined);
          rules.heed?.(request, fake);
        },
      },
      ended: tape.ended,
    },
    requests,
    get state() {
      return state;
    },
    tell(...facts) {
      for (const fact of facts) {
        const event = eventOf(fact, state.seq + 1);
        state = fold(state, event);
        tape.add(event);
      }
    },
    show: (...items) => items.forEach(tape.add),
    end: tape.end,
  };
  rules.begin?.(fake);
  return fake;
}

/** A body as the journal would have it, but for its chain. */
export function eventOf(body: EventBody, seq: number): JournalEvent {
  const at = new Date(Date.UTC(2026, 0, 1, 12) + 1_500 * seq).toISOString();
  return JSON.parse(JSON.stringify({ v: 1, seq, at, ...body, prev: '', sum: '' })) as JournalEvent;
}

/**
 * A real run of toy steps behind a link. Its plan is approved by `standing`, as that of a run which was begun with a
 * plan; `life` says the rest. `lived` is what is left of it; it goes on when the line is let go.
 */
export function linkToLife(
  life: Omit<Life, 'view'>,
  deployment = 'toy',
): { readonly link: RunLink; readonly lived: Promise<unknown> } {
  const tape = createTape();
  let request: (request: Request) => void = () => undefined;
  const lived = live({
    ...life,
    standing: { approvePlan: true, ...life.standing },
    attended: true,
    view: {
      async follow(feed, control) {
        request = (asked) => control?.request(asked);
        for await (const item of feed.items) tape.add(item);
        tape.end(undefined);
      },
    },
  });
  return {
    link: {
      run: life.past?.[0]?.type === 'run.started' ? life.past[0].run : 'run-1',
      deployment,
      feed: { items: tape.items },
      control: {
        request(asked) {
          if (asked.kind === 'leave') tape.end(undefined);
          else request(asked);
        },
      },
      ended: tape.ended,
    },
    lived,
  };
}

/** Items that come one after the other, for anybody who reads them, from the first to the end. */
interface Tape {
  readonly items: AsyncIterable<FeedItem>;
  readonly ended: Promise<Failure | undefined>;
  add(item: FeedItem): void;
  end(failure?: Failure): void;
}

function createTape(): Tape {
  const items: FeedItem[] = [];
  let over = false;
  let wake = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Failure | undefined>();
  const stir = (): void => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  return {
    items: {
      async *[Symbol.asyncIterator]() {
        for (let at = 0; ; ) {
          const item = items[at];
          if (item !== undefined) {
            at++;
            yield item;
          } else if (over) return;
          else await wake.promise;
        }
      },
    },
    ended: ended.promise,
    add(item) {
      if (over) return;
      items.push(item);
      stir();
    },
    end(failure) {
      if (over) return;
      over = true;
      stir();
      // Who follows the feed sees its end first, as over a socket.
      setImmediate(() => ended.resolve(failure));
    },
  };
}
