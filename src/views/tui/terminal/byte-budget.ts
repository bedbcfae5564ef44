/** Any stretch of so long … */
export const WINDOW_MS = 5000;
/** … stays below so many bytes: 30 KB/s, which a bad link still carries. */
export const WINDOW_BYTES = 150_000;
/** Frames are never closer together: 20 a second. */
export const FRAME_MS = 50;

/** A frame may be as large as this before anybody knew how large frames are here. */
const UNKNOWN_FRAME = 20_000;

/** What output leaves over, so that a key is answered at once even while output flows. */
const KEPT_FOR_KEYS = 25_000;

/** One frame that was written: when (milliseconds of any clock), and how many bytes it took. */
export interface Spent {
  readonly at: number;
  readonly bytes: number;
}

/** The frames of the last five seconds, oldest first. */
export type Ledger = readonly Spent[];

/** What a frame is for: somebody pressed a key and waits, or something goes on and may be shown a little later. */
export type FrameCause = 'key' | 'output';

/** The ledger with bytes that were written at a time; those of the same moment are one frame. */
export function spend(ledger: Ledger, at: number, bytes: number): Ledger {
  const fresh = ledger.filter((frame) => frame.at > at - WINDOW_MS);
  const last = fresh.at(-1);
  if (last === undefined || last.at !== at) return [...fresh, { at, bytes }];
  return [...fresh.slice(0, -1), { at, bytes: last.bytes + bytes }];
}

/**
 * How many milliseconds the next frame has to wait; 0: it may be drawn now.
 *
 * Who keeps to it stays below WINDOW_BYTES in any WINDOW_MS, as long as no frame takes more than the largest of the last
 * seconds or UNKNOWN_FRAME bytes. Frames of output are spread evenly: each waits in proportion to what the last one took.
 */
export function waitBefore(cause: FrameCause, ledger: Ledger, now: number): number {
  const last = ledger.at(-1);
  if (last === undefined) return 0;
  const largest = Math.max(UNKNOWN_FRAME, ...ledger.map(({ bytes }) => bytes));
  const limit = WINDOW_BYTES - largest - (cause === 'output' ? KEPT_FOR_KEYS : 0);
  const pace = cause === 'output' ? Math.max(FRAME_MS, (last.bytes * WINDOW_MS) / Math.max(limit, largest)) : FRAME_MS;
  const paced = Math.max(now, last.at + pace);
  return Math.max(0, Math.ceil(roomAt(ledger, paced, limit) - now));
}

/** The first moment from `from` on at which the five seconds before hold less than `limit`. */
function roomAt(ledger: Ledger, from: number, limit: number): number {
  let at = from;
  let inWindow = 0;
  for (const frame of ledger) if (frame.at > at - WINDOW_MS) inWindow += frame.bytes;
  for (const frame of ledger) {
    if (inWindow < limit) break;
    if (frame.at <= at - WINDOW_MS) continue;
    at = frame.at + WINDOW_MS;
    inWindow -= frame.bytes;
  }
  return at;
}
