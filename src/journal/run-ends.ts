import { type FileHandle, open } from 'node:fs/promises';
import type { EventOf, JournalEvent } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import { corruptJournal, decodeLine } from './journal-line.ts';
import { errorCode, reasonOf } from './not-writable.ts';
import { readJournal } from './read-journal.ts';

/** The first and the last event of a journal. */
export interface RunEnds {
  readonly header: EventOf<'run.started'>;
  readonly last: JournalEvent;
}

const NEWLINE = 0x0a;
const CHUNK = 16 * 1024;

/**
 * The first and last event of a journal, without reading what lies between: each line proves itself, and the
 * chain is looked at when the run is opened. Undefined where there is no journal, or no whole line in it. Throws
 * `journal.corrupt`, `journal.newer-version` or `journal.unreadable`.
 */
export async function readEnds(file: string): Promise<RunEnds | undefined> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const first = await firstLine(handle);
    const last = await lastLine(handle, size);
    if (first === undefined || last === undefined) return undefined;
    const header = decodeLine(first, { file, line: 1 });
    if (header.type !== 'run.started') {
      throw corruptJournal(file, `Line 1 of the journal ${file} is bad: it is not the start of a run; lines are missing.`, 0);
    }
    return { header, last: await decodeLast(last, file) };
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    if (errorCode(cause) === undefined) throw cause;
    throw fail('journal.unreadable', `The journal ${file} can't be read: ${reasonOf(cause)}.`, { fault: 'environment', cause });
  }
}

async function decodeLast(line: Uint8Array, file: string): Promise<JournalEvent> {
  try {
    return decodeLine(line, { file, line: 0 });
  } catch (error) {
    // Read again from the top: that failure knows which line it is.
    await readJournal(file);
    throw error;
  }
}

async function firstLine(handle: FileHandle): Promise<Uint8Array | undefined> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const chunk = await readAt(handle, bytes.length, CHUNK);
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(NEWLINE);
    if (end >= 0) return bytes.subarray(0, end);
    if (chunk.length === 0) return undefined;
  }
}

/** The last line that has its newline. */
async function lastLine(handle: FileHandle, size: number): Promise<Uint8Array | undefined> {
  let bytes = Buffer.alloc(0);
  for (let start = size; start > 0; ) {
    const from = Math.max(0, start - CHUNK);
    bytes = Buffer.concat([await readAt(handle, from, start - from), bytes]);
    start = from;
    const end = bytes.lastIndexOf(NEWLINE);
    if (end < 0) continue;
    const before = end === 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
    if (before >= 0 || start === 0) return bytes.subarray(before + 1, end);
  }
  return undefined;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
