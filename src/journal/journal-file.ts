import { constants, writeSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EventBody, JournalEvent } from '../model/events.ts';
import { FairleadError, fail } from '../model/failure.ts';
import { createGroupedFlush } from './grouped-flush.ts';
import { encodeLine, FIRST_PREV } from './journal-line.ts';
import { errorCode, notWritable, reasonOf, waysToWrite } from './not-writable.ts';
import { readJournal } from './read-journal.ts';

/** What a journal needs of an open file. */
export interface JournalHandle {
  /** Gives these bytes to the kernel, at the end of the file, and says how many it took. Throws as `fs.writeSync` does. */
  write(bytes: Uint8Array, offset: number, length: number): number;
  /** Resolves when all that was written is on the disk itself. */
  datasync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** How events are dated, and what tests put in the place of the clock and the disk. */
export interface JournalOptions {
  readonly now?: () => Date;
  /** No event is dated before this moment, even if the clock says so: what came before it was written earlier. */
  readonly notBefore?: Date;
  readonly openFile?: (file: string, flags: number, mode: number) => Promise<JournalHandle>;
}

/** A journal open for writing. One process at a time: the deployment's lock sees to that. */
export interface Journal {
  readonly file: string;
  /**
   * Writes one event, after all that were appended before it, and answers what a reader of its line gets. With
   * `sync` it is on the disk itself before this resolves; otherwise it is with the kernel, which survives our
   * death, and reaches the disk within 64 events or 200 ms. Rejects with `journal.append-failed`; from then on the
   * journal refuses all events, so that a run never goes on without its record.
   */
  append(event: EventBody, options?: { readonly sync?: boolean }): Promise<JournalEvent>;
  /** All events from `fromSeq`, then those to come, until the journal is closed or the signal aborts. */
  follow(fromSeq?: number, signal?: AbortSignal): AsyncIterable<JournalEvent>;
  /** Flushes and closes; followers end once they have seen all. Rejects where a flush failed that no append told of. */
  close(): Promise<void>;
}

/** A journal opened to go on with. */
export interface OpenedJournal {
  readonly events: readonly JournalEvent[];
  readonly journal: Journal;
  /** There was a torn tail: it was moved there and cut off. */
  readonly repaired?: { readonly movedTo: string; readonly bytes: number };
}

/**
 * The file itself. A line is some hundred bytes for the kernel's memory: the way to a thread of the pool and back takes
 * many times as long as writing it, and three of them are written for each step. What waits for the disk stays asynchronous.
 */
export async function openFile(file: string, flags: number, mode: number): Promise<JournalHandle> {
  const handle = await open(file, flags, mode);
  return {
    write: (bytes, offset, length) => writeSync(handle.fd, bytes, offset, length),
    datasync: () => handle.datasync(),
    truncate: (size) => handle.truncate(size),
    close: () => handle.close(),
  };
}

const APPEND = constants.O_WRONLY | constants.O_APPEND;

/** Begins a new journal; its folder is made (0700) if need be. Throws `journal.exists` or `state.not-writable`. */
export async function createJournal(file: string, options: JournalOptions = {}): Promise<Journal> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw notWritable(dirname(file), cause);
  }
  try {
    const handle = await (options.openFile ?? openFile)(file, APPEND | constants.O_CREAT | constants.O_EXCL, 0o600);
    await syncFolder(dirname(file));
    await syncFolder(dirname(dirname(file)));
    return startJournal(file, handle, [], 0, options);
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') {
      throw fail('journal.exists', `The journal ${file} exists already.`, { fault: 'bug', cause });
    }
    throw notWritable(file, cause);
  }
}

/**
 * Opens a journal to go on with, after verifying all of it. A torn tail is moved aside to `<file>.torn-<n>`, then
 * cut. Throws what `readJournal` throws, and `state.not-writable`.
 */
export async function openJournal(file: string, options: JournalOptions = {}): Promise<OpenedJournal> {
  const { events, size, torn } = await readJournal(file);
  try {
    const repaired = torn === undefined ? undefined : { movedTo: await moveTornTail(file, torn, size), bytes: torn.length };
    const handle = await (options.openFile ?? openFile)(file, APPEND, 0o600);
    const journal = startJournal(file, handle, events, size, options);
    return repaired === undefined ? { events, journal } : { events, journal, repaired };
  } catch (cause) {
    throw notWritable(file, cause);
  }
}

function startJournal(
  file: string,
  handle: JournalHandle,
  before: readonly JournalEvent[],
  sizeBefore: number,
  options: JournalOptions,
): Journal {
  const now = options.now ?? (() => new Date());
  const notBefore = options.notBefore?.toISOString() ?? '';
  const events = [...before];
  let size = sizeBefore;
  let waiting: (() => void)[] = [];
  let broken: FairleadError | undefined;
  let told = false;
  let closing: Promise<void> | undefined;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();
  const flush = createGroupedFlush(
    () => handle.datasync(),
    (error) => {
      broken ??= appendFailed(file, error);
    },
  );

  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };

  const appendNow = async (body: EventBody, sync: boolean): Promise<JournalEvent> => {
    try {
      if (broken !== undefined) throw broken;
      const last = events.at(-1);
      const at = laterOf(now().toISOString(), laterOf(notBefore, last?.at));
      const { text, event } = encodeLine(body, { seq: events.length + 1, at, prev: last?.sum ?? FIRST_PREV });
      const bytes = Buffer.from(`${text}\n`);
      await writeWhole(handle, bytes, size);
      size += bytes.length;
      if (sync) await flush.now();
      else flush.later();
      events.push(event);
      wake();
      return event;
    } catch (error) {
      broken = error instanceof FairleadError ? error : appendFailed(file, error);
      told = true;
      throw broken;
    }
  };

  const closeNow = async (): Promise<void> => {
    await queue;
    try {
      await flush.end();
    } catch (error) {
      broken ??= appendFailed(file, error);
    } finally {
      await handle.close();
      closed = true;
      wake();
    }
    if (broken !== undefined && !told) throw broken;
  };

  return {
    file,
    append(event, { sync = false } = {}) {
      if (closing !== undefined) {
        return Promise.reject(fail('journal.closed', `The journal ${file} is closed.`, { fault: 'bug' }));
      }
      const appended = queue.then(() => appendNow(event, sync));
      queue = appended.catch(() => undefined);
      return appended;
    },
    async *follow(fromSeq = 1, signal) {
      signal?.addEventListener('abort', wake, { once: true });
      try {
        for (let seq = fromSeq; signal?.aborted !== true; ) {
          const event = events[seq - 1];
          if (event !== undefined) {
            yield event;
            seq++;
          } else {
            if (closed) return;
            await new Promise<void>((resolve) => waiting.push(resolve));
          }
        }
      } finally {
        signal?.removeEventListener('abort', wake);
      }
    },
    close() {
      closing ??= closeNow();
      return closing;
    },
  };
}

/**
 * One `write()` for one event. Where it took only a part, as the last page of a disk does, the rest is tried, which tells why.
 * What came of a failed one is cut off again, as far as the disk allows.
 */
async function writeWhole(handle: JournalHandle, bytes: Uint8Array, size: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const taken = handle.write(bytes, done, bytes.length - done);
      if (taken === 0) throw new Error(`only ${done} of ${bytes.length} bytes could be written`);
      done += taken;
    }
  } catch (error) {
    await handle.truncate(size).catch(() => undefined);
    throw error;
  }
}

async function moveTornTail(file: string, torn: Uint8Array, size: number): Promise<string> {
  for (let n = 1; ; n++) {
    const movedTo = `${file}.torn-${n}`;
    try {
      await using aside = await open(movedTo, 'wx', 0o600);
      await aside.writeFile(torn);
      await aside.sync();
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw error;
    }
    await using journal = await open(file, 'r+');
    await journal.truncate(size);
    await journal.sync();
    await syncFolder(dirname(file));
    return movedTo;
  }
}

/** A new name is only sure to be there after a power cut once its folder was flushed. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** Both are ISO 8601 in UTC with milliseconds, so that they compare as text. A clock set back stands still. */
function laterOf(now: string, before: string | undefined): string {
  return before !== undefined && before > now ? before : now;
}

function appendFailed(file: string, cause: unknown): FairleadError {
  return fail('journal.append-failed', `The run's journal ${file} could not be written: ${reasonOf(cause)}.`, {
    fault: 'environment',
    hints: [
      'The run stopped here, because nothing may happen that its record does not show.',
      ...waysToWrite(file, cause),
      'Then go on with it: fairlead resume',
    ],
    cause,
  });
}
