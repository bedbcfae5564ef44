import { readdirSync, readFileSync } from 'node:fs';
import { ENTRY_VARIABLE, type ListedChild, RUN_VARIABLE } from './children-list.ts';
import { bootId, isAlive, type ProcessStat, pidNamespace, statOf } from './process-identity.ts';

/** A process on this machine, as our own process ids name it. */
export interface LeftProcess {
  readonly pid: number;
  /** In clock ticks after boot. */
  readonly startTime: string;
}

/**
 * A program begins so soon after its entry was written, in clock ticks (10 s). What carries the entry's name and began
 * later is not the program, but a daemon that it left behind: that is never waited for.
 */
const BEGINS_WITHIN = 1000;

/** The process of a program of this machine: of this boot, the very same one, and alive; undefined where it is gone. */
export function leftProcess(child: ListedChild): LeftProcess | undefined {
  const known = child.process;
  // Numbers mean something in one namespace only: seen from another one, a process has another number.
  if (known === undefined || child.pidNamespace !== pidNamespace()) return processByEnvironment(child);
  return child.bootId === bootId() && isAlive(known.pid, known.startTime) ? known : undefined;
}

/**
 * The process that carries the entry's name in its environment: where the engine died between starting it and noting its
 * number; where it was noted in another namespace; and for a program in a container that the Docker Engine has
 * forgotten. It leads a session, as its children don't, and it is older than what it started.
 */
export function processByEnvironment(child: ListedChild): LeftProcess | undefined {
  if (child.bootId !== bootId()) return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): (LeftProcess & { readonly stat: ProcessStat })[] => {
      const pid = Number(name);
      if (!carries(pid, child)) return [];
      const stat = statOf(pid);
      return stat === undefined ? [] : [{ pid, startTime: stat.startTime, stat }];
    })
    .filter(({ pid, stat }) => stat.session === pid && stat.state !== 'Z' && stat.state !== 'X' && isItsBegin(stat, child))
    .sort((a, b) => Number(a.startTime) - Number(b.startTime))
    .map(({ pid, startTime }) => ({ pid, startTime }))[0];
}

function isItsBegin({ startTime }: ProcessStat, child: ListedChild): boolean {
  return child.process === undefined ? Number(startTime) <= child.ticks + BEGINS_WITHIN : startTime === child.process.startTime;
}

/** Another user's environment can't be read without root: such a process is none of ours, or root resumes the run. */
function carries(pid: number, { run, name }: ListedChild): boolean {
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
    return environment.includes(`\0${RUN_VARIABLE}=${run}\0`) && environment.includes(`\0${ENTRY_VARIABLE}=${name}\0`);
  } catch {
    return false;
  }
}
