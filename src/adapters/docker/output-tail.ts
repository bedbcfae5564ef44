/** Keeps the end of what is pushed. */
export interface LastBytes {
  push(data: Buffer): void;
  /** What was kept, as UTF-8. */
  text(): string;
}

/** Keeps the last `limit` bytes; never holds more than twice as many. */
export function createLastBytes(limit: number): LastBytes {
  let parts: Buffer[] = [];
  let size = 0;
  const shorten = (): void => {
    const all = Buffer.concat(parts);
    parts = [Buffer.from(all.subarray(Math.max(0, all.length - limit)))];
    size = Math.min(size, limit);
  };
  return {
    push(data) {
      parts.push(data);
      size += data.length;
      if (size > 2 * limit) shorten();
    },
    text() {
      if (size > limit) shorten();
      return Buffer.concat(parts).toString();
    },
  };
}

/** Hands each whole line on; `end` hands on what is left. A line is cut after 64 KiB. */
export function createLineSplitter(onLine: ((line: string) => void) | undefined): { push(data: Buffer): void; end(): void } {
  const decoder = new TextDecoder();
  let held = '';
  const give = (line: string): void => onLine?.(line.endsWith('\r') ? line.slice(0, -1) : line);
  return {
    push(data) {
      if (onLine === undefined) return;
      const lines = (held + decoder.decode(data, { stream: true })).split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) give(line);
      if (held.length > 65_536) {
        give(held);
        held = '';
      }
    },
    end() {
      held += decoder.decode();
      if (held !== '') give(held);
      held = '';
    },
  };
}
