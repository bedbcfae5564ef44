import { randomBytes } from 'node:crypto';
import { readdirSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from './not-writable.ts';

/** `<file>.<process id>-<random>.tmp`: a name tells who was to rename it, or to remove it, a moment later. */
const TEMPORARY = /\.(\d+)-[0-9a-f]{8}\.tmp$/;

/** Folders of the record that this process has swept. */
const swept = new Set<string>();

/**
 * A name beside a file of the record, for what takes its place or is moved out of it. The first one in a folder removes
 * what processes left there that were killed within that moment.
 */
export function temporaryBeside(file: string): string {
  sweep(dirname(file));
  return `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

function sweep(folder: string): void {
  if (swept.has(folder)) return;
  swept.add(folder);
  try {
    for (const name of readdirSync(folder)) {
      const maker = TEMPORARY.exec(name)?.[1];
      if (maker !== undefined && isGone(Number(maker))) unlinkSync(join(folder, name));
    }
  } catch {
    // The folder is still to be made, or its litter can't be removed: it disturbs nobody.
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}
