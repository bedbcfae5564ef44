import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** So long a program may take to end after SIGTERM before SIGKILL, in milliseconds. */
export const GRACE_MS = 10_000;

/** How often we look whether the rest of a group is gone: nothing tells of processes that are not our children. */
const LOOK_EVERY_MS = 50;

/** Sends a signal to every process of a group; a group that is gone already is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // EPERM: all that is left runs as somebody else, by a set-uid program; there is nothing that we could do.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/**
 * Waits until no process of the group is alive, and kills what is left at `deadline` (as `performance.now()` counts, which no clock that is set back disturbs).
 * For a group whose leader got SIGTERM and ended: its children may still be cleaning up.
 */
export async function endGroup(group: number, deadline: number): Promise<void> {
  while (isAlive(group)) {
    if (performance.now() >= deadline) {
      signalGroup(group, 'SIGKILL');
      return;
    }
    await wait(LOOK_EVERY_MS);
  }
}

function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  // A dead process that its parent has not collected still answers to signals: only /proc tells them apart.
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isLiveMember(name, group));
}

function isLiveMember(pid: string, group: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): pid (comm) state ppid pgrp …; comm may hold anything, so count from its last parenthesis.
    const [state, , pgrp] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return pgrp === String(group) && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
