import { spawn } from 'node:child_process';
import type { StandingAnswers } from '../engine/policy.ts';
import { createRun, type RunHeader, type RunSetUp } from '../engine/run.ts';
import { copyRecipe } from '../journal/copy-folder.ts';
import { recordFrom, writeRecord } from '../journal/deployment-record.ts';
import { createJournal, type Journal, openJournal } from '../journal/journal-file.ts';
import { acquireLock, lockHolder } from '../journal/lock.ts';
import { newRunId, type RunPaths } from '../journal/state-folder.ts';
import type { RunOptions } from '../model/events.ts';
import { exitCodes, fail } from '../model/failure.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import type { Recipe } from '../model/recipe.ts';
import { planLines } from '../views/text/plan-text.ts';
import { createLineReader } from './ask-line.ts';
import { findRun, latestRun, needInstalled, type ReadableRun, runsOf, stateOf, unfinishedRun } from './deployments.ts';
import { driveRun } from './drive-run.ts';
import { checkNeeds } from './needs.ts';
import { printPlanDocument } from './plan-document.ts';
import {
  headerOf,
  heritageOf,
  inputsFor,
  makePlan,
  type Plan,
  programFor,
  readRecipe,
  readRecipeFolder,
  wantsRoot,
} from './prepare-run.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';
import { openWorld, outsideOf, type World } from './world.ts';

/** How `run`, `resume` and `task` are asked to go about it. */
export interface RunRequest {
  readonly standing: StandingAnswers;
  readonly options: RunOptions;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly name?: string;
}

/** `fairlead run RECIPE`: installs or converges. */
export async function runRecipe(named: string, request: RunRequest, session: Session): Promise<number> {
  const recipe = await readRecipe(named, session);
  const deployment = request.name ?? recipe.name;
  const runs = await runsOf(session.folder, deployment);
  const unfinished = unfinishedRun(runs);
  if (unfinished !== undefined) {
    await refuseIfHeld(deployment, session);
    const choice = await resumeOrAbandon(unfinished, recipe, request, session);
    if (choice === 'resume') return resumeUnfinished(deployment, unfinished, request, session);
    await abandon(deployment, unfinished, session);
  }
  return startRun({ recipe, deployment, last: latestRun(await runsOf(session.folder, deployment)), request, session });
}

/** `fairlead task DEPLOYMENT TASK`: a day-2 operation, from the deployment's own copy of its recipe. */
export async function runTask(deployment: string, request: RunRequest, session: Session): Promise<number> {
  const installed = await needInstalled(session.folder, deployment);
  const runs = await runsOf(session.folder, deployment);
  const unfinished = unfinishedRun(runs);
  if (unfinished !== undefined) {
    await refuseIfHeld(deployment, session);
    throw fail('run.operator-needed', `Run ${unfinished.id} of ${deployment} has not come to its end.`, {
      hints: [`Go on with it: fairlead resume ${unfinished.id}`, `Or give it up: fairlead resume ${unfinished.id} --abandon`],
    });
  }
  const recipe = await readRecipeFolder(installed.paths.recipe);
  return startRun({ recipe, deployment, last: latestRun(runs), request, session });
}

/** `fairlead resume [RUN]`. */
export async function resumeRun(
  named: string | undefined,
  request: RunRequest,
  giveUp: boolean,
  session: Session,
): Promise<number> {
  const { deployment, run } = await findRun(session.folder, named, 'unfinished');
  await refuseIfHeld(deployment, session);
  if (!giveUp) return resumeUnfinished(deployment, run, request, session);
  await abandon(deployment, run, session);
  session.console.err(`Run ${run.id} is abandoned; what it did stays as it is.\n`);
  return exitCodes.done;
}

interface Start {
  readonly recipe: Recipe;
  readonly deployment: string;
  readonly last: ReadableRun | undefined;
  readonly request: RunRequest;
  readonly session: Session;
}

async function startRun(start: Start): Promise<number> {
  const { session } = start;
  try {
    await refuseIfHeld(start.deployment, session);
    const id = newRunId(new Date());
    // The plan comes before the first byte is written: what must be refused is refused with nothing touched.
    const plan = await planFor(start, id);
    const unapproved = !session.console.attended && !start.request.standing.approvePlan;
    if (unapproved && changesSomething(plan)) return refuseUnapproved(plan, session);
    return await startPlanned(start, id, plan);
  } catch (error) {
    if (!wantsRoot(error) || !session.console.attended) throw error;
    const code = await restartUnderSudo(session);
    if (code === undefined) throw error;
    return code;
  }
}

async function planFor(start: Start, run: string): Promise<Plan> {
  const { recipe, deployment, session, request } = start;
  await checkNeeds(recipe, session);
  const world = await openWorld(session.folder, deployment, { create: false });
  const header = await headerFor(start, run, world);
  return makePlan(programFor(recipe, request.options), header, world);
}

async function headerFor(start: Start, run: string, world: World): Promise<RunHeader> {
  const { recipe, deployment, last, request, session } = start;
  const heritage = heritageOf(last === undefined ? undefined : await stateOf(last));
  const inputs = await inputsFor(recipe, request.inputs, heritage, (name, value) => world.vault.put(name, value));
  return headerOf(programFor(recipe, request.options), deployment, run, inputs, heritage, world, session);
}

async function startPlanned(start: Start, id: string, plan: Plan): Promise<number> {
  const { deployment, session, request } = start;
  const paths = await session.folder.makeDeployment(deployment);
  const lock = await acquireLock(paths.lock, { what: `fairlead ${session.argv.join(' ')}` });
  try {
    if (latestRun(await runsOf(session.folder, deployment))?.id !== start.last?.id) {
      throw fail('run.overtaken', `Another run of ${deployment} began and ended while this one was planned.`, {
        hints: ['Run it again: the plan is out of date. Nothing was changed.'],
        retryable: true,
      });
    }
    const world = await openWorld(session.folder, deployment, { create: true, environment: { FAIRLEAD_RUN: id } });
    const header = await headerFor(start, id, world);
    const runPaths = await session.folder.makeRun(deployment, id);
    await copyRecipe(start.recipe.folder, runPaths.recipe);
    const recipe = await readRecipeFolder(runPaths.recipe);
    const journal = await createJournal(runPaths.journal);
    return await drive(
      { recipe, deployment, request, session, world, journal, paths: runPaths },
      { header, forecast: plan.forecast },
    );
  } finally {
    await lock.release();
  }
}

interface Drive extends Omit<Start, 'last'> {
  readonly world: World;
  readonly journal: Journal;
  readonly paths: RunPaths;
}

async function drive(given: Drive, begin: RunSetUp['begin']): Promise<number> {
  const { recipe, deployment, request, session, world, journal, paths } = given;
  try {
    const run = createRun({
      program: programFor(recipe, request.options),
      outside: outsideOf(world, journal, paths),
      standing: request.standing,
      attended: session.console.attended,
      begin,
    });
    return await driveRun(run, session.console);
  } finally {
    await journal.close();
    await keepRecord(deployment, session);
  }
}

function changesSomething(plan: Plan): boolean {
  return plan.forecast.some((step) => step.changes.length > 0 || step.waitsFor !== undefined);
}

async function resumeUnfinished(
  deployment: string,
  unfinished: ReadableRun,
  request: RunRequest,
  session: Session,
): Promise<number> {
  const lock = await acquireLock(session.folder.deployment(deployment).lock, { what: `fairlead ${session.argv.join(' ')}` });
  try {
    const recipe = await readRecipeFolder(unfinished.paths.recipe);
    const world = await openWorld(session.folder, deployment, { create: false, environment: { FAIRLEAD_RUN: unfinished.id } });
    const { events, journal, repaired } = await openJournal(unfinished.paths.journal);
    if (repaired !== undefined) {
      session.console.err(`The journal ended in half a line (a crash does that): moved to ${repaired.movedTo}.\n`);
    }
    const options = { ...unfinished.header.options, onFailure: request.options.onFailure };
    const paths = unfinished.paths;
    return await drive(
      { recipe, deployment, request: { ...request, options }, session, world, journal, paths },
      { past: events, fairlead: version },
    );
  } finally {
    await lock.release();
  }
}

async function refuseIfHeld(deployment: string, session: Session): Promise<void> {
  const { lock } = session.folder.deployment(deployment);
  // Taking and giving back says who holds it in the same words as a real attempt.
  if ((await lockHolder(lock)) !== undefined) await (await acquireLock(lock, { what: 'look' })).release();
}

async function resumeOrAbandon(
  unfinished: ReadableRun,
  recipe: Recipe,
  request: RunRequest,
  session: Session,
): Promise<'resume' | 'abandon'> {
  const { console } = session;
  if (console.attended) {
    console.out(`Run ${unfinished.id} of ${unfinished.header.deployment} has not come to its end.\n`);
    while (true) {
      const typed = await createLineReader(console).read('Go on with it, or give it up and begin anew? [resume/abandon] ');
      if (typed === undefined) throw interrupted(unfinished);
      const word = typed.trim().toLowerCase();
      if (word !== '' && 'resume'.startsWith(word)) return 'resume';
      if (word !== '' && 'abandon'.startsWith(word)) return 'abandon';
    }
  }
  const sameRecipe = unfinished.header.kind === 'converge' && unfinished.header.recipe.digest === recipe.digest;
  const inputs = unfinished.header.inputs as Readonly<Record<string, Json>>;
  const sameInputs = Object.entries(request.inputs).every(
    ([name, value]) =>
      canonicalJson(inputs[name] ?? null) === canonicalJson(value as Json) || String(inputs[name]) === String(value),
  );
  if (sameRecipe && sameInputs) return 'resume';
  throw fail(
    'run.operator-needed',
    `Run ${unfinished.id} has not come to its end, and it had ${sameRecipe ? 'other inputs' : 'another recipe'}.`,
    {
      hints: [`Go on with it: fairlead resume ${unfinished.id}`, `Or give it up: fairlead resume ${unfinished.id} --abandon`],
    },
  );
}

function interrupted(unfinished: ReadableRun): Error {
  return fail('run.interrupted', `Run ${unfinished.id} is as it was.`, {
    hints: [`Go on with it: fairlead resume ${unfinished.id}`, `Or give it up: fairlead resume ${unfinished.id} --abandon`],
  });
}

async function abandon(deployment: string, unfinished: ReadableRun, session: Session): Promise<void> {
  const lock = await acquireLock(session.folder.deployment(deployment).lock, { what: `fairlead ${session.argv.join(' ')}` });
  try {
    const { journal } = await openJournal(unfinished.paths.journal);
    await journal.append({ type: 'run.finished', outcome: 'abandoned' }, { sync: true });
    await journal.close();
  } finally {
    await lock.release();
  }
}

function refuseUnapproved(plan: Plan, session: Session): number {
  const { console } = session;
  if (console.json) printPlanDocument(console, plan);
  else {
    const titles = new Map(plan.program.steps.map((step) => [step.id, step.title]));
    console.out(`${planLines(plan.forecast, titles, console.style).join('\n')}\n`);
  }
  throw fail(
    'run.operator-needed',
    'The plan needs a yes, and there is no terminal to ask at. Nothing was changed and no run was kept.',
    {
      hints: ['Read the plan above; then run it again with --yes.'],
    },
  );
}

async function keepRecord(deployment: string, session: Session): Promise<void> {
  const record = recordFrom(await session.folder.listRuns(deployment));
  if (record !== undefined) await writeRecord(session.folder, deployment, record);
}

/** Offers to begin again as root; undefined where the operator declines. */
async function restartUnderSudo(session: Session): Promise<number | undefined> {
  session.console.out('A step of this run needs root, and nothing was written yet.\n');
  const typed = await createLineReader(session.console).read('Begin again under sudo? [y/n] ');
  if (typed === undefined || !/^y/i.test(typed)) return undefined;
  return new Promise((resolve, reject) => {
    const child = spawn('sudo', ['--', process.execPath, process.argv[1] ?? '', ...session.argv], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? exitCodes.failed));
  });
}
