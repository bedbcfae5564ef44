/** How an unseen line ended: what was typed, or undefined where it was given up. `rest`: bytes that came after it. */
export interface UnseenEnd {
  readonly text: string | undefined;
  readonly rest: Uint8Array;
}

/** A line that is typed, or pasted, at a raw terminal: it gives every key as it is, and nobody but us edits. */
export interface UnseenLine {
  /** Takes bytes; the end, once they hold one. `now` in milliseconds tells a lone Escape from the begin of a sequence. */
  take(bytes: Uint8Array, now: number): UnseenEnd | undefined;
}

const KEY = { ctrlC: 3, ctrlD: 4, backspace: 8, tab: 9, newline: 10, enter: 13, ctrlU: 21, escape: 27, delete: 127 } as const;
const FIRST_PRINTABLE = 32;
/** What a key sends besides Escape comes at once; even a slow line brings it sooner than this. */
const SEQUENCE_MS = 100;

/**
 * Backspace takes the last character, Ctrl-U all, Enter ends; Ctrl-C gives up, so does Ctrl-D where nothing is typed.
 * Other control characters, and the sequences of arrows, function keys and pastes, are no part of a secret. No text is
 * made before the end, so that as few copies as may be lie about in memory.
 */
export function createUnseenLine(): UnseenLine {
  let typed: number[] = [];
  /** Inside a sequence: just after Escape, in `ESC [ …` up to its final byte, or in `ESC O x`. */
  let sequence: 'none' | 'escape' | 'csi' | 'single' = 'none';
  let escapedAt = 0;

  const skip = (byte: number): void => {
    if (sequence === 'escape') sequence = byte === 0x5b ? 'csi' : byte === 0x4f ? 'single' : 'none';
    else if (sequence === 'single' || (byte >= 0x40 && byte <= 0x7e)) sequence = 'none';
  };
  const end = (text: string | undefined, rest: Uint8Array): UnseenEnd => {
    typed = [];
    return { text, rest };
  };

  return {
    take(bytes, now) {
      if (sequence !== 'none' && now - escapedAt > SEQUENCE_MS) sequence = 'none';
      for (const [index, byte] of bytes.entries()) {
        const rest = bytes.subarray(index + 1);
        if (byte === KEY.ctrlC) return end(undefined, rest);
        if (byte === KEY.enter || byte === KEY.newline) return end(Buffer.from(typed).toString('utf8'), rest);
        if (byte === KEY.escape) {
          sequence = 'escape';
          escapedAt = now;
        } else if (sequence !== 'none') skip(byte);
        else if (byte === KEY.backspace || byte === KEY.delete) typed = withoutLast(typed);
        else if (byte === KEY.ctrlU) typed = [];
        else if (byte === KEY.ctrlD && typed.length === 0) return end(undefined, rest);
        else if (byte >= FIRST_PRINTABLE || byte === KEY.tab) typed.push(byte);
      }
      return undefined;
    },
  };
}

/** Without the last character, however many bytes it has. */
function withoutLast(bytes: readonly number[]): number[] {
  const isContinued = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
  let length = bytes.length - 1;
  while (length > 0 && isContinued(bytes[length])) length--;
  return bytes.slice(0, Math.max(length, 0));
}
