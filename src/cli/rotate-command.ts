import { needInstalled, runsOf } from './deployments.ts';
import { readRecipeFolder } from './read-recipe.ts';
import { refuseUnfinished } from './refuse-unfinished.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';
import { startRun } from './start-run.ts';

/** `fairlead secrets rotate DEPLOYMENT NAME`: a run that puts a new value in force, from the deployment's own copy of its recipe. */
export async function rotateSecret(deployment: string, name: string, request: RunRequest, session: Session): Promise<number> {
  const installed = await needInstalled(session.folder, deployment);
  const runs = await runsOf(session.folder, deployment);
  await refuseUnfinished(deployment, runs, session);
  const recipe = await readRecipeFolder(installed.paths.recipe);
  const options = { ...request.options, rotate: name };
  return startRun({ recipe, deployment, runs, request: { ...request, options }, session });
}
