import { generateSecret } from '../adapters/vault/generate.ts';
import type { Program } from '../engine/program.ts';
import { stageNewValues } from '../engine/rotation.ts';
import { type RunHeader, virtualState } from '../engine/run.ts';
import type { Recipe } from '../model/recipe.ts';
import { askMissingSecrets } from './ask-inputs.ts';
import type { ReadableRun } from './deployments.ts';
import { checkNeeds } from './needs.ts';
import { headerOf, heritageOf, inputsFor, makePlan, type Plan, programFor } from './prepare-run.ts';
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

/** What is typed is asked for once, before anything else is: the plan and the run both need it. */
export async function withSecretsAsked(start: Start): Promise<Start> {
  const { recipe, runs, request, session } = start;
  if (!session.console.attended || !recipe.inputs.some(({ type }) => type === 'secret')) return start;
  const before = start.inputs ?? (await heritageOf(runs, recipe)).inputs;
  const inputs = await askMissingSecrets(recipe, request.inputs, before, session.console);
  return { ...start, request: { ...request, inputs } };
}

/** The plan of a run that is to begin, with what it needs of other deployments checked. Writes nothing. */
export async function planFor(start: Start, run: string, program: Program): Promise<Plan> {
  await checkNeeds(start.recipe, start.session);
  const world = await openWorld(start.session, start.deployment, { purpose: 'plan' });
  const header = await headerFor(start, run, world);
  // In memory: the run makes its own. No plan shows a value.
  await stageNewValues(header.rotates ?? [], program.recipe, virtualState(header), { vault: world.vault, generateSecret });
  return makePlan(program, header, world);
}

/** The header that it begins with. Its secret inputs go to the world's vault. */
export async function headerFor(start: Start, run: string, world: World): Promise<RunHeader> {
  const { recipe, deployment, runs, request, session } = start;
  const heritage = await heritageOf(runs, recipe);
  const inputs = await inputsFor(recipe, request.inputs, start.inputs ?? heritage.inputs, world.vault);
  const header = headerOf(programFor(recipe, request.options), deployment, run, inputs, heritage, world, session);
  // A rotation makes values of its own: no run is under way, so what is staged is of a `secrets set` that was killed.
  const left = (header.rotates ?? []).filter((name) => world.vault.staged(name) !== undefined);
  if (left.length > 0) await world.vault.unstage(left);
  return header;
}
