import { type FairleadError, fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { tailOf } from './postconf.ts';
import type { Attempt } from './record.ts';
import { type LogContext, lastWords, wordsOfLogLine } from './running-postfix.ts';
import { goBack } from './way-back.ts';

/** Postfix, or its configuration, is not there: `mail.no-postfix`. */
export function noPostfix(): FairleadError {
  return fail('mail.no-postfix', 'Postfix is not installed on this host, or has no /etc/postfix/main.cf.', {
    hints: [
      'Install it, with a step host.package before this one: `postfix`, `sasl2-bin` and `libsasl2-modules` on Debian.',
      'Where Debian was told “No configuration”, `dpkg-reconfigure postfix` makes one.',
    ],
  });
}

/** Has Postfix check all of its configuration. What it refuses is taken back: `mail.refused`, or `mail.broken-before`. */
export async function requireAccepted(attempt: Attempt, ctx: ApplyContext): Promise<void> {
  ctx.signal.throwIfAborted();
  const fault = await faultOf(ctx);
  if (fault === undefined) return;
  await goBack(attempt, ctx);
  const before = await faultOf(ctx);
  const grave = fault.findLast((line) => /\b(fatal|error|panic): /.test(line)) ?? fault.at(-1);
  const reason = `${grave === undefined ? 'it says why at a terminal only, with `postfix check`' : wordsOfLogLine(grave).replace(/\.$/, '')}.`;
  const evidence = { argv: ['postfix', 'check'], tail: fault };
  if (before === undefined) {
    throw fail('mail.refused', `Postfix refuses its new configuration: ${reason} What was there before is back.`, {
      hints: ['Read its last lines, and correct what they name.', 'Postfix itself was not reloaded, and runs as it did.'],
      evidence,
    });
  }
  throw fail('mail.broken-before', `Postfix's configuration was broken before this step, and not by it: ${reason}`, {
    hints: ['Run `postfix check`, and repair what it names. All is as it was found.'],
    evidence,
  });
}

/** What Postfix has against its configuration; undefined where it has nothing. */
async function faultOf(ctx: LogContext): Promise<readonly string[] | undefined> {
  const { code, stdout, stderr } = await ctx.host.exec({ argv: ['postfix', 'check'] }, { signal: ctx.signal });
  if (code === 0) return undefined;
  const told = tailOf(`${stdout}\n${stderr}`);
  // Of the log just what the check itself said, and not what goes wrong with mail meanwhile.
  return told.length > 0 ? told : (await lastWords(ctx)).filter((line) => /\bpostfix(\/postfix-script)?\[\d+\]: /.test(line));
}

/** The check passed, and still Postfix does not run with it: `mail.reload-failed`. */
export function notReloaded(runsAgain: boolean, tail: readonly string[]): FairleadError {
  return fail(
    'mail.reload-failed',
    `Postfix did not take its new configuration. What was there before is back, and it ${runsAgain ? 'runs with that' : 'does not run'}.`,
    {
      fault: 'environment',
      hints: [
        'Read the last lines of its log: a port in use is what its own check does not find.',
        ...(runsAgain ? [] : ['Start it by hand, and see what it says.']),
      ],
      retryable: true,
      evidence: { tail },
    },
  );
}
