import { rm } from 'node:fs/promises';
import { copyRecipe } from '../journal/copy-folder.ts';
import { createJournal, type Journal } from '../journal/journal-file.ts';
import { acquireLock } from '../journal/lock.ts';
import { momentAfter, newRunId, type RunPaths } from '../journal/state-folder.ts';
import { fail } from '../model/failure.ts';
import type { Recipe } from '../model/recipe.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { latestRun, runsOf } from './deployments.ts';
import { drive } from './drive.ts';
import { heedSignalsAgain } from './drive-run.ts';
import { planPage } from './plan-command.ts';
import { printPlanDocument } from './plan-document.ts';
import { headerFor, planFor, type Start, withSecretsAsked } from './plan-run.ts';
import { checkAnswers, type Plan, programFor, wantsRoot } from './prepare-run.ts';
import { readRecipeFolder } from './read-recipe.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import { restartUnderSudo } from './restart-under-sudo.ts';
import type { Session } from './session.ts';
import { openWorld } from './world.ts';

/** Plans, has the plan approved where that can be asked only before (no terminal), then runs; the exit code. */
export async function startRun(asked: Start): Promise<number> {
  heedSignalsAgain();
  const { session, recipe } = asked;
  const program = programFor(recipe, asked.request.options);
  checkAnswers(program, asked.request.standing);
  await refuseIfHeld(asked.deployment, session);
  const start = await withSecretsAsked(asked);
  const { request } = start;
  try {
    const moment = momentAfter(start.runs);
    const id = newRunId(moment);
    // The plan comes before the first byte is written: what must be refused is refused with nothing touched.
    const plan = await planFor(start, id, program);
    const unapproved = !session.console.attended && !request.standing.approvePlan;
    if (unapproved && changesSomething(plan)) return refuseUnapproved(plan, session);
    return await startPlanned(start, id, moment, plan);
  } catch (error) {
    if (!wantsRoot(error) || !session.console.attended) throw error;
    const code = await restartUnderSudo(request.inputs, session);
    if (code === undefined) throw error;
    return code;
  }
}

async function startPlanned(start: Start, id: string, moment: Date, plan: Plan): Promise<number> {
  const { deployment, session, request } = start;
  const paths = await session.folder.makeDeployment(deployment);
  const lock = await acquireLock(paths.lock, {
    what: `fairlead ${request.options.rotate === undefined ? 'run' : 'secrets rotate'} ${deployment}`,
  });
  try {
    if (latestRun(await runsOf(session.folder, deployment))?.id !== latestRun(start.runs)?.id) {
      throw fail('run.overtaken', `Another run of ${deployment} began while this one was planned.`, {
        hints: ['Run it again: the plan is out of date. Nothing was changed.'],
        retryable: true,
      });
    }
    const world = await openWorld(session, deployment, { purpose: 'start', run: id });
    const header = await headerFor(start, id, world);
    const runPaths = await session.folder.makeRun(deployment, id);
    const journal = await beginRecord(start.recipe, runPaths, moment);
    const program = programFor(await readRecipeFolder(runPaths.recipe), request.options);
    const begin = { header, forecast: plan.forecast };
    return await drive({ program, deployment, request, session, world, journal, paths: runPaths, begin });
  } finally {
    await lock.release();
  }
}

/** The run's own copy of the recipe, and its journal. A run that can't have them leaves no folder either. */
async function beginRecord(recipe: Recipe, paths: RunPaths, moment: Date): Promise<Journal> {
  try {
    await copyRecipe(recipe.folder, paths.recipe);
    return await createJournal(paths.journal, { notBefore: moment });
  } catch (error) {
    await rm(paths.dir, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

function changesSomething(plan: Plan): boolean {
  return plan.forecast.some((step) => step.changes.length > 0 || step.waitsFor !== undefined);
}

function refuseUnapproved(plan: Plan, session: Session): number {
  const { console } = session;
  if (console.json) printPlanDocument(console, plan);
  else console.out(`${foldLines(planPage(plan, console.style), console.columns()).join('\n')}\n`);
  throw fail(
    'run.operator-needed',
    'The plan needs a yes, and there is no terminal to ask at. Nothing was changed and no run was kept.',
    { hints: ['Read the plan above; then run it again with --yes.'] },
  );
}
