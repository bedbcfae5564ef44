import { fail, failureOf } from '../../model/failure.ts';
import type { ApplyContext, ReadContext } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { detectInit, restartService, serviceState } from '../lib/init-system.ts';
import { evidenceLine } from '../lib/run-streamed.ts';
import { takenPorts } from '../lib/taken-ports.ts';
import { waitUntil } from '../lib/wait-until.ts';

const EVERY_MS = 100;
/** Postfix reads its configuration within moments; a slow host takes its time. */
const TAKEN_WITHIN_MS = 10_000;
/** What can't have its port ends within moments: it must be seen to run so many times. */
const LOOKS = 3;

/** The number of Postfix's first process; undefined where it does not run. */
export async function runningPostfix(queue: string, ctx: Pick<ReadContext, 'host'>): Promise<string | undefined> {
  const pid = (await textOf(ctx, `${queue === '' ? '/var/spool/postfix' : queue}/pid/master.pid`))?.trim() ?? '';
  if (!/^\d+$/.test(pid)) return undefined;
  // The file stays where Postfix has ended, and its number may be another program's by now.
  return (await textOf(ctx, `/proc/${pid}/comm`))?.trim() === 'master' ? pid : undefined;
}

/**
 * Has a running Postfix read its configuration anew, or starts it, and waits until it answers on the port (`undefined`: any).
 * False where it runs no more, or does not take the port. No connection is cut.
 */
export async function runAnew(queue: string, port: number | undefined, ctx: ApplyContext): Promise<boolean> {
  ctx.signal.throwIfAborted();
  if ((await runningPostfix(queue, ctx)) === undefined) await start(ctx);
  else {
    const { code } = await ctx.host.exec({ argv: ['postfix', 'reload'] }, { signal: ctx.signal });
    if (code !== 0) return false;
  }
  let seen = 0;
  const look = async (): Promise<boolean | undefined> => {
    const alive = (await runningPostfix(queue, ctx)) !== undefined;
    const taken = await takenPorts(ctx);
    // Where the kernel does not tell who listens, that it lives has to do.
    if (taken === undefined) return alive;
    seen = alive && (port === undefined || taken.has(port)) ? seen + 1 : 0;
    return seen >= LOOKS || undefined;
  };
  return (await waitUntil(look, { limit: TAKEN_WITHIN_MS, every: EVERY_MS, signal: ctx.signal })) ?? false;
}

/** By way of what starts this host's services, where that knows Postfix. Debian's unit counts as active also without it: restart. */
async function start(ctx: ApplyContext): Promise<void> {
  const init = await detectInit(ctx.host);
  if (init !== 'none' && (await serviceState(ctx, init, 'postfix')).known) {
    await restartService(ctx, init, 'postfix');
    return;
  }
  const argv = ['postfix', 'start'];
  const { code, stderr } = await ctx.host.exec({ argv }, { signal: ctx.signal });
  if (code === 0) return;
  throw fail('mail.not-started', `Postfix does not start: ${sanitize(stderr).trim()}`, {
    fault: 'environment',
    hints: ['Read the last lines of its log.'],
    retryable: true,
    evidence: { argv, tail: await lastWords(ctx), ...(code === null ? {} : { exit: code }) },
  });
}

/**
 * The last lines of Postfix's log, wherever that is: without a terminal its programs tell what is wrong there and nowhere else.
 */
export async function lastWords(ctx: LogContext): Promise<readonly string[]> {
  const named = (await said(ctx, ['postconf', '-h', 'maillog_file'])).trim();
  for (const path of [named, '/var/log/mail.log', '/var/log/maillog'].filter((each) => each.startsWith('/'))) {
    const [stat] = await ctx.host.files([{ op: 'stat', path }]);
    if (stat?.kind === 'file') return linesOf(await said(ctx, ['tail', '-n', '12', path]));
  }
  const tags = ['postfix', 'postfix/master', 'postfix/postfix-script', 'postfix/submission/smtpd'].flatMap((tag) => ['-t', tag]);
  return linesOf(await said(ctx, ['journalctl', '--no-pager', '-n', '12', ...tags]));
}

/** What looking into the log takes. */
export type LogContext = Pick<ReadContext, 'host' | 'signal'>;

/** A line of a log without its date, host and program. Pure. */
export function wordsOfLogLine(line: string): string {
  return line.replace(/^.*?\bpostfix\S*\[\d+\]: /, '');
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.includes('postfix'))
    .map(evidenceLine);
}

async function said(ctx: LogContext, argv: readonly string[]): Promise<string> {
  try {
    return (await ctx.host.exec({ argv }, { signal: ctx.signal })).stdout;
  } catch (error) {
    // A host without systemd's journal: then nothing is known.
    if (failureOf(error).code === 'host.no-such-program') return '';
    throw error;
  }
}

async function textOf(ctx: Pick<ReadContext, 'host'>, path: string): Promise<string | undefined> {
  try {
    const [bytes] = await ctx.host.files([{ op: 'read', path }]);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  } catch {
    // A process that ends while it is looked at: ESRCH rather than ENOENT.
    return undefined;
  }
}
