/** One piece of a container's output. */
export interface Frame {
  readonly from: 'out' | 'err';
  readonly data: Buffer;
}

const HEADER = 8;
/** Stream 3 carries the daemon's own error, not the container's output. */
const DAEMON_ERROR = 3;

/**
 * Takes Docker's multiplexed stream apart: eight bytes (stream, three zeros, size big-endian), then the data.
 * With a terminal (`tty`) there are no headers and all is standard output. Never holds more than one frame.
 */
export async function* demultiplex(chunks: AsyncIterable<Buffer>, tty: boolean): AsyncIterable<Frame> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (tty) {
      yield { from: 'out', data: chunk };
      continue;
    }
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let at = 0;
    while (held.length - at >= HEADER) {
      const end = at + HEADER + held.readUInt32BE(at + 4);
      if (held.length < end) break;
      const data = held.subarray(at + HEADER, end);
      const stream = held[at];
      if (stream === DAEMON_ERROR) throw new Error(data.toString().trim());
      yield { from: stream === 2 ? 'err' : 'out', data };
      at = end;
    }
    held = held.subarray(at);
  }
}
