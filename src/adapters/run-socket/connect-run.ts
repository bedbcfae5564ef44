import { createConnection, type Socket } from 'node:net';
import type { JournalEvent } from '../../model/events.ts';
import { type Failure, fail } from '../../model/failure.ts';
import { type FeedItem, isLive, type RunControl, type RunFeed, type WatchFrom } from '../../model/feed.ts';
import { shortSocketName } from './socket-name.ts';
import { createLineCutter, type Ended, type Greeting, lineOf, PROTOCOL, parsedObject, type Told } from './wire.ts';

/** Where to connect to, and how. */
export interface ConnectOptions {
  readonly path: string;
  readonly watch: WatchFrom;
  /** What the record says after an event (0: all): asked where the line breaks off. Default: nothing more is known. */
  readonly recordAfter?: (seq: number) => Promise<readonly JournalEvent[]>;
}

/** A line to the process of a run. */
export interface RunLine {
  readonly greeting: Greeting;
  /** To be read by one. */
  readonly feed: RunFeed;
  /** `leave` lets go of the line, and of nothing else. */
  readonly control: RunControl;
  /** The line is down: undefined where the run came to its end or the line was let go, else why there is no more. */
  readonly ended: Promise<Failure | undefined>;
}

/** So long a process may take to greet: one that is stopped never does. */
const GREETING_MS = 10_000;
/** So many items may wait for a view before the process of the run is asked to hold back. */
const BACKLOG = 1_000;

/**
 * Connects to the process of a run. Throws `run.no-line` where none listens or it does not greet, `run.other-version` where it
 * speaks otherwise.
 */
export async function connectRun({ path, watch, recordAfter = async () => [] }: ConnectOptions): Promise<RunLine> {
  const socket = await connected(path);
  const greeted = Promise.withResolvers<Greeting>();
  const ended = Promise.withResolvers<Failure | undefined>();
  const queue = createQueue(
    () => socket.pause(),
    () => socket.resume(),
  );
  let seq = 0;
  /** Of what is past when a process begins nothing tells of that process's end. */
  let counts = watch === 'now';
  let over = false;
  let farewell: Ended | undefined;
  let left = false;

  const give = (item: FeedItem): void => {
    if (isLive(item)) counts ||= item.type === 'feed.caught-up';
    else {
      seq = item.seq;
      over = counts && (item.type === 'run.finished' || item.type === 'run.stopped');
    }
    queue.give(item);
  };
  const letGo = (): void => {
    left = true;
    queue.end();
    ended.resolve(undefined);
    socket.unref().end(lineOf({ kind: 'leave' }));
  };
  const heed = (line: string): void => {
    const told = parsedObject(line) as Told | undefined;
    if (left || typeof told?.type !== 'string') return;
    if (told.type === 'engine.greeting') greeted.resolve(told);
    else if (told.type === 'engine.ended') farewell = told;
    else give(told);
  };
  /** The record knows what was not told any more, because the process died or we did not read. */
  const close = async (): Promise<void> => {
    if (left) return;
    if (!over) for (const event of await recordAfter(seq).catch(() => [])) give(event);
    queue.end();
    if (farewell !== undefined) ended.resolve(farewell.failure);
    else ended.resolve(over ? undefined : gone());
  };
  const lines = createLineCutter(heed);
  socket.on('data', (chunk) => lines.take(chunk));
  socket.on('close', () => {
    greeted.reject(noLine('it ended without a word'));
    void close();
  });
  const patience = setTimeout(() => greeted.reject(noLine('it does not answer')), GREETING_MS);
  try {
    socket.write(lineOf({ watch }));
    const greeting = await greeted.promise;
    if (greeting.v !== PROTOCOL) throw otherVersion(greeting);
    return {
      greeting,
      feed: { items: queue.items },
      control: {
        request(request) {
          if (request.kind === 'leave') letGo();
          else if (socket.writable) socket.write(lineOf(request));
        },
      },
      ended: ended.promise,
    };
  } catch (error) {
    left = true;
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(patience);
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const refused = (cause: unknown): void => {
      const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
      reject(code === 'ENOENT' || code === 'ECONNREFUSED' ? noLine('none listens', cause) : noLine(code, cause));
    };
    try {
      const name = shortSocketName(path);
      const socket = createConnection(name.name);
      socket.once('error', refused).once('close', () => name.release());
      socket.once('connect', () => {
        name.release();
        socket.off('error', refused);
        // What goes wrong from now on ends the line, which is told by `close`.
        socket.on('error', () => socket.destroy());
        resolve(socket);
      });
    } catch (error) {
      refused(error);
    }
  });
}

interface Queue {
  readonly items: AsyncIterable<FeedItem>;
  give(item: FeedItem): void;
  end(): void;
}

/** What was told and not read yet. `full` and `roomy` hear when there is too much, and when there is room again. */
function createQueue(full: () => void, roomy: () => void): Queue {
  let waiting: FeedItem[] = [];
  let next = 0;
  let ended = false;
  let wake = (): void => undefined;
  async function* items(): AsyncGenerator<FeedItem> {
    while (true) {
      const item = waiting[next];
      if (item !== undefined) {
        next++;
        if (next === BACKLOG) {
          waiting = waiting.slice(next);
          next = 0;
          if (waiting.length < BACKLOG) roomy();
        }
        yield item;
      } else if (ended) {
        return;
      } else {
        waiting = [];
        next = 0;
        roomy();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    items: items(),
    give(item) {
      waiting.push(item);
      if (waiting.length - next >= BACKLOG) full();
      wake();
    },
    end() {
      ended = true;
      wake();
    },
  };
}

function gone(): Failure {
  return fail('run.engine-gone', 'The process of the run ended unexpectedly. Its record is whole up to there.', {
    fault: 'environment',
  }).failure;
}

function noLine(why: string, cause?: unknown): Error {
  return fail('run.no-line', `There is no line to the process of the run: ${why}.`, {
    fault: 'environment',
    retryable: true,
    cause,
  });
}

function otherVersion({ fairlead, run }: Greeting): Error {
  return fail('run.other-version', `Run ${run} is driven by another fairlead, ${fairlead}, which this one does not understand.`, {
    hints: ['Watch it with the fairlead that began it; or wait until it is done.'],
  });
}
