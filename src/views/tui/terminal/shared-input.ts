/** As much of a terminal's input as Ink reads. */
export type ReadInput = Pick<NodeJS.ReadStream, 'read'>;

/**
 * Reads for Ink, and keeps from it what is typed for a program inside the app: `take` is asked with each piece and says whether it
 * took it. Ink knows some keys only; a program gets every byte.
 */
export function readShared(stdin: ReadInput, take: (piece: string) => boolean): () => unknown {
  const read = stdin.read.bind(stdin);
  return () => {
    for (;;) {
      const piece: unknown = read();
      if (piece === null || !take(String(piece))) return piece;
    }
  };
}

/** The input as Ink is given it: with all that the stream has, but for what is typed for a program. */
export function shareInput<Stream extends ReadInput>(stdin: Stream, take: (piece: string) => boolean): Stream {
  const methods = new Map<PropertyKey, unknown>([['read', readShared(stdin, take)]]);
  return new Proxy(stdin, {
    get(target, key) {
      const known = methods.get(key);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor') return value;
      const bound: unknown = value.bind(target);
      methods.set(key, bound);
      return bound;
    },
  });
}
