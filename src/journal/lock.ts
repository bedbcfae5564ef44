import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { type FairleadError, fail } from '../model/failure.ts';
import { watchFile } from './file-change.ts';
import { errorCode, notWritable } from './not-writable.ts';
import { bootId, isAlive, pidNamespace, startTimeOf } from './process-identity.ts';
import { temporaryBeside } from './temporary-file.ts';

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  /** Together with `pid` this tells one process from all others, past and present. */
  readonly bootId: string;
  /** In clock ticks after boot. */
  readonly startTime: string;
  /** Process ids mean something within one namespace only: a container has its own. */
  readonly pidNamespace: string;
  readonly user: string;
  /** The SSH client's address. */
  readonly sshClient?: string;
  /** ISO 8601. */
  readonly since: string;
  /** What for: `fairlead run ente`. */
  readonly what: string;
  /** Tells this lock from every other one. */
  readonly nonce: string;
}

/** A lock that is ours. */
export interface Lock {
  readonly holder: LockHolder;
  /** Whose lock was taken over, as that process is dead. */
  readonly takenOver?: LockHolder;
  /** Gives it up; never rejects. A lock that is not ours any more is left alone. */
  release(): Promise<void>;
}

/** Who takes a lock, and what for. */
export interface LockRequest {
  readonly what: string;
  readonly user?: string;
  readonly sshClient?: string | undefined;
}

/** How to wait for a lock. */
export interface LockWait extends LockRequest {
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** Called once for each holder that is waited for. */
  readonly onHeld?: (holder: LockHolder) => void;
}

/** Stale locks of stale locks: each level needs a crash within the microseconds of taking over. */
const DEEPEST = 4;
/** How long to wait for another process that takes a stale lock over, in milliseconds. */
const PATIENCE_MS = 10_000;
/** How often to look at a lock that is waited for, where the kernel does not tell of changes, in milliseconds. */
const POLL_MS = { first: 50, most: 500 };

/**
 * Takes the lock, or throws `run.held`, naming who holds it. A lock whose holder is dead (its process is gone, is
 * another one by now, or belongs to an earlier boot) is taken over: renamed away, then created exclusively. Only
 * who holds `<file>.takeover` may rename it, after looking again; so two processes never both win. Throws
 * `state.not-writable` where the file can't be made.
 */
export async function acquireLock(file: string, request: LockRequest): Promise<Lock> {
  const result = await take(file, holderFor(request));
  if ('heldBy' in result) throw held(file, result.heldBy);
  return result;
}

/**
 * Takes the lock as `acquireLock` does, and waits where it is held. Rejects with the signal's reason when that
 * aborts; a lock is never kept then.
 */
export async function waitForLock(file: string, { signal, onHeld, ...request }: LockWait): Promise<Lock> {
  const attempt = async (): Promise<Lock | HeldLock> => {
    signal?.throwIfAborted();
    return await take(file, holderFor(request));
  };
  const first = await attempt();
  if (!('heldBy' in first)) return first;
  markWanted(file);
  const change = watchFile(file, signal);
  try {
    onHeld?.(first.heldBy);
    let told: string | undefined = first.heldBy.nonce;
    for (let pause = POLL_MS.first; ; pause = Math.min(2 * pause, POLL_MS.most)) {
      const changed = change.next(pause);
      const result = await attempt();
      if (!('heldBy' in result)) return result;
      if (result.heldBy.nonce !== told) onHeld?.(result.heldBy);
      told = result.heldBy.nonce;
      // Another one who waited may have had it meanwhile, and taken the mark away.
      markWanted(file);
      await changed;
    }
  } finally {
    change.end();
    noLongerWanted(file);
  }
}

/** Does another process wait for the lock? Who died waiting still counts; who lets go of it takes the mark away. */
export function isWanted(file: string): boolean {
  return existsSync(wantedMark(file));
}

/** Who waits on sees that the mark is gone, and sets it anew. Never throws. */
export function noLongerWanted(file: string): void {
  tryToRemove(wantedMark(file));
}

function markWanted(file: string): void {
  try {
    writeFileSync(wantedMark(file), '', { mode: 0o600 });
  } catch {
    // On a full disk one waits a little longer: nobody keeps a lock that he is done with.
  }
}

function wantedMark(file: string): string {
  return `${file}.wanted`;
}

/** Who holds the lock now: undefined where nobody does, or a dead process. */
export async function lockHolder(file: string): Promise<LockHolder | undefined> {
  const found = read(file);
  return found?.holder !== undefined && holds(found.holder) ? found.holder : undefined;
}

interface HeldLock {
  readonly heldBy: LockHolder;
}

/** What tells this process from all others; it does not change, and is asked for at every apply. */
let identity: Pick<LockHolder, 'pid' | 'bootId' | 'startTime' | 'pidNamespace'> | undefined;

function holderFor({ what, user = userInfo().username, sshClient = clientOf(process.env) }: LockRequest): LockHolder {
  identity ??= {
    pid: process.pid,
    bootId: bootId(),
    startTime: startTimeOf(process.pid) ?? '',
    pidNamespace: pidNamespace(),
  };
  return {
    ...identity,
    user,
    ...(sshClient === undefined ? {} : { sshClient }),
    since: new Date().toISOString(),
    what,
    nonce: randomBytes(8).toString('hex'),
  };
}

/** All in synchronous calls: a lock is taken around each apply, and they take a tenth of the time. */
async function take(file: string, holder: LockHolder, depth = 0): Promise<Lock | HeldLock> {
  let takenOver: LockHolder | undefined;
  try {
    // Not by the clock on the wall: that may be set meanwhile.
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; ) {
      const found = read(file);
      if (found === undefined) {
        if (!createExclusively(file, holder)) continue;
        const release = async (): Promise<void> => releaseIfOurs(file, holder);
        return takenOver === undefined ? { holder, release } : { holder, takenOver, release };
      }
      if (found.holder !== undefined && holds(found.holder)) {
        if (depth === 0) return { heldBy: found.holder };
        // Another process takes over just now; it is done in a moment.
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      if (depth === DEEPEST) break;
      const mutex = await take(`${file}.takeover`, holder, depth + 1);
      if ('heldBy' in mutex) continue;
      try {
        if (read(file)?.text === found.text) {
          moveAway(file);
          takenOver = found.holder;
        }
      } finally {
        await mutex.release();
      }
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw notWritable(file, error);
  }
  throw fail('run.lock-stuck', `The lock ${file} can't be taken over, although nobody seems to hold it.`, {
    fault: 'environment',
    hints: [`If no fairlead runs on this machine, remove ${file} and all files beside it that begin with that name.`],
    retryable: true,
  });
}

/**
 * The name appears with its whole content, or not at all: nobody ever reads half a lock. Nothing is flushed to the
 * disk: after a power cut the boot is another one, or the file is empty, and either is a stale lock.
 */
function createExclusively(file: string, holder: LockHolder): boolean {
  const temporary = temporaryBeside(file);
  const text = `${JSON.stringify(holder, undefined, 2)}\n`;
  const write = (): void => writeFileSync(temporary, text, { mode: 0o600 });
  try {
    try {
      write();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      write();
    }
    linkSync(temporary, file);
    return true;
  } catch (error) {
    // Another has it; or one in another container, to whom our process id is nobody's, swept ours away: once more.
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false;
    throw error;
  } finally {
    tryToRemove(temporary);
  }
}

function moveAway(file: string): void {
  const aside = temporaryBeside(file);
  try {
    renameSync(file, aside);
  } catch (error) {
    // Someone removed it by hand in this very moment: all the better.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  tryToRemove(aside);
}

/** Our own locks that were given up, but are still on a disk that refuses to remove them: they hold nobody. */
const givenUp = new Set<string>();

/** Never throws: what the holder did is more important to tell, and with our death the lock is stale. */
function releaseIfOurs(file: string, { nonce }: LockHolder): void {
  givenUp.add(nonce);
  try {
    if (read(file)?.holder?.nonce === nonce) unlinkSync(file);
    givenUp.delete(nonce);
  } catch {
    // The next one to take it, be it ourselves, takes it over, or hears what is wrong with the disk.
  }
}

function tryToRemove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Not there, or litter that disturbs nobody: its name is used once.
  }
}

/** Undefined where there is no such file; without a holder where it names none. */
function read(file: string): { text: string; holder: LockHolder | undefined } | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const holder: Partial<LockHolder> | null = JSON.parse(text);
    return { text, holder: typeof holder?.pid === 'number' ? (holder as LockHolder) : undefined };
  } catch {
    return { text, holder: undefined };
  }
}

/** A process of another container can't be looked at: it counts as alive, to be safe. */
function holds(holder: LockHolder): boolean {
  if (givenUp.has(holder.nonce)) return false;
  if (holder.bootId !== bootId()) return false;
  if (holder.pidNamespace !== pidNamespace()) return true;
  return isAlive(holder.pid, holder.startTime);
}

function held(file: string, holder: LockHolder): FairleadError {
  const from = holder.sshClient === undefined ? '' : ` from ${holder.sshClient}`;
  const elsewhere = holder.pidNamespace !== pidNamespace();
  return fail(
    'run.held',
    `Another fairlead is at work here: \`${holder.what}\`, process ${holder.pid} of ${holder.user}${from}, since ${holder.since}.`,
    {
      hints: [
        'Wait until it is done, or stop it there.',
        ...(elsewhere ? [`It runs, or ran, in another container. If that is gone, remove ${file}.`] : []),
      ],
      retryable: true,
    },
  );
}

function clientOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.SSH_CONNECTION?.split(' ')[0] || undefined;
}
