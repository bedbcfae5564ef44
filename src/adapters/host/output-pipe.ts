import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
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
  const end = openForReading(path);
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
    end = openForReading(path);
  } catch {
    // Its program has ended, or never had one.
    return;
  }
  new Socket({ fd: end, readable: true, writable: false })
    .on('error', () => undefined)
    .resume()
    .unref();
}

/**
 * For a pipe whose program has ended, before its name is removed: where a daemon that the program left behind still has
 * it open to write, a process of its own reads it empty from now on, until the daemon ends. Nobody could do so later, and
 * the daemon would stand still once the pipe is full. False where that can't be: the name is gone already, or no process
 * can be started. Never throws.
 */
export function leavePipe(path: string): boolean {
  let end: number;
  try {
    end = openForReading(path);
  } catch {
    return false;
  }
  try {
    return !isOpenForWriting(end) || isReadOn(end);
  } finally {
    closeSync(end);
  }
}

/** Without O_NONBLOCK this would wait for a writer. */
function openForReading(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** More than a pipe holds: who still has something to read after so many chunks is writing. */
const MOST_CHUNKS = 16;
const CHUNK_BYTES = 64 * 1024;

/** What lies in the pipe is read, and dropped: its end tells. */
function isOpenForWriting(end: number): boolean {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (let i = 0; i < MOST_CHUNKS; i++) if (readSync(end, chunk) === 0) return false;
  } catch {
    // EAGAIN: empty, and somebody may write to it.
  }
  return true;
}

/**
 * Starts a reader that outlives us. It holds the pipe for reading only, so that it comes to the end of file when the last
 * writer ends. It does not inherit our environment: an engine looks for its programs by that.
 */
function isReadOn(end: number): boolean {
  try {
    // Whoever is spawned gets its standard input in blocking mode, which cat needs: this descriptor is nobody else's.
    const reader = spawn('cat', [], {
      detached: true,
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      stdio: [end, 'ignore', 'ignore'],
    });
    reader.on('error', () => undefined);
    reader.unref();
    return reader.pid !== undefined;
  } catch {
    return false;
  }
}
