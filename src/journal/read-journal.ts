import { readFile } from 'node:fs/promises';
import type { JournalEvent } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import { checkFollows, decodeLine } from './journal-line.ts';
import { errorCode, reasonOf } from './not-writable.ts';

/** A journal as it lies on disk. */
export interface ReadJournal {
  readonly events: readonly JournalEvent[];
  /** Bytes up to and including the last newline: the part that counts. */
  readonly size: number;
  /** What follows it: a line that was being written when the machine stopped. Not part of the journal. */
  readonly torn?: Uint8Array;
}

const NEWLINE = 0x0a;

/**
 * Reads a journal and verifies all of it. A torn tail (no newline at its end, or NULs after a power cut) is left
 * out and reported; nothing is changed on disk. Throws `journal.missing`, `journal.unreadable`,
 * `journal.corrupt` or `journal.newer-version`.
 */
export async function readJournal(file: string): Promise<ReadJournal> {
  const bytes = await readBytes(file);
  const { events, size } = verifyLines(bytes, file, undefined);
  return size === bytes.length ? { events, size } : { events, size, torn: bytes.subarray(size) };
}

/** Verifies the whole lines in `bytes`, of which `before` is the event right before; `size` is how far they go. */
export function verifyLines(
  bytes: Uint8Array,
  file: string,
  before: JournalEvent | undefined,
): { events: JournalEvent[]; size: number } {
  const events: JournalEvent[] = [];
  let last = before;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const place = { file, line: (last?.seq ?? 0) + 1 };
    const event = decodeLine(bytes.subarray(start, end), place);
    checkFollows(event, last, place);
    events.push(event);
    last = event;
    start = end + 1;
  }
  return { events, size: start };
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') {
      throw fail('journal.missing', `There is no journal ${file}.`, { hints: ['`fairlead runs` lists the runs.'], cause });
    }
    throw fail('journal.unreadable', `The journal ${file} can't be read: ${reasonOf(cause)}.`, { fault: 'environment', cause });
  }
}
