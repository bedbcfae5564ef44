import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A named pipe: a program that reads it waits until a test lets it go on. No sleep is so exact. */
export interface Pipe {
  /** Lets the reader go on that waits, or the next one that comes; what is to happen while it waits is done first. */
  open(first?: () => void | Promise<void>): Promise<void>;
  /** Lets all go on that wait now, if any do. */
  release(): Promise<void>;
}

/** Makes a named pipe at `path`. */
export async function makePipe(path: string): Promise<Pipe> {
  await promisify(execFile)('mkfifo', [path]);
  const openAndClose = async (flags: number, between?: () => void | Promise<void>): Promise<void> => {
    const end = await open(path, flags);
    try {
      await between?.();
    } finally {
      await end.close();
    }
  };
  return {
    // Opening to write waits for the reader, and the reader waits until all who may write have closed.
    open: (first) => openAndClose(constants.O_WRONLY, first),
    // Opened for both ends a pipe never waits, and wakes all that do.
    release: () => openAndClose(constants.O_RDWR | constants.O_NONBLOCK),
  };
}
