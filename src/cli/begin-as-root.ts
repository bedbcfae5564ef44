import type { Draft, Typed } from '../model/dispatch.ts';
import { fail } from '../model/failure.ts';
import { runAtTerminal } from '../views/tui/terminal/suspend.ts';
import { requestOfDraft } from './draft.ts';
import { beginUnderSudo } from './restart-under-sudo.ts';

/**
 * This program once more, as root, at the form or the plan of this draft, with what was typed; its exit code. What was typed
 * goes by the environment. Throws `host.no-sudo` where sudo is not there or lets nobody in: then nothing was begun. `argv`: what
 * the program was called with.
 */
export async function beginAsRoot(draft: Draft, typed: Typed, argv: readonly string[]): Promise<number> {
  const { code, failure } = await runAtTerminal(['sudo', '-v']);
  if (failure !== undefined || code !== 0) {
    const why = failure === undefined ? 'sudo did not let you in' : `sudo can't be started (${failure.code})`;
    throw fail('host.no-sudo', `It was not begun as root: ${why}.`, {
      fault: 'environment',
      hints: ['Log in as root, or ask who looks after this host.', 'Nothing was changed, and what you typed is still there.'],
    });
  }
  return beginUnderSudo(requestOfDraft(draft, typed).inputs, commandOf(draft, argv));
}

/** The command that comes to the same draft; the one that was given, with its options, where that is it. Pure. */
export function commandOf(
  { ref, deployment, task }: Pick<Draft, 'ref' | 'deployment' | 'task'>,
  argv: readonly string[],
): readonly string[] {
  if (task !== undefined) return ['task', deployment, task.name];
  if (argv[0] === 'run' && argv.includes(ref)) return argv;
  return ['run', ref, '--name', deployment];
}
