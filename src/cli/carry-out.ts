import type { RunLink } from '../model/dispatch.ts';
import type { Recipe } from '../model/recipe.ts';
import { driveHere } from './drive-run.ts';
import { openRun } from './open-run.ts';
import type { RunSpec } from './run-spec.ts';
import type { Session } from './session.ts';
import { startEngine } from './start-engine.ts';
import { watchRun } from './watch-run.ts';

/**
 * Does a run; its exit code. At a terminal in a process of its own, which the terminal can't take with it; without one here,
 * where whoever started us finds all of it. `recipe`: of a run that starts, where it was read already.
 */
export async function carryOut(spec: RunSpec, session: Session, recipe?: Recipe): Promise<number> {
  if (session.console.attended) return showRun(await startEngine(spec, session), session);
  return driveHere(
    await openRun(spec, session, { attended: false, ...(recipe === undefined ? {} : { recipe }) }),
    session.console,
  );
}

/** Shows a run that has a process of its own, in the app or as plain lines, until it ends or is let go; its exit code. */
async function showRun(link: RunLink, session: Session): Promise<number> {
  if (!session.console.app) return watchRun(link, session.console);
  return (await import('./app.ts')).runApp(session, { first: { kind: 'follow', link } });
}
