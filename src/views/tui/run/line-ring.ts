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

/** A ring of `capacity` lines, and of so many characters: lines may be long, and memory is not. The newest line always stays. */
export function createLineRing(capacity: number, characters = Number.POSITIVE_INFINITY): LineRing {
  const lines: string[] = [];
  let first = 0;
  let count = 0;
  let size = 0;
  const forgetOldest = (): void => {
    size -= lines[first % capacity]?.length ?? 0;
    lines[first % capacity] = '';
    first++;
  };
  return {
    get count() {
      return count;
    },
    get first() {
      return first;
    },
    line(number) {
      return number < count && number >= first ? lines[number % capacity] : undefined;
    },
    push(line) {
      if (count - first === capacity) forgetOldest();
      lines[count % capacity] = line;
      count++;
      size += line.length;
      while (size > characters && count - first > 1) forgetOldest();
    },
  };
}
