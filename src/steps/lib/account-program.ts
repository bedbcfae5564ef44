import Type from 'typebox';
import { EVIDENCE_LINES, type Failure, fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';

/** A name that useradd(8) and groupadd(8) of every distribution take. */
export function accountName(description: string) {
  return Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,30}\\$?$', description });
}

type Refusal = Pick<Failure, 'code' | 'message' | 'hints'> & Partial<Failure>;

/** What the exit codes of useradd(8), usermod(8), groupadd(8) … mean; they agree, but for 8. */
const refusals: Readonly<Record<number, (name: string, program: string) => Refusal>> = {
  4: (name) => ({
    code: 'host.id-taken',
    message: `The number that ${name} should have belongs to somebody else.`,
    hints: ['See who has it with `getent passwd NUMBER` and `getent group NUMBER`, and give another one.'],
  }),
  6: (name) => ({
    code: 'host.no-such-group',
    message: `A group that ${name} should be in does not exist.`,
    hints: ['Make the group in an earlier step (host.group).'],
  }),
  8: (name, program) =>
    program.startsWith('group')
      ? {
          code: 'host.group-in-use',
          message: `The group ${name} can't be removed: it is the login group of a user.`,
          hints: [`Find that user with \`getent passwd\`, and remove it first or give it another group.`],
        }
      : {
          code: 'host.user-in-use',
          message: `The user ${name} can't be changed: it is logged in, or runs programs.`,
          hints: [`See \`ps -u ${name}\`; stop what runs as ${name}, then try again.`],
          retryable: true,
        },
  9: (name) => ({
    code: 'host.name-taken',
    message: `The name ${name} was given to somebody else meanwhile.`,
    hints: ['Run the step again: it looks anew.'],
    retryable: true,
  }),
  10: () => ({
    code: 'host.accounts-locked',
    message: "The host's user and group files can't be changed now: another program holds them, or they are read-only.",
    hints: [
      'Wait until it has ended, and try again.',
      'If nothing runs, look for a stale `/etc/.pwd.lock` or `/etc/passwd.lock`.',
    ],
    fault: 'environment',
    retryable: true,
  }),
};

/** Runs a program of the shadow suite for the account `name`; any exit code but 0 becomes a `host.*` failure. */
export async function runAccountProgram(ctx: ApplyContext, argv: readonly string[], name: string): Promise<void> {
  ctx.signal.throwIfAborted();
  ctx.output(`$ ${argv.join(' ')}`);
  const { code, stdout, stderr } = await ctx.host.exec({ argv }, { signal: ctx.signal, onLine: (line) => ctx.output(line) });
  if (code === 0) return;
  const program = argv[0] ?? '';
  const refusal = refusals[code ?? -1]?.(name, program) ?? {
    code: 'host.account-failed',
    message: `${program} could not do its work for ${name}.`,
    hints: ['Read what it printed.'],
    fault: 'environment',
  };
  const tail = sanitize(`${stdout}${stderr}`, true)
    .split('\n')
    .filter((line) => line !== '');
  const evidence = { argv, tail: tail.slice(-EVIDENCE_LINES), ...(code === null ? {} : { exit: code }) };
  const { code: failureCode, message, ...details } = refusal;
  throw fail(failureCode, message, { ...details, evidence });
}
