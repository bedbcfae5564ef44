import { setTimeout as delay } from 'node:timers/promises';
import { type FairleadError, fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { forgetCompose } from './compose-cli.ts';
import { runStreamed, type Streamed } from './run-streamed.ts';

/** How long somebody else's apt or dpkg is waited for. */
const LOCK_PATIENCE_MS = 10 * 60_000;
const LOCK_RETRY_MS = 2000;
/** How long dpkg may go on after a stop. */
const DPKG_GRACE_MS = 2 * 60_000;

const ENVIRONMENT = {
  // Failures are known by their wording, so it must be English; UTF-8 because packages' scripts take the encoding
  // of what they set up (a PostgreSQL cluster, say) from here.
  LC_ALL: 'C.UTF-8',
  LANGUAGE: undefined,
  DEBIAN_FRONTEND: 'noninteractive',
  DEBIAN_PRIORITY: 'critical',
  NEEDRESTART_MODE: 'a',
  APT_LISTCHANGES_FRONTEND: 'none',
};

const OPTIONS = ['Dpkg::Use-Pty=0', 'Dpkg::Options::=--force-confdef', 'Dpkg::Options::=--force-confold'];

/**
 * Runs `apt-get`, with files that the operator changed kept, and waits, saying for whom, while somebody else's
 * apt or dpkg holds the lock. An exit code other than 0 is a result; a lock that stays is `package.locked`.
 */
export async function runApt(ctx: ApplyContext, args: readonly string[]): Promise<Streamed> {
  const argv = withStatusPipe(aptArgv(args));
  const until = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    let waiting: string | undefined;
    const ran = await runUnbroken(ctx, argv, (line) => {
      if (!line.startsWith('Waiting for cache lock')) return isOutput(line, ctx);
      waiting = waitingFor(line);
      ctx.progress(waiting);
      return false;
    });
    const printed = ran.tail.join('\n');
    // Compose may be another one now.
    forgetCompose(ctx.host);
    if (ran.code === 0 || !isLocked(printed)) return ran;
    // apt waits for dpkg's lock itself, but not for that of its lists, and old versions don't wait at all.
    waiting ??= waitingFor(printed);
    if (performance.now() > until) throw stillLocked(waiting, argv, ran);
    ctx.progress(waiting);
    await delay(LOCK_RETRY_MS, undefined, { signal: ctx.signal });
  }
}

/**
 * Runs `apt-get`, and lets dpkg finish what it has begun where the step is stopped meanwhile: cut off half-way it
 * leaves a system that refuses every further change of packages.
 */
async function runUnbroken(ctx: ApplyContext, argv: readonly string[], onLine: (line: string) => boolean): Promise<Streamed> {
  ctx.signal.throwIfAborted();
  const stop = new AbortController();
  let inDpkg = false;
  let lastWord: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    if (inDpkg) ctx.progress('Stopping when dpkg has finished what it began');
    lastWord = setTimeout(() => stop.abort(ctx.signal.reason), inDpkg ? DPKG_GRACE_MS : 0);
  };
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const ran = await runStreamed({ ...ctx, signal: stop.signal }, { argv, env: ENVIRONMENT }, (line) => {
      inDpkg ||= line.startsWith('pmstatus:');
      return onLine(line);
    });
    ctx.signal.throwIfAborted();
    return ran;
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
    clearTimeout(lastWord);
  }
}

/** The whole command line of an `apt-get` call. */
export function aptArgv(args: readonly string[]): readonly string[] {
  const patience = `DPkg::Lock::Timeout=${LOCK_PATIENCE_MS / 1000}`;
  const options = [patience, 'APT::Status-Fd=3', ...OPTIONS].flatMap((option) => ['-o', option]);
  return ['apt-get', '-y', ...options, ...args];
}

/**
 * apt's progress reports need a descriptor of their own: given standard output, apt keeps that from the packages'
 * scripts, and one that prints anything fails. The shell's text is fixed; what is run are its arguments.
 */
function withStatusPipe(argv: readonly string[]): readonly string[] {
  return ['sh', '-c', 'exec "$@" 3>&1', 'sh', ...argv];
}

/** Says on the progress line what is progress; returns whether the line is output besides. */
function isOutput(line: string, ctx: ApplyContext): boolean {
  // apt's README.progress-reporting: `dlstatus` and `pmstatus`, each with a part, a percentage and a text.
  const status = /^(dlstatus|pmstatus|pmconffile|pmerror):[^:]*:([\d.]+):(.*)$/.exec(line);
  if (status === null) return true;
  ctx.progress(status[3] ?? '', Math.round(Number(status[2])), 100);
  return false;
}

/** Is somebody else at it? apt words it much alike where it may not open the lock: waiting would not help then. */
function isLocked(printed: string): boolean {
  if (/are you root\?|Read-only file system/.test(printed)) return false;
  return /Could not get lock|Unable to (acquire|lock) |dpkg (frontend|status database) .*locked/.test(printed);
}

function waitingFor(text: string): string {
  const holder = /held by process (\d+) \(([^)]*)\)/.exec(text);
  const lock = /lock (\/[\w/.-]+?)\.?\s/.exec(`${text} `)?.[1] ?? "apt's lock";
  const who = holder === null ? 'another process' : `${holder[2]} (process ${holder[1]})`;
  return `Waiting for ${who}, which holds ${lock}`;
}

function stillLocked(waiting: string, argv: readonly string[], ran: Streamed): FairleadError {
  return fail('package.locked', `${waiting}: ten minutes were not enough.`, {
    fault: 'environment',
    hints: ['See what that process does (`ps -fp` and its number); when it has ended, let the step run again.'],
    retryable: true,
    evidence: evidenceOf(argv, ran),
  });
}

/** A run as a failure's evidence. */
export function evidenceOf(argv: readonly string[], ran: Streamed) {
  return { argv, tail: ran.tail, ...(ran.code === null ? {} : { exit: ran.code }) };
}

/** The failure of an `apt-get` call, told by its output; `what` is the act, as in `installing hello`. */
export function aptFailure(what: string, argv: readonly string[], ran: Streamed): FairleadError {
  const printed = ran.tail.join('\n');
  const evidence = evidenceOf(argv, ran);
  if (wasInterrupted(printed)) {
    return fail('package.dpkg-interrupted', `${what} is not possible: an earlier change of packages was cut off.`, {
      fault: 'environment',
      hints: ['Run `dpkg --configure -a` on the host, then let the step run again.'],
      retryable: true,
      evidence,
    });
  }
  if (mirrorFailed(printed)) {
    return fail('package.mirror-unreachable', `${what} failed: the packages could not be fetched.`, {
      fault: 'environment',
      hints: ["Check the host's network and name resolution, and /etc/apt/sources.list and what lies in sources.list.d."],
      retryable: true,
      evidence,
    });
  }
  return fail('package.apt-failed', `${what} failed: apt-get ended with ${ran.code ?? ran.signal ?? 'a signal'}.`, {
    fault: 'environment',
    hints: ['Read the lines that begin with `E:`; `apt-get --fix-broken install` puts half-installed packages right.'],
    retryable: true,
    evidence,
  });
}

/** Does apt ask for `dpkg --configure -a`? */
export function wasInterrupted(printed: string): boolean {
  return /dpkg was interrupted/.test(printed);
}

/** Could apt not fetch something? It ends with 0 all the same where old lists are still there. */
export function mirrorFailed(printed: string): boolean {
  return /^[EW]: (Failed to fetch|Unable to fetch|Some index files failed|The repository .* does not have a Release file)/m.test(
    printed,
  );
}
