import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Failure, failureOf } from '../model/failure.ts';
import { notWritable } from './not-writable.ts';

/** How much of an output is kept. */
export interface OutputLogOptions {
  /** Bytes from the beginning; default 1 MiB. */
  readonly headBytes?: number;
  /** Bytes from the end; default 1 MiB. */
  readonly tailBytes?: number;
}

/** What became of an output. */
export interface OutputLogEnd {
  /** Bytes that were written to the log, cut or kept. */
  readonly bytes: number;
  /** Bytes that were cut out of the middle. */
  readonly cut: number;
  /** Why the file is not complete: output is worth keeping, but not worth stopping a run for. */
  readonly failure?: Failure;
}

/** A step's output on disk: its beginning and its end. */
export interface OutputLog {
  /** One line, redacted, without its newline. Never throws. */
  write(line: string): void;
  /** Writes what is left, and cuts the file to its final size. Never rejects. */
  close(): Promise<void>;
  /** What became of the output so far; final after `close`. */
  end(): OutputLogEnd;
}

const MEBIBYTE = 1024 * 1024;
const NEWLINE = 0x0a;
const FLUSH_MS = 200;
const FLUSH_BYTES = 64 * 1024;

/**
 * Begins an output's file (0600). Lines reach the kernel within 200 ms, so that is the most that a `kill -9` takes.
 * The file grows to head and two tails; then it is written anew as head, a line that says how much was cut, and
 * tail. So it can be read at any moment, also after a crash, and memory holds only what is not written yet.
 */
export function createOutputLog(file: string, { headBytes = MEBIBYTE, tailBytes = MEBIBYTE }: OutputLogOptions = {}): OutputLog {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let fd: number | undefined;
  let failure: Failure | undefined;
  let timer: NodeJS.Timeout | undefined;
  let bytes = 0;
  /** Of what is in the file: the head's size, and that of what comes after the line that tells of the cut. */
  let head = 0;
  let headFull = false;
  let tail = 0;
  let cut = 0;

  const guard = (act: () => void): void => {
    if (failure !== undefined) return;
    try {
      act();
    } catch (error) {
      failure = failureOf(notWritable(file, error));
    }
  };

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const chunk = Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    if (chunk.length === 0) return;
    guard(() => {
      append(chunk);
      if (tail > 2 * tailBytes) compact();
    });
  };

  const append = (chunk: Buffer): void => {
    let rest = chunk;
    if (!headFull) {
      const fits = wholeLines(rest, headBytes - head);
      headFull = fits < rest.length;
      head += fits;
      writeAll(open(), rest.subarray(0, fits));
      rest = rest.subarray(fits);
    }
    writeAll(open(), rest);
    tail += rest.length;
  };

  const open = (): number => {
    fd ??= openSync(file, 'wx+', 0o600);
    return fd;
  };

  const compact = (): void => {
    const old = open();
    const marker = cut === 0 ? 0 : cutLine(cut).length;
    const kept = readAt(old, head + marker + tail - tailBytes, tailBytes);
    const ending = kept.subarray(startOfLine(kept));
    cut += tail - ending.length;
    const temporary = `${file}.new`;
    const fresh = openSync(temporary, 'w+', 0o600);
    try {
      writeAll(fresh, readAt(old, 0, head));
      writeAll(fresh, cutLine(cut));
      writeAll(fresh, ending);
      renameSync(temporary, file);
    } catch (error) {
      closeSync(fresh);
      rmSync(temporary, { force: true });
      throw error;
    }
    closeSync(old);
    fd = fresh;
    tail = ending.length;
  };

  guard(() => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    open();
  });

  return {
    write(line) {
      if (failure !== undefined) return;
      const chunk = Buffer.from(`${line}\n`);
      bytes += chunk.length;
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes >= FLUSH_BYTES) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    async close() {
      flush();
      guard(() => {
        if (tail > tailBytes) compact();
      });
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
    end: () => (failure === undefined ? { bytes, cut } : { bytes, cut, failure }),
  };
}

function cutLine(bytes: number): Buffer {
  return Buffer.from(`[... ${bytes} bytes cut here ...]\n`);
}

/** How many of the first `room` bytes are whole lines. */
function wholeLines(chunk: Buffer, room: number): number {
  return chunk.length <= room ? chunk.length : room <= 0 ? 0 : chunk.lastIndexOf(NEWLINE, room - 1) + 1;
}

/** Where the first whole line begins; in one endless line, where the first whole character does. */
function startOfLine(bytes: Buffer): number {
  const newline = bytes.indexOf(NEWLINE);
  if (newline >= 0 && newline < bytes.length - 1) return newline + 1;
  let start = 0;
  while (start < bytes.length && ((bytes[start] as number) & 0xc0) === 0x80) start++;
  return start;
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const read = readSync(fd, buffer, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return buffer.subarray(0, done);
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done);
}
