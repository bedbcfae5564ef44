import type { StepForecast } from '../model/events.ts';
import { exitCodes, FairleadError, fail } from '../model/failure.ts';
import type { Recipe } from '../model/recipe.ts';
import type { Change } from '../model/step.ts';
import { changeOfMindLines } from '../views/lib/change-text.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { planLines } from '../views/lib/plan-text.ts';
import type { Style } from '../views/lib/style.ts';
import { askMissingInputs } from './ask-inputs.ts';
import { needInstalled, runsOf } from './deployments.ts';
import { printFailure } from './output.ts';
import { printPlanDocument } from './plan-document.ts';
import { headerOf, heritageOf, inputsFor, makePlan, type Plan, programFor, refuseOtherRecipe } from './prepare-run.ts';
import { readRecipe, readRecipeFolder } from './read-recipe.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';
import { openWorld } from './world.ts';

/** `fairlead plan RECIPE`: what a run would change, with diffs; changes nothing. */
export async function planRecipe(named: string, request: RunRequest, exitCode: boolean, session: Session): Promise<number> {
  const recipe = await readRecipe(named, session);
  const plan = await planOf(recipe, request.name ?? recipe.name, request, session);
  printPlan(plan, session);
  return exitCode && differs(plan) ? endWithDifferences(session) : exitCodes.done;
}

/** `fairlead drift DEPLOYMENT`: what differs from the deployment's own copy of its recipe. */
export async function showDrift(deployment: string, request: RunRequest, session: Session): Promise<number> {
  const installed = await needInstalled(session.folder, deployment);
  const recipe = await readRecipeFolder(installed.paths.recipe);
  const plan = await planOf(recipe, deployment, request, session);
  const drifted = { ...plan, forecast: differencesIn(plan.forecast) };
  const upgrade = await upgradeOf(recipe, session);
  if (session.console.json) printPlanDocument(session.console, drifted, upgrade);
  else if (drifted.forecast.length === 0) session.console.out(`${deployment} is as its recipe says.\n`);
  else printPlan(drifted, session);
  if (!session.console.json && drifted.forecast.length === 0) {
    const orphans = changeOfMindLines([], plan.header, session.console.style);
    if (orphans.length > 0) session.console.out(`${foldLines(orphans, session.console.columns()).join('\n')}`);
  }
  const kept = plan.forecast.filter((step) => step.kept !== undefined);
  if (!session.console.json && kept.length > 0) {
    const lines = kept.map(({ step, kept: parts = [] }) => `    ${step}: ${parts.join(', ')}`);
    const back = `To have it so again: fairlead run ${nameOf(deployment, recipe)} --on-drift overwrite`;
    session.console.out(`Kept as edited by hand, and not as the recipe says:\n${lines.join('\n')}\n${back}\n`);
  }
  if (!session.console.json && upgrade !== undefined) {
    session.console.out(`\n${upgradeText(deployment, recipe, upgrade)}\n`);
  }
  return drifted.forecast.length === 0 ? exitCodes.done : endWithDifferences(session);
}

/**
 * The steps that say that the host is not as the recipe wants it. A check that only a run may do, since it sends a secret, says
 * nothing of the kind: nobody looked, and what it saw (`before`) is null. Nor does a program that only reads, which is asked in
 * a run only. What waits for a step that says nothing of the kind says nothing either.
 */
export function differencesIn(forecast: readonly StepForecast[]): readonly StepForecast[] {
  const byId = new Map(forecast.map((step) => [step.step, step]));
  const differs = ({ changes, waitsFor }: StepForecast): boolean => {
    if (waitsFor === undefined) return changes.some((change) => change.action !== 'read' && !isUnseen(change));
    const awaited = byId.get(waitsFor);
    return awaited === undefined || differs(awaited);
  };
  return forecast.filter(differs);
}

function isUnseen({ action, before }: Change): boolean {
  return action === 'check' && before === null;
}

/** The recipe of the same name that is shipped now, where it is another one: no drift, but an upgrade. */
async function upgradeOf(own: Recipe, session: Session): Promise<Recipe | undefined> {
  try {
    const shipped = await readRecipe(own.name, session);
    return shipped.digest === own.digest ? undefined : shipped;
  } catch (error) {
    // It came from elsewhere, or what is there now is broken: either way there is nothing to upgrade to.
    if (error instanceof FairleadError) return undefined;
    throw error;
  }
}

function upgradeText(deployment: string, own: Recipe, shipped: Recipe): string {
  const versions =
    own.version === shipped.version
      ? `${own.name} ${own.version} has changed since it was installed`
      : `${own.name} ${shipped.version} is there, and ${own.version} is installed`;
  return `An upgrade, not drift: ${versions}. See what it would change: fairlead plan ${nameOf(deployment, own)}`;
}

/** How the recipe of a deployment is named on the command line. */
function nameOf(deployment: string, { name }: Recipe): string {
  return deployment === name ? name : `${name} --name ${deployment}`;
}

async function planOf(
  recipe: Parameters<typeof programFor>[0],
  deployment: string,
  request: RunRequest,
  session: Session,
): Promise<Plan> {
  const runs = await runsOf(session.folder, deployment);
  refuseOtherRecipe(deployment, runs, recipe);
  const heritage = await heritageOf(runs, recipe);
  const world = await openWorld(session, deployment, { purpose: 'plan' });
  const given = await askMissingInputs(recipe, request.inputs, heritage.inputs, session.console);
  const inputs = await inputsFor(recipe, given, heritage.inputs, world.vault);
  const program = programFor(recipe, request.options);
  return makePlan(program, headerOf(program, deployment, 'plan', inputs, heritage, world, session), world);
}

/** Differences are found, not a failure; but a script that asked for JSON is told why the exit code is not 0. */
function endWithDifferences(session: Session): number {
  const { console } = session;
  const failure = fail('plan.differences', 'The host differs from what the recipe says.', {
    hints: ['`fairlead run` makes it so.'],
  });
  if (console.json) printFailure(console, failure);
  return exitCodes.differences;
}

function differs(plan: Plan): boolean {
  return differencesIn(plan.forecast).length > 0;
}

function printPlan(plan: Plan, session: Session): void {
  const { console } = session;
  if (console.json) {
    printPlanDocument(console, plan);
    return;
  }
  console.out(`${foldLines(planPage(plan, console.style), console.columns()).join('\n')}\n`);
}

/** A plan for people: what a change of mind invalidates, then the steps. */
export function planPage(plan: Plan, style: Style): readonly string[] {
  const titles = new Map(plan.program.steps.map((step) => [step.id, step.title]));
  return [...changeOfMindLines(plan.forecast, plan.header, style), ...planLines(plan.forecast, titles, style)];
}
