import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { type FairleadError, fail } from '../model/failure.ts';
import { errorCode, notWritable } from './not-writable.ts';
import { bootId, isAlive, pidNamespace, startTimeOf } from './process-identity.ts';

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
  /** Gives it up. A lock that is not ours any more is left alone. */
  release(): Promise<void>;
}

/** Stale locks of stale locks: each level needs a crash within the microseconds of taking over. */
const DEEPEST = 4;
/** How long to wait for another process that takes a stale lock over, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Takes the lock, or throws `run.held`, naming who holds it. A lock whose holder is dead (its process is gone, is
 * another one by now, or belongs to an earlier boot) is taken over: renamed away, then created exclusively. Only
 * who holds `<file>.takeover` may rename it, after looking again; so two processes never both win. Throws
 * `state.not-writable` where the file can't be made.
 */
export async function acquireLock(
  file: string,
  {
    what,
    user = userInfo().username,
    sshClient = clientOf(process.env),
  }: { what: string; user?: string; sshClient?: string | undefined },
): Promise<Lock> {
  const holder: LockHolder = {
    pid: process.pid,
    bootId: bootId(),
    startTime: startTimeOf(process.pid) ?? '',
    pidNamespace: pidNamespace(),
    user,
    ...(sshClient === undefined ? {} : { sshClient }),
    since: new Date().toISOString(),
    what,
    nonce: randomBytes(8).toString('hex'),
  };
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return await take(file, holder, 0);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw notWritable(file, error);
  }
}

/** Who holds the lock now: undefined where nobody does, or a dead process. */
export async function lockHolder(file: string): Promise<LockHolder | undefined> {
  const found = await read(file);
  return found !== undefined && found.holder !== undefined && holds(found.holder) ? found.holder : undefined;
}

async function take(file: string, holder: LockHolder, depth: number): Promise<Lock> {
  let takenOver: LockHolder | undefined;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const found = await read(file);
    if (found === undefined) {
      if (!(await createExclusively(file, holder))) continue;
      const release = (): Promise<void> => releaseIfOurs(file, holder);
      return takenOver === undefined ? { holder, release } : { holder, takenOver, release };
    }
    if (found.holder !== undefined && holds(found.holder)) {
      if (depth === 0) throw held(file, found.holder);
      // Another process takes over just now; it is done in a moment.
      await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    if (depth === DEEPEST) break;
    const mutex = await take(`${file}.takeover`, holder, depth + 1);
    try {
      const again = await read(file);
      if (again !== undefined && again.text === found.text) {
        await moveAway(file, holder);
        takenOver = found.holder;
      }
    } finally {
      await mutex.release();
    }
  }
  throw fail('run.lock-stuck', `The lock ${file} can't be taken over, although nobody seems to hold it.`, {
    fault: 'environment',
    hints: [`If no fairlead runs on this machine, remove ${file} and all files beside it that begin with that name.`],
    retryable: true,
  });
}

/** The name appears with its whole content, or not at all: nobody ever reads half a lock. */
async function createExclusively(file: string, holder: LockHolder): Promise<boolean> {
  const temporary = `${file}.${holder.nonce}.new`;
  try {
    {
      await using handle = await open(temporary, 'w', 0o600);
      await handle.writeFile(`${JSON.stringify(holder, undefined, 2)}\n`);
      await handle.sync();
    }
    await link(temporary, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function moveAway(file: string, holder: LockHolder): Promise<void> {
  const aside = `${file}.${holder.nonce}.stale`;
  await rename(file, aside).catch((error: unknown) => {
    // Someone removed it by hand in this very moment: all the better.
    if (errorCode(error) !== 'ENOENT') throw error;
  });
  await rm(aside, { force: true });
}

async function releaseIfOurs(file: string, holder: LockHolder): Promise<void> {
  const found = await read(file);
  if (found?.holder?.nonce === holder.nonce) await rm(file, { force: true });
}

/** Undefined where there is no such file; without a holder where it names none. */
async function read(file: string): Promise<{ text: string; holder: LockHolder | undefined } | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
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
