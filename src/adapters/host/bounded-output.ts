import { StringDecoder } from 'node:string_decoder';

/** So many bytes of each stream are kept: its end, where the cause of a failure stands. */
export const KEPT_BYTES = 1024 * 1024;

/** A line longer than this (in characters) is given out in pieces. */
export const LONGEST_LINE = 64 * 1024;

/** So many pieces are held before they are joined. */
const MOST_CHUNKS = 256;

/** One stream of a running program: gives out its lines, and keeps its end in bounded memory. */
export interface BoundedOutput {
  push(chunk: Uint8Array): void;
  /** Gives out the last line, if it has no end. */
  end(): void;
  /** The last `KEPT_BYTES`, as text; a character that the cut broke is left out. */
  text(): string;
}

/** A new stream; `onLine` gets each line without its end (`\n` or `\r\n`). */
export function createBoundedOutput(onLine: ((line: string) => void) | undefined): BoundedOutput {
  let chunks: Uint8Array[] = [];
  let kept = 0;
  let cut = false;
  const decoder = new StringDecoder('utf8');
  let unfinished = '';

  const give = (text: string): void => {
    if (onLine === undefined || text === '') return;
    const lines = (unfinished + text).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) giveLine(line.endsWith('\r') ? line.slice(0, -1) : line, onLine);
    while (unfinished.length > LONGEST_LINE) {
      onLine(unfinished.slice(0, LONGEST_LINE));
      unfinished = unfinished.slice(LONGEST_LINE);
    }
  };

  return {
    push(chunk) {
      chunks.push(chunk);
      kept += chunk.length;
      while (chunks.length > 1 && kept - (chunks[0] as Uint8Array).length >= KEPT_BYTES) {
        kept -= (chunks.shift() as Uint8Array).length;
        cut = true;
      }
      // A program that writes byte by byte would cost an object for each.
      if (chunks.length > MOST_CHUNKS) chunks = [Buffer.concat(chunks)];
      if (onLine !== undefined) give(decoder.write(chunk));
    },
    end() {
      if (onLine === undefined) return;
      give(decoder.end());
      if (unfinished !== '') onLine(unfinished);
      unfinished = '';
    },
    text() {
      const all = Buffer.concat(chunks);
      if (!cut && all.length <= KEPT_BYTES) return all.toString('utf8');
      let start = Math.max(0, all.length - KEPT_BYTES);
      // Not in the middle of a character: its further bytes are 10xxxxxx.
      while (start < all.length && ((all[start] ?? 0) & 0xc0) === 0x80) start++;
      return all.toString('utf8', start);
    },
  };
}

function giveLine(line: string, onLine: (line: string) => void): void {
  if (line === '') onLine(line);
  for (let start = 0; start < line.length; start += LONGEST_LINE) onLine(line.slice(start, start + LONGEST_LINE));
}
