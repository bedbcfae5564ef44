import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A named pipe: a program that reads it waits until a test lets it go on. No sleep is so exact. */
export interface Pipe {
  /** Lets the reader go on that waits, or the next one that comes. */
  open(): Promise<void>;
  /** Lets all go on that wait now, if any do. */
  release(): Promise<void>;
}

/** Makes a named pipe at `path`. */
export async function makePipe(path: string): Promise<Pipe> {
  await promisify(execFile)('mkfifo', [path]);
  const openAndClose = async (flags: number): Promise<void> => (await open(path, flags)).close();
  return {
    open: () => openAndClose(constants.O_WRONLY),
    // Opened for both ends a pipe never waits, and wakes all that do.
    release: () => openAndClose(constants.O_RDWR | constants.O_NONBLOCK),
  };
}
