/** The last so many lines of something that goes on for long. Lines are numbered from 0 since the beginning. */
export interface LineRing {
  /** How many lines there have been. */
  readonly count: number;
  /** The number of the oldest line that is still there. */
  readonly first: number;
  /** A line by its number; undefined where it is gone or not there yet. */
  line(number: number): string | undefined;
  push(line: string): void;
}

/** A ring of `capacity` lines. */
export function createLineRing(capacity: number): LineRing {
  const lines: string[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    get first() {
      return Math.max(0, count - capacity);
    },
    line(number) {
      return number < count && number >= count - capacity && number >= 0 ? lines[number % capacity] : undefined;
    },
    push(line) {
      lines[count % capacity] = line;
      count++;
    },
  };
}
