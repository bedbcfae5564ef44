import type { RunLink } from '../model/dispatch.ts';
import { findRunning } from './find-running.ts';
import { linkRun } from './link-run.ts';
import type { Session } from './session.ts';

/** A line to a run that is under way, by its id or its deployment. It needs no recipe and no step type, which would weigh more. */
export async function attachToRun(named: string, session: Session): Promise<RunLink> {
  const { deployment, run } = await findRunning(session.folder, named);
  return linkRun(deployment, run, 'now', session);
}
