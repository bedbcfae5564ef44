import { createByteRing } from './byte-ring.ts';
import { createLineCutter } from './line-cutter.ts';

/** So many bytes of each stream are kept: its end, where the cause of a failure stands. */
export const KEPT_BYTES = 1024 * 1024;

/** So many bytes from the beginning are given out as lines, however fast they come: a little more than an output's file keeps. */
export const HEAD_BYTES = KEPT_BYTES + 256 * 1024;

/**
 * What lines may cost per millisecond, and at most at once: a byte costs 1, and a line 100 more. Below that every line is given
 * out; a program that prints faster would keep us busy with what nobody can read and no file keeps.
 */
const CREDIT_PER_MS = 1024;
const MOST_CREDIT = 2 * 1024 * 1024;
const COST_OF_LINE = 100;

/** With so much credit the next stretch of a flood is given out: a few times a second. */
const STRETCH_CREDIT = MOST_CREDIT / 4;

/** How soon after a burst we look whether what waits can be given out. */
const LOOK_AGAIN_MS = 250;

const NEWLINE = 0x0a;

/** One stream of a running program: gives out its lines, and keeps its end in bounded memory. */
export interface BoundedOutput {
  push(chunk: Uint8Array): void;
  /** Gives out what waits, in a flood its last `KEPT_BYTES`; then the last line, if it has no end. */
  end(): void;
  /**
   * The last `KEPT_BYTES`, as text. It begins where a line does: who looks for a secret in it sees no secret's end without its
   * beginning. Only of one endless line it is what it is, from a whole character on.
   */
  text(): string;
}

/**
 * A new stream; `onLine` gets each line without its end (`\n` or `\r\n`), cut after 64 KiB. Of a flood it gets the beginning,
 * a stretch now and then, and the end; lines in brackets say how many bytes are left out between them, and the last one how
 * many in all. `now` is a clock in milliseconds.
 */
export function createBoundedOutput(
  onLine: ((line: string) => void) | undefined,
  now: () => number = () => performance.now(),
): BoundedOutput {
  // One byte more tells whether the rest begins where a line does.
  const kept = createByteRing(KEPT_BYTES + 1);
  const lines = onLine === undefined ? undefined : createLineCutter(onLine);
  let credit = MOST_CREDIT;
  let creditAt = now();
  let received = 0;
  /** Bytes at the end of what was received that are not given out yet. */
  let behind = 0;
  let timer: NodeJS.Timeout | undefined;

  const earned = (): number => {
    const at = now();
    credit = Math.min(MOST_CREDIT, credit + (at - creditAt) * CREDIT_PER_MS);
    creditAt = at;
    return credit;
  };
  const give = (bytes: Uint8Array): void => {
    const count = lines?.give(bytes) ?? 0;
    if (received > HEAD_BYTES) credit -= bytes.length + count * COST_OF_LINE;
    behind = 0;
  };
  /** Gives out what waits, as long as nothing of it is lost and there is credit for it. */
  const catchUp = (): boolean => {
    if (behind > kept.size() || earned() < behind) return false;
    give(kept.last(behind));
    return true;
  };
  const look = (): void => {
    timer = undefined;
    if (behind > 0 && behind <= kept.size() && !catchUp()) lookAgain();
  };
  const lookAgain = (): void => {
    timer ??= setTimeout(look, LOOK_AGAIN_MS).unref();
  };

  return {
    push(chunk) {
      kept.push(chunk);
      received += chunk.length;
      if (lines === undefined) return;
      if (behind === 0 && (received <= HEAD_BYTES || earned() > 0)) return give(chunk);
      behind += chunk.length;
      if (catchUp()) return;
      if (behind <= kept.size()) return lookAgain();
      if (earned() < STRETCH_CREDIT) return;
      lines.leaveOut(behind - chunk.length);
      give(chunk);
    },
    end() {
      clearTimeout(timer);
      if (lines === undefined) return;
      const lost = Math.max(0, behind - kept.size());
      if (lost > 0) lines.leaveOut(lost);
      lines.give(kept.last(behind - lost));
      behind = 0;
      lines.end();
    },
    text() {
      const all = kept.last(KEPT_BYTES + 1);
      if (received <= KEPT_BYTES) return all.toString('utf8');
      const newline = all.indexOf(NEWLINE);
      if (newline >= 0 && newline < all.length - 1) return all.toString('utf8', newline + 1);
      // Not in the middle of a character: its further bytes are 10xxxxxx.
      let start = 1;
      while (start < all.length && ((all[start] ?? 0) & 0xc0) === 0x80) start++;
      return all.toString('utf8', start);
    },
  };
}
