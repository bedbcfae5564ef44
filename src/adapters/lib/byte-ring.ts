/** So many pieces are held before they are joined. */
const MOST_CHUNKS = 256;

/** Keeps the end of what is pushed. */
export interface ByteRing {
  push(chunk: Uint8Array): void;
  /** How many bytes are held: at least as many as are to be kept, once so many were pushed. */
  size(): number;
  /** The last `count` bytes, or all that are held. */
  last(count: number): Buffer;
}

/** Keeps the last `limit` bytes, and little more, without copying what is pushed: a chunk must not be changed afterwards. */
export function createByteRing(limit: number): ByteRing {
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    push(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      while (chunks.length > 1 && size - (chunks[0] as Uint8Array).length >= limit) {
        size -= (chunks.shift() as Uint8Array).length;
      }
      // A program that writes byte by byte would cost an object for each.
      if (chunks.length > MOST_CHUNKS) chunks = [Buffer.concat(chunks)];
    },
    size: () => size,
    last(count) {
      const wanted: Uint8Array[] = [];
      let missing = Math.min(count, size);
      for (let index = chunks.length - 1; missing > 0; index--) {
        const chunk = chunks[index] as Uint8Array;
        wanted.unshift(chunk.subarray(Math.max(0, chunk.length - missing)));
        missing -= Math.min(missing, chunk.length);
      }
      return Buffer.concat(wanted);
    },
  };
}
