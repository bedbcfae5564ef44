import { rm } from 'node:fs/promises';
import type { Program } from '../engine/program.ts';
import type { RunHeader, RunSetUp } from '../engine/run.ts';
import { copyRecipe } from '../journal/copy-folder.ts';
import { createJournal, type Journal } from '../journal/journal-file.ts';
import type { RunPaths } from '../journal/state-folder.ts';
import { fail } from '../model/failure.ts';
import type { Recipe } from '../model/recipe.ts';
import { withTaskInputs } from '../model/task-inputs.ts';
import { latestRun, type ReadableRun, runsOf } from './deployments.ts';
import { headerOf, heritageOf, inputsFor, programFor } from './prepare-run.ts';
import { readRecipeFolder } from './read-recipe.ts';
import type { RunRequest } from './run-request.ts';
import type { StartSpec } from './run-spec.ts';
import type { Session } from './session.ts';
import { openWorld, type World } from './world.ts';

/** All that a run is made of. */
export interface Ready {
  readonly program: Program;
  readonly world: World;
  readonly journal: Journal;
  readonly paths: RunPaths;
  readonly begin: RunSetUp['begin'];
}

/** Opens a run that was planned, the lock held. Throws `run.overtaken` where the plan is out of date. */
export async function openStarted(spec: StartSpec, session: Session, known: Recipe | undefined): Promise<Ready> {
  const { deployment, request, run, forecast } = spec;
  const runs = await runsOf(session.folder, deployment);
  if (latestRun(runs)?.id !== spec.latestRun) throw overtaken(`Another run of ${deployment} began while this one was planned.`);
  const recipe = known ?? withTaskInputs(await readRecipeFolder(spec.recipe.folder), request.options.task);
  if (recipe.digest !== spec.recipe.digest) throw overtaken(`The recipe ${recipe.name} was changed while the run was planned.`);
  const world = await openWorld(session, deployment, { purpose: 'start', run });
  const header = await headerFor({ recipe, deployment, runs, request, ...inputsOf(spec) }, run, world, session);
  const paths = await session.folder.makeRun(deployment, run);
  const journal = await beginRecord(recipe, paths, new Date(spec.moment));
  const program = programFor(await readRecipeFolder(paths.recipe), request.options);
  return { program, world, journal, paths, begin: { header, forecast } };
}

function inputsOf({ inputs }: StartSpec): Pick<StartSpec, 'inputs'> {
  return inputs === undefined ? {} : { inputs };
}

function overtaken(what: string): Error {
  return fail('run.overtaken', what, {
    hints: ['Run it again: the plan is out of date. Nothing was changed.'],
    retryable: true,
  });
}

/** What a run's header is made of. */
export interface Heading {
  readonly recipe: Recipe;
  readonly deployment: string;
  /** The deployment's runs so far. */
  readonly runs: readonly ReadableRun[];
  /** What inputs that are not given are; default: those of the installed run. */
  readonly inputs?: RunHeader['inputs'];
  readonly request: RunRequest;
}

/** The header of a run that is planned or starts. */
export async function headerFor(of: Heading, run: string, world: World, session: Session): Promise<RunHeader> {
  const { recipe, deployment, runs, request } = of;
  const heritage = await heritageOf(runs, recipe);
  const inputs = await inputsFor(recipe, request.inputs, of.inputs ?? heritage.inputs, world.vault);
  const header = headerOf(programFor(recipe, request.options), deployment, run, inputs, heritage, world, session);
  // A rotation makes values of its own: no run is under way, so what is staged is of a `secrets set` that was killed.
  const left = (header.rotates ?? []).filter((name) => world.vault.staged(name) !== undefined);
  if (left.length > 0) await world.vault.unstage(left);
  return header;
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
