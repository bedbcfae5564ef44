import { createReadStream, fstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { FairleadError, fail } from '../model/failure.ts';

/** More is no value of an input, and would not fit into an environment either. In bytes. */
const MOST_BYTES = 64 * 1024;

/**
 * What a descriptor that the caller has opened gives to its end, as text without one newline at the end. It is closed
 * after that. Throws `usage.bad-descriptor`, never with a part of what was read.
 */
export async function readDescriptor(fd: number): Promise<string> {
  const stats = refuseUnfit(fd);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of streamOf(fd, stats)) {
      chunks.push(chunk as Uint8Array);
      size += (chunk as Uint8Array).length;
      if (size > MOST_BYTES) throw unfit(fd, `gives more than ${MOST_BYTES / 1024} KiB`);
    }
  } catch (cause) {
    if (cause instanceof FairleadError) throw cause;
    throw unfit(fd, `can't be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
  return textOf(fd, Buffer.concat(chunks));
}

function textOf(fd: number, bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unfit(fd, 'gives bytes that are not UTF-8 text');
  }
  if (text.includes('\0')) throw unfit(fd, 'gives text with a NUL character');
  return text.replace(/\n$/, '');
}

function streamOf(fd: number, stats: Stats): Readable {
  if (fd === 0) return process.stdin;
  // A pipe may be set to non-blocking, which a file's stream does not expect.
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd, readable: true, writable: false });
  return createReadStream('', { fd });
}

function refuseUnfit(fd: number): Stats {
  let stats: Stats;
  try {
    stats = fstatSync(fd);
  } catch {
    throw unfit(fd, 'is not open');
  }
  if (isatty(fd)) throw unfit(fd, 'is the terminal, which would show what is typed');
  const isStream = stats.isFile() || stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice();
  // Node has descriptors of its own, and so may have the number where the caller opened none.
  if (!isStream || (stats.isFIFO() && weWriteTo(stats))) throw unfit(fd, 'is not open for reading');
  return stats;
}

/** A pipe that we hold the other end of never comes to its end. */
function weWriteTo(pipe: Stats): boolean {
  return readdirSync('/proc/self/fd').some((name) => {
    try {
      const { ino, dev } = fstatSync(Number(name));
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))?.[1] ?? '0';
      const READ_ONLY = 0;
      const ACCESS = 0b11;
      return ino === pipe.ino && dev === pipe.dev && (Number.parseInt(flags, 8) & ACCESS) !== READ_ONLY;
    } catch {
      // It was the one that listed the folder.
      return false;
    }
  });
}

function unfit(fd: number, why: string): FairleadError {
  return fail('usage.bad-descriptor', `File descriptor ${fd} ${why}.`, {
    hints: ['Open it in the shell, as in: 3< FILE', 'Nothing was changed.'],
  });
}
