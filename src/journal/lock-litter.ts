import { readdirSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './not-writable.ts';

/** Files beside a lock that live for microseconds: their names hold the process that made them. */
export function besideLock(file: string, nonce: string, kind: 'new' | 'stale'): string {
  return `${file}.${process.pid}.${nonce}.${kind}`;
}

/** Locks that this process has swept around. */
const swept = new Set<string>();

/** Removes, once per process, what processes left beside a lock that were killed within those microseconds. */
export function sweepBesideLock(file: string): void {
  if (swept.has(file)) return;
  swept.add(file);
  const litter = new RegExp(
    `^${basename(file).replaceAll(/[.*+?^$()[\]{}|\\]/g, '\\$&')}\\.(\\d+)\\.[0-9a-f]{16}\\.(new|stale)$`,
  );
  try {
    for (const name of readdirSync(dirname(file))) {
      const maker = litter.exec(name)?.[1];
      if (maker !== undefined && isGone(Number(maker))) unlinkSync(join(dirname(file), name));
    }
  } catch {
    // It disturbs nobody: its name is used once.
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
