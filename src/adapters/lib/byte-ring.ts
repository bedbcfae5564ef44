/** Smaller pieces are copied together into blocks: a program that writes byte by byte would cost an object for each. */
const SMALL_BYTES = 16 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** Keeps the end of what is pushed. */
export interface ByteRing {
  push(chunk: Uint8Array): void;
  /** How many bytes are held: at least as many as are to be kept, once so many were pushed. */
  size(): number;
  /** The last `count` bytes, or all that are held. */
  last(count: number): Buffer;
}

/** Keeps the last `limit` bytes, and little more, without copying large chunks: those must not be changed afterwards. */
export function createByteRing(limit: number): ByteRing {
  const chunks: Uint8Array[] = [];
  let size = 0;
  /** The block that the last chunk is a part of, and how much of it is used. */
  let block: { readonly bytes: Uint8Array; used: number } | undefined;

  const append = (chunk: Uint8Array): void => {
    if (chunk.length >= SMALL_BYTES) {
      block = undefined;
      chunks.push(chunk);
      return;
    }
    if (block === undefined || block.used + chunk.length > BLOCK_BYTES) {
      block = { bytes: new Uint8Array(BLOCK_BYTES), used: 0 };
      chunks.push(block.bytes.subarray(0, 0));
    }
    block.bytes.set(chunk, block.used);
    block.used += chunk.length;
    chunks[chunks.length - 1] = block.bytes.subarray(0, block.used);
  };

  return {
    push(chunk) {
      append(chunk);
      size += chunk.length;
      while (chunks.length > 1 && size - (chunks[0] as Uint8Array).length >= limit) {
        size -= (chunks.shift() as Uint8Array).length;
      }
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
