/** A line longer than this (in bytes) is cut: what comes after is left out, and that is said. */
export const LONGEST_LINE = 64 * 1024;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Cuts bytes into lines of text. */
export interface LineCutter {
  /** Gives out the lines that these bytes end; answers how many. */
  give(bytes: Uint8Array): number;
  /** So many bytes are missing here. What is left of the line that they began in is left out too. */
  leaveOut(bytes: number): void;
  /** Gives out the last line, if it has no end, and how much was left out in all. */
  end(): void;
}

/**
 * Cuts UTF-8 into lines without their ends (`\n` or `\r\n`). A text that is given out always begins where a line does: who
 * looks for a secret in it sees no secret's end without its beginning. Only of a line that is cut the end may be missing.
 */
export function createLineCutter(onLine: (line: string) => void): LineCutter {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  /** The present line is longer than what is given out of it: by so many bytes. */
  let beyond: number | undefined;
  /** What was left out since the last line; undefined while nothing is missing. Then we wait for the next line's beginning. */
  let gap: number | undefined;
  let total = 0;
  let missing = 0;

  const note = (bytes: number, what: string): void => {
    missing += bytes;
    onLine(`[... ${bytes} bytes ${what} ...]`);
  };
  const hold = (piece: Uint8Array): void => {
    if (beyond !== undefined) {
      beyond += piece.length;
      return;
    }
    held.push(piece);
    heldBytes += piece.length;
    if (held.length > 256) held = [Buffer.concat(held)];
    // One byte more may still be the return of a line that just fits.
    if (heldBytes <= LONGEST_LINE + 1) return;
    const line = Buffer.concat(held);
    const fits = wholeCharacters(line, LONGEST_LINE);
    held = [];
    heldBytes = 0;
    beyond = line.length - fits;
    onLine(line.toString('utf8', 0, fits));
  };
  const endLine = (): void => {
    if (beyond !== undefined) {
      note(beyond, 'of this line are left out');
      beyond = undefined;
      return;
    }
    const line = held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held);
    const end = line.at(-1) === RETURN ? line.length - 1 : line.length;
    held = [];
    heldBytes = 0;
    onLine(Buffer.from(line.buffer, line.byteOffset, end).toString('utf8'));
  };

  return {
    give(bytes) {
      total += bytes.length;
      let start = 0;
      if (gap !== undefined) {
        start = bytes.indexOf(NEWLINE) + 1;
        gap += start === 0 ? bytes.length : start;
        if (start === 0) return 0;
        note(gap, 'of output are left out');
        gap = undefined;
      }
      let count = 0;
      for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        hold(bytes.subarray(start, end));
        endLine();
        start = end + 1;
        count++;
      }
      if (start < bytes.length) hold(bytes.subarray(start));
      return count;
    },
    leaveOut(bytes) {
      total += bytes;
      gap = (gap ?? 0) + bytes + heldBytes + (beyond ?? 0);
      held = [];
      heldBytes = 0;
      beyond = undefined;
    },
    end() {
      if (gap !== undefined) note(gap, 'of output are left out');
      gap = undefined;
      if (heldBytes > 0 || beyond !== undefined) endLine();
      if (missing > 0) onLine(`[... in all, ${missing} of ${total} bytes are left out ...]`);
    },
  };
}

/** The longest beginning of up to `most` bytes that does not end within a character. */
function wholeCharacters(bytes: Uint8Array, most: number): number {
  let end = most;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}
