import { isatty } from 'node:tty';
import type { Draft, Typed } from '../model/dispatch.ts';
import { exitCodes } from '../model/failure.ts';
import { holdDialogue } from '../views/text/dialogue/dialogue.ts';
import { createCatalogue } from './app-catalogue.ts';
import { openDispatch } from './app-ports.ts';
import { createLineReader } from './ask-line.ts';
import { askSecret } from './ask-secret.ts';
import { requestOfDraft } from './draft.ts';
import { exitCodeOfRun } from './drive-run.ts';
import { givenInputs } from './given-inputs.ts';
import { openShell } from './open-shell.ts';
import { exitCodeOf } from './output.ts';
import { beginUnderSudo } from './restart-under-sudo.ts';
import type { Session } from './session.ts';

/**
 * The app as a linear dialogue; the exit code is that of the run which was watched last. A terminal that goes away ends the dialogue,
 * and no run.
 */
export async function runPlainApp(session: Session): Promise<number> {
  const { console, environment } = session;
  const lines = createLineReader(console);
  const given = await givenInputs({ pairs: [], descriptors: [], environment });
  const dispatch = openDispatch(session, { inputs: given });
  let code: number = exitCodes.done;
  // What may announce a screen reader in the environment is lost on the way.
  const beginAsRoot = async (draft: Draft, typed: Typed): Promise<void> => {
    code = await beginUnderSudo(requestOfDraft(draft, typed).inputs, ['--plain', ...session.argv]);
  };
  try {
    await holdDialogue(
      {
        catalogue: createCatalogue(session),
        dispatch,
        openShell,
        onEnd(end) {
          code = end === 'left' ? exitCodes.done : 'status' in end ? exitCodeOfRun(end) : exitCodeOf(end);
        },
        ...(process.getuid?.() === 0 ? {} : { beginAsRoot }),
      },
      {
        write: console.out,
        style: console.style,
        overwrites: false,
        readLine: lines.read,
        readSecret: (prompt, signal) => askSecret(console, prompt, signal),
        columns: () => console.columns() ?? 80,
        onInterrupt(listener) {
          process.on('SIGINT', listener);
          return () => process.off('SIGINT', listener);
        },
      },
    );
    return code;
  } catch (error) {
    if (!isatty(0)) return exitCodes.interrupted;
    throw error;
  }
}
