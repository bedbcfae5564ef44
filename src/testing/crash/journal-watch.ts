import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Between two looks; each costs some microseconds, so that this takes no core from who is watched. */
const EVERY_MS = 2;
const NEWLINE = 0x0a;

/** Counts the whole lines of the newest journal in a deployment's `runs` folder. Nothing there is no line. */
export function createLineCount(runs: string): () => number {
  let file: string | undefined;
  let counted = 0;
  let read = 0;
  return () => {
    const newest = runsIn(runs).at(-1);
    if (newest === undefined) return 0;
    const journal = join(runs, newest, 'journal.ndjson');
    if (journal !== file) [file, counted, read] = [journal, 0, 0];
    const more = bytesAfter(journal, read);
    read += more.length;
    for (const byte of more) if (byte === NEWLINE) counted++;
    return counted;
  };
}

/** Resolves with true when the newest journal in `runs` has so many lines; with false when `signal` is aborted before. */
export function untilLines(runs: string, lines: number, signal: AbortSignal): Promise<boolean> {
  const count = createLineCount(runs);
  return new Promise((resolve) => {
    const look = (): void => {
      if (signal.aborted) resolve(false);
      else if (count() >= lines) resolve(true);
      else setTimeout(look, EVERY_MS);
    };
    look();
  });
}

/** The ids of the runs in a `runs` folder, the oldest first; none where there is no such folder yet. */
export function runsIn(runs: string): readonly string[] {
  try {
    // Not by their ids: those of one second are in no order.
    const made = new Map(readdirSync(runs).map((id) => [id, statSync(join(runs, id)).birthtimeMs]));
    return [...made.keys()].sort((a, b) => (made.get(a) ?? 0) - (made.get(b) ?? 0));
  } catch {
    return [];
  }
}

function bytesAfter(file: string, start: number): Uint8Array {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return new Uint8Array();
  }
  try {
    const more = new Uint8Array(Math.max(0, fstatSync(fd).size - start));
    return more.subarray(0, readSync(fd, more, 0, more.length, start));
  } finally {
    closeSync(fd);
  }
}
