import type { LineRing } from './line-ring.ts';

/** Lines that can be looked at by their number: those of a ring, of a record, or of both. Never copied to be drawn. */
export interface OutputSource {
  /** One more than the number of the newest line. */
  readonly count: number;
  /** The number of the oldest line that is still there. */
  readonly first: number;
  line(number: number): string | undefined;
}

/** Nothing was printed. */
export const noOutput: OutputSource = { count: 0, first: 0, line: () => undefined };

/** The lines of a record. */
export function sourceOf(lines: readonly string[]): OutputSource {
  return { count: lines.length, first: 0, line: (number) => lines[number] };
}

/**
 * What was printed before we looked, then what was seen since. Once the ring has begun to forget, the earlier lines go with
 * what it forgot: between them and the ring would be a gap that nothing shows.
 */
export function joined(earlier: readonly string[], ring: LineRing): OutputSource {
  const base = earlier.length;
  return {
    get count() {
      return base + ring.count;
    },
    get first() {
      return ring.first === 0 ? 0 : base + ring.first;
    },
    line(number) {
      if (number >= base) return ring.line(number - base);
      return ring.first === 0 ? earlier[number] : undefined;
    },
  };
}

/** In so many lines a record and a ring that do not meet at the record's end must be the same to count as the same. */
const SURE = 10;

/**
 * Of a record's lines those that the ring does not have. Both may hold what was printed while the record was read: the end
 * of the record is then the beginning of the ring. Of a flood the ring lacks lines: then it is found by its first ones.
 */
export function withoutOverlap(record: readonly string[], ring: LineRing): readonly string[] {
  if (ring.first > 0) return record;
  const same = (from: number, count: number): boolean => {
    for (let at = 0; at < count; at++) if (record[from + at] !== ring.line(at)) return false;
    return true;
  };
  for (let shared = Math.min(record.length, ring.count); shared > 0; shared--) {
    if (same(record.length - shared, shared)) return record.slice(0, record.length - shared);
  }
  if (ring.count < SURE) return record;
  for (let from = record.length - SURE; from >= 0; from--) if (same(from, SURE)) return record.slice(0, from);
  return record;
}
