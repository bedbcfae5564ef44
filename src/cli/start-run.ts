import { rm } from 'node:fs/promises';
import { generateSecret } from '../adapters/vault/generate.ts';
import type { Program } from '../engine/program.ts';
import { stageNewValues } from '../engine/rotation.ts';
import { type RunHeader, virtualState } from '../engine/run.ts';
import { copyRecipe } from '../journal/copy-folder.ts';
import { createJournal, type Journal } from '../journal/journal-file.ts';
import { acquireLock } from '../journal/lock.ts';
import { momentAfter, newRunId, type RunPaths } from '../journal/state-folder.ts';
import { fail } from '../model/failure.ts';
import type { Recipe } from '../model/recipe.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { askMissingSecrets } from './ask-inputs.ts';
import { latestRun, type ReadableRun, runsOf } from './deployments.ts';
import { drive } from './drive.ts';
import { heedSignalsAgain } from './drive-run.ts';
import { checkNeeds } from './needs.ts';
import { planPage } from './plan-command.ts';
import { printPlanDocument } from './plan-document.ts';
import { checkAnswers, headerOf, heritageOf, inputsFor, makePlan, type Plan, programFor, wantsRoot } from './prepare-run.ts';
import { readRecipeFolder } from './read-recipe.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import { restartUnderSudo } from './restart-under-sudo.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';
import { openWorld, type World } from './world.ts';

/** A run that is to begin. */
export interface Start {
  readonly recipe: Recipe;
  readonly deployment: string;
  /** The deployment's runs so far. */
  readonly runs: readonly ReadableRun[];
  /** What inputs that are not given are; default: those of the installed run. */
  readonly inputs?: RunHeader['inputs'];
  readonly request: RunRequest;
  readonly session: Session;
}

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

/** What is typed is asked for once, before anything else is: the plan and the run both need it. */
async function withSecretsAsked(start: Start): Promise<Start> {
  const { recipe, runs, request, session } = start;
  if (!session.console.attended || !recipe.inputs.some(({ type }) => type === 'secret')) return start;
  const before = start.inputs ?? (await heritageOf(runs, recipe)).inputs;
  const inputs = await askMissingSecrets(recipe, request.inputs, before, session.console);
  return { ...start, request: { ...request, inputs } };
}

async function planFor(start: Start, run: string, program: Program): Promise<Plan> {
  await checkNeeds(start.recipe, start.session);
  const world = await openWorld(start.session, start.deployment, { purpose: 'plan' });
  const header = await headerFor(start, run, world);
  // In memory: the run makes its own. No plan shows a value.
  await stageNewValues(header.rotates ?? [], program.recipe, virtualState(header), { vault: world.vault, generateSecret });
  return makePlan(program, header, world);
}

async function headerFor(start: Start, run: string, world: World): Promise<RunHeader> {
  const { recipe, deployment, runs, request, session } = start;
  const heritage = await heritageOf(runs, recipe);
  const inputs = await inputsFor(recipe, request.inputs, start.inputs ?? heritage.inputs, world.vault);
  const header = headerOf(programFor(recipe, request.options), deployment, run, inputs, heritage, world, session);
  // A rotation makes values of its own: no run is under way, so what is staged is of a `secrets set` that was killed.
  const left = (header.rotates ?? []).filter((name) => world.vault.staged(name) !== undefined);
  if (left.length > 0) await world.vault.unstage(left);
  return header;
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
