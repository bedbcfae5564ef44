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

/** How long this machine has been up, in clock ticks, as processes' start times are told: Linux tells both in 1/100 s. */
export function uptimeTicks(): number {
  return Math.floor(Number(readProc('/proc/uptime').split(' ')[0]) * 100);
}

/** What the system tells of a process: its state's letter, its session, and when it began, in clock ticks after boot. */
export interface ProcessStat {
  readonly state: string;
  readonly session: number;
  readonly startTime: string;
}

/** proc(5): the name, in parentheses, may hold spaces and parentheses; state is field 3, session 6, start time 22. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, session, startTime] = [fields[0], fields[3], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, session: Number(session), startTime };
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
