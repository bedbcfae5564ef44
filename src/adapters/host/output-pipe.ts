import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** A named pipe, opened for a program's output. */
export interface OutputPipe {
  /** What the program writes; ends when nobody has the pipe open to write any more. */
  readonly reader: Socket;
  /** The program's descriptor; to be closed here once the program has it. */
  readonly writer: number;
}

/**
 * Opens a named pipe. The program's descriptor reads too: so the pipe always has a reader, and a program whose engine died
 * is not killed by its next line. It waits, once the pipe is full, until somebody reads again.
 */
export function openOutputPipe(path: string): OutputPipe {
  // To open it for reading only would wait for a writer.
  const end = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writer = openSync(path, constants.O_RDWR);
    return { reader: new Socket({ fd: end, readable: true, writable: false }), writer };
  } catch (error) {
    closeSync(end);
    throw error;
  }
}

/** Reads a pipe empty, and goes on as long as this process lives, so that who writes to it doesn't wait for ever. */
export function drainPipe(path: string): void {
  let end: number;
  try {
    end = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // Its program has ended, or never had one.
    return;
  }
  new Socket({ fd: end, readable: true, writable: false })
    .on('error', () => undefined)
    .resume()
    .unref();
}
