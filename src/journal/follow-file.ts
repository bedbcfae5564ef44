import { open } from 'node:fs/promises';
import type { JournalEvent } from '../model/events.ts';
import { FairleadError, fail } from '../model/failure.ts';
import { watchFile } from './file-change.ts';
import { errorCode, reasonOf } from './not-writable.ts';
import { verifyLines } from './read-journal.ts';

/** How often a journal's size is looked at where the file system does not tell of changes, in milliseconds. */
const POLL_MS = 250;

/**
 * All events of a journal that another process writes, then those to come, until the signal aborts. Every line is
 * verified. A line counts once its newline is there, so that a torn tail is never seen, even if it is cut off
 * later. Throws `journal.missing`, `journal.unreadable`, `journal.corrupt` or `journal.newer-version`.
 */
export async function* followFile(file: string, signal: AbortSignal): AsyncGenerator<JournalEvent> {
  const change = watchFile(file, signal);
  try {
    let last: JournalEvent | undefined;
    let offset = 0;
    let failedAt = -1;
    while (!signal.aborted) {
      const changed = change.next(POLL_MS);
      const bytes = await readFrom(file, offset);
      try {
        const { events, size } = verifyLines(bytes, file, last);
        offset += size;
        for (const event of events) {
          if (signal.aborted) return;
          yield event;
          last = event;
        }
      } catch (error) {
        // Once may be a read that crossed the cutting of a torn tail; the same place twice is not.
        if (!(error instanceof FairleadError) || failedAt === offset) throw error;
        failedAt = offset;
      }
      await changed;
    }
  } finally {
    change.end();
  }
}

/** What follows `offset`, up to the end of the file as it is now. */
async function readFrom(file: string, offset: number): Promise<Uint8Array> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size <= offset) return new Uint8Array();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - offset), 0, size - offset, offset);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw fail('journal.missing', `There is no journal ${file}.`, { cause });
    throw fail('journal.unreadable', `The journal ${file} can't be read: ${reasonOf(cause)}.`, { fault: 'environment', cause });
  }
}
