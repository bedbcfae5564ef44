import { exitCodes, fail } from '../model/failure.ts';
import { findRun, needInstalled, runsOf, unfinishedRun } from './deployments.ts';
import { readRecipe, readRecipeFolder, refuseOtherRecipe } from './prepare-run.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';
import { startRun } from './start-run.ts';
import { abandonRun, goOnWith, resumeOrAbandon, waysOut } from './unfinished-run.ts';

/** `fairlead run RECIPE`: installs or converges. */
export async function runRecipe(named: string, request: RunRequest, session: Session): Promise<number> {
  const recipe = await readRecipe(named, session);
  const deployment = request.name ?? recipe.name;
  const runs = await runsOf(session.folder, deployment);
  refuseOtherRecipe(deployment, runs, recipe);
  const unfinished = unfinishedRun(runs);
  if (unfinished !== undefined) {
    await refuseIfHeld(deployment, session);
    const choice = await resumeOrAbandon(unfinished, recipe, request, session);
    if (choice === 'resume') return goOnWith(deployment, unfinished, request, session);
    const code = await abandonRun(deployment, unfinished, request, session);
    if (code !== exitCodes.done) return code;
  }
  return startRun({ recipe, deployment, runs: await runsOf(session.folder, deployment), request, session });
}

/** `fairlead task DEPLOYMENT TASK`: a day-2 operation, from the deployment's own copy of its recipe. */
export async function runTask(deployment: string, request: RunRequest, session: Session): Promise<number> {
  const installed = await needInstalled(session.folder, deployment);
  const runs = await runsOf(session.folder, deployment);
  const unfinished = unfinishedRun(runs);
  if (unfinished !== undefined) {
    await refuseIfHeld(deployment, session);
    throw fail('run.operator-needed', `Run ${unfinished.id} of ${deployment} has not come to its end.`, {
      hints: waysOut(unfinished),
    });
  }
  const recipe = await readRecipeFolder(installed.paths.recipe);
  return startRun({ recipe, deployment, runs, request, session });
}

/** `fairlead resume [RUN]`; `giveUp` makes the run final instead. */
export async function resumeRun(
  named: string | undefined,
  request: RunRequest,
  giveUp: boolean,
  session: Session,
): Promise<number> {
  const { deployment, run } = await findRun(session.folder, named, 'unfinished');
  await refuseIfHeld(deployment, session);
  return giveUp ? abandonRun(deployment, run, request, session) : goOnWith(deployment, run, request, session);
}
