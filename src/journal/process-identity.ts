import { readFileSync, readlinkSync } from 'node:fs';
import { errorCode } from './not-writable.ts';

/** The id of this boot of the machine; empty where the system does not tell. */
export function bootId(): string {
  return readProc('/proc/sys/kernel/random/boot_id').trim();
}

/** The namespace in which our process ids mean something; empty where the system does not tell. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** When a process began, in clock ticks after boot; undefined where that can't be read. */
export function startTimeOf(pid: number): string | undefined {
  return statOf(pid)?.startTime;
}

/** Is this very process (not a later one with the same number, not a zombie) still there? */
export function isAlive(pid: number, startTime: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there, but another user's.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const stat = statOf(pid);
  // With /proc mounted hidepid, other users' processes can't be looked at: it counts as alive, to be safe.
  if (stat === undefined) return true;
  return stat.state !== 'Z' && stat.state !== 'X' && stat.startTime === startTime;
}

/** proc(5): the name, in parentheses, may hold spaces and parentheses; state is field 3, start time field 22. */
function statOf(pid: number): { state: string; startTime: string } | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
