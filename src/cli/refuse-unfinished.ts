import { fail } from '../model/failure.ts';
import { type ReadableRun, unfinishedRun } from './deployments.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import type { Session } from './session.ts';

/** What can be done about an unfinished run, as commands. */
export function waysOut(run: ReadableRun): readonly string[] {
  const back = run.header.kind === 'rotate' ? 'Or go back to the old value' : 'Or give it up';
  return [`Go on with it: fairlead resume ${run.id}`, `${back}: fairlead resume ${run.id} --abandon`];
}

/** What is done to a deployment besides installing it begins where nothing else is half-done. */
export async function refuseUnfinished(deployment: string, runs: readonly ReadableRun[], session: Session): Promise<void> {
  const unfinished = unfinishedRun(runs);
  if (unfinished === undefined) return;
  await refuseIfHeld(deployment, session);
  throw fail('run.operator-needed', `Run ${unfinished.id} of ${deployment} has not come to its end.`, {
    hints: waysOut(unfinished),
  });
}
