import { REMOVE_ORPHANS } from '../engine/orphans.ts';
import { exitCodes, fail } from '../model/failure.ts';
import type { Recipe, Task } from '../model/recipe.ts';
import { withTaskInputs } from '../model/task-inputs.ts';
import { askMissingInputs } from './ask-inputs.ts';
import { findRun, needInstalled, type ReadableRun, runsOf, stateOf, unfinishedRun } from './deployments.ts';
import type { GivenInputs } from './input-rules.ts';
import type { Console } from './output.ts';
import { heritageOf, refuseOtherRecipe } from './prepare-run.ts';
import { readRecipe, readRecipeFolder } from './read-recipe.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import { refuseUnfinished } from './refuse-unfinished.ts';
import { rotationChanged } from './rotation-inputs.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';
import { startRun } from './start-run.ts';
import { inputsOfTask, nothingNew, waysToChange } from './task-given.ts';
import { abandonRun, goOnWith, resumeOrAbandon } from './unfinished-run.ts';

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
    if (choice !== 'abandon') {
      return goOnWith(deployment, unfinished, request, session, choice === 'change' ? 'changed' : 'as-it-was');
    }
    const code = await abandonRun(deployment, unfinished, request, session);
    if (code !== exitCodes.done) return code;
  }
  if (session.console.app) return prepareInApp(named, deployment, request, session);
  return startRun({ recipe, deployment, runs: await runsOf(session.folder, deployment), request, session });
}

/** In the app: the form where something is missing, else the plan. */
async function prepareInApp(ref: string, deployment: string, request: RunRequest, session: Session): Promise<number> {
  const { runApp } = await import('./app.ts');
  const approved = request.standing.approvePlan ? ({ approved: true } as const) : {};
  return runApp(session, { first: { kind: 'prepare', ref, deployment, ...approved }, asked: request });
}

/** `fairlead task DEPLOYMENT TASK`: a day-2 operation, from the deployment's own copy of its recipe. */
export async function runTask(deployment: string, request: RunRequest, session: Session): Promise<number> {
  const installed = await needInstalled(session.folder, deployment);
  const runs = await runsOf(session.folder, deployment);
  await refuseUnfinished(deployment, runs, session);
  const recipe = await readRecipeFolder(installed.paths.recipe);
  const task = recipe.tasks.find(({ name }) => name === request.options.task);
  if (request.options.task === REMOVE_ORPHANS && task === undefined) {
    return removeOrphans(deployment, recipe, runs, request, session);
  }
  const inputs = task === undefined ? request.inputs : await askedForChange(task, recipe, runs, request.inputs, session.console);
  if (task?.changes === undefined) {
    return startRun({ recipe: withTaskInputs(recipe, task?.name), deployment, runs, request: { ...request, inputs }, session });
  }
  // A task that takes other inputs is the recipe done with them.
  const { task: _, ...options } = request.options;
  return startRun({ recipe, deployment, runs, request: { ...request, options, inputs }, session });
}

/** What a task is to change: where nothing was given, what has no default is asked for. */
async function askedForChange(
  wanted: Pick<Task, 'name' | 'inputs' | 'changes'>,
  recipe: Recipe,
  runs: readonly ReadableRun[],
  inputs: GivenInputs,
  console: Console,
): Promise<GivenInputs> {
  const { changes } = wanted;
  const given = inputsOfTask(wanted, inputs);
  if (changes === undefined || Object.keys(given).length > 0) return given;
  // The others stay what they are; what is asked for may depend on them.
  const before = Object.entries((await heritageOf(runs, recipe)).inputs).filter(([name]) => !changes.includes(name));
  const asked = await askMissingInputs(recipe, given, Object.fromEntries(before), console);
  if (Object.keys(asked).length > 0) return asked;
  throw nothingNew(wanted, waysToChange(wanted, recipe));
}

/** Removes what steps made that the recipe does not have any more: those of the last run that had any of them. */
async function removeOrphans(
  deployment: string,
  recipe: Recipe,
  runs: readonly ReadableRun[],
  request: RunRequest,
  session: Session,
): Promise<number> {
  const orphans = (await heritageOf(runs, recipe)).orphans.filter(({ sharedWith }) => sharedWith === undefined);
  const origin = runs.findLast(({ id }) => orphans.some((orphan) => orphan.run === id));
  if (origin === undefined) {
    session.console.out(`${deployment} has nothing left of steps that its recipe does not have any more.\n`);
    return exitCodes.done;
  }
  const only = orphans.filter(({ run }) => run === origin.id).map(({ step }) => step as string);
  const code = await startRun({
    recipe: await readRecipeFolder(origin.paths.recipe),
    deployment,
    runs,
    inputs: (await stateOf(origin)).header?.inputs ?? {},
    request: { ...request, options: { ...request.options, only } },
    session,
  });
  // Those of an older run are in another copy of the recipe: they are a run of their own.
  const after = await runsOf(session.folder, deployment);
  const left = (await heritageOf(after, recipe)).orphans.filter(({ sharedWith }) => sharedWith === undefined);
  if (code !== exitCodes.done || left.length === 0 || left.length >= orphans.length) return code;
  return removeOrphans(deployment, recipe, after, request, session);
}

/** `fairlead resume [RUN]`; `giveUp` makes the run final instead. */
export async function resumeRun(
  named: string | undefined,
  request: RunRequest,
  giveUp: boolean,
  session: Session,
): Promise<number> {
  const given = Object.values(request.inputs).some(({ source }) => source.kind !== 'environment');
  if (giveUp && (given || request.options.from !== undefined)) {
    throw fail('usage.abandon-changed', 'A run that is given up has no use for other inputs, nor for --from.', {
      hints: ['Leave out --abandon to go on with them. Nothing was changed.'],
    });
  }
  const { deployment, run } = await findRun(session.folder, named, 'unfinished');
  await refuseIfHeld(deployment, session);
  if (run.header.kind === 'rotate') {
    if (given) throw rotationChanged();
    // What the environment has was no input of `secrets rotate` either.
    return giveUp
      ? abandonRun(deployment, run, request, session)
      : goOnWith(deployment, run, { ...request, inputs: {} }, session, 'changed');
  }
  if (giveUp) return abandonRun(deployment, run, request, session);
  const { task: name } = run.header.options;
  if (name === undefined) return goOnWith(deployment, run, request, session, 'changed');
  const task = (await readRecipeFolder(run.paths.recipe)).tasks.find((one) => one.name === name) ?? { name, inputs: [] };
  return goOnWith(deployment, run, { ...request, inputs: inputsOfTask(task, request.inputs) }, session, 'changed');
}
