import type { StepForecast } from '../model/events.ts';
import { FairleadError, fail, InputNeeded, NotYet } from '../model/failure.ts';
import { changesWorld } from '../model/plan-effect.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import { invalidatedBy } from './change-of-mind.ts';
import { carriedOf, dueBecauseOf } from './due.ts';
import { decidedAtFirst } from './hand-edit.ts';
import { inputNeeded } from './input-needed.ts';
import { dataToAskAbout } from './keeps.ts';
import { look, typeOf } from './look.ts';
import type { Looking } from './outside.ts';
import type { Program } from './program.ts';
import { referencesOf, scopeFor } from './scope.ts';
import { isAsleep } from './telling.ts';

/** A plan of all selected steps: one look at each, in order; changes nothing. `looking`: told each of them. */
export async function forecast(
  program: Program,
  state: RunState,
  world: Looking,
  signal: AbortSignal,
  looking?: (step: StepId) => void,
): Promise<readonly StepForecast[]> {
  const done: StepForecast[] = [];
  for (const step of program.steps) {
    if (!program.selected.has(step.id) || isAsleep(step, program, state)) continue;
    signal.throwIfAborted();
    looking?.(step.id);
    const found = await forecastStep(step, program, state, world, signal, done);
    done.push(found.skipped === true ? found : { ...found, ...(await adoptsOf(step, program, state, world, done)) });
  }
  return done;
}

/** The data that this step is the first to need a secret for. */
async function adoptsOf(
  step: RecipeStep,
  program: Program,
  state: RunState,
  world: Looking,
  before: readonly StepForecast[],
): Promise<Pick<StepForecast, 'adopts'>> {
  const known = before.flatMap(({ adopts = [] }) => adopts);
  try {
    const adopts = await dataToAskAbout(step, program, state, world, known);
    return adopts.length === 0 ? {} : { adopts };
  } catch (error) {
    throw error instanceof FairleadError ? inStep(step, error) : error;
  }
}

async function forecastStep(
  step: RecipeStep,
  program: Program,
  state: RunState,
  world: Looking,
  signal: AbortSignal,
  before: readonly StepForecast[],
): Promise<StepForecast> {
  const scope = scopeFor(step, program.recipe, state);
  const due = new Set([
    ...dueBecauseOf(step, state),
    ...(hasFinished(step, state) ? step.after.filter((id) => willAct(id, before)) : []),
  ]);
  const why = (digest: string | undefined): Pick<StepForecast, 'invalidatedBy'> => {
    const reasons = invalidatedBy(step, program, state, before, digest);
    return reasons === undefined ? {} : { invalidatedBy: reasons };
  };
  try {
    const unknown = waitsForOutput(step, program, state, before);
    if (unknown !== undefined) return { step: step.id, changes: [], waitsFor: unknown, ...why(undefined) };
    if (step.when !== undefined && step.when.evaluate(scope) !== true) return skipped(step, program, state);
    const found = await look(step, state, program.types, world, {
      scope,
      due: step.after.filter((id) => due.has(id)),
      signal,
      forecast: true,
      decided: decidedAtFirst(program),
      progress: () => undefined,
    });
    return {
      step: step.id,
      changes: found.changes,
      ...(Object.keys(found.edits.drift).length > 0 ? { drift: true as const } : {}),
      ...(Object.keys(found.edits.kept).length > 0 ? { kept: Object.keys(found.edits.kept) } : {}),
      ...why(found.digest),
      ...(found.notes.length === 0 ? {} : { notes: found.notes }),
    };
  } catch (error) {
    if (error instanceof InputNeeded) throw inStep(step, inputNeeded(error, program, state));
    if (error instanceof FairleadError) throw inStep(step, error);
    if (!(error instanceof NotYet)) throw error;
    const provider = providerOf(error.missing, program, before);
    if (provider === undefined) throw inStep(step, new FairleadError(error.failure, { cause: error }));
    return { step: step.id, changes: [], waitsFor: provider, ...why(undefined) };
  }
}

/** What it did while its condition still held is not undone: that is said. */
function skipped(step: RecipeStep, program: Program, state: RunState): StepForecast {
  const stays = state.steps.get(step.id)?.carried !== undefined && typeOf(step, program.types).removal !== undefined;
  return { step: step.id, changes: [], skipped: true, ...(stays ? { notes: [STAYS] } : {}) };
}

/** The note of a step that was done once and whose condition does not hold any more. */
const STAYS = 'its condition held before: what it made then stays as it is';

/** A plan that can't be made says at which step. */
function inStep(step: RecipeStep, error: FairleadError): FairleadError {
  const named = `Step ${step.id} (${step.title})`;
  if (error.failure.message.startsWith(named)) return error;
  const message = `${named}: ${error.failure.message}`;
  return new FairleadError({ ...error.failure, message }, { cause: error });
}

/** The earlier step whose output this one uses and which has not given it yet, or will act again. */
function waitsForOutput(
  step: RecipeStep,
  program: Program,
  state: RunState,
  before: readonly StepForecast[],
): StepId | undefined {
  for (const reference of referencesOf(step)) {
    if (reference.root !== 'steps' || reference.name === undefined) continue;
    const id = reference.name as StepId;
    const planned = before.find((candidate) => candidate.step === id);
    if (planned?.skipped === true) continue;
    const carried = carriedOf(id, state);
    const known = carried !== undefined && (reference.field === undefined || reference.field in carried.outputs);
    if (known && !(planned !== undefined && acts(planned))) continue;
    if (planned === undefined && program.steps.some((other) => other.id === id)) {
      throw fail('step.not-selected', `It uses what step ${id} leaves, which has never run and is not among the steps to do.`, {
        hints: [`Do that step too, or leave this one out. Nothing was changed.`],
      });
    }
    return id;
  }
  return undefined;
}

function acts(planned: StepForecast): boolean {
  return planned.waitsFor !== undefined || planned.changes.length > 0;
}

function willAct(id: StepId, before: readonly StepForecast[]): boolean {
  const planned = before.find((candidate) => candidate.step === id);
  return planned !== undefined && acts(planned) && planned.changes.every(changesWorld);
}

function hasFinished(step: RecipeStep, state: RunState): boolean {
  return state.steps.get(step.id)?.carried !== undefined;
}

/** The last earlier step that will act and provides what is missing. */
function providerOf(missing: string, program: Program, before: readonly StepForecast[]): StepId | undefined {
  const provider = program.steps.findLast((step) => typeOf(step, program.types).provides === missing && willAct(step.id, before));
  return provider?.id;
}
