import type { ChangeOfMind } from '../engine/change-of-mind.ts';
import type { Program } from '../engine/program.ts';
import type { RunHeader } from '../engine/run.ts';
import { openJournal } from '../journal/journal-file.ts';
import { momentAfter } from '../journal/state-folder.ts';
import { FairleadError, fail } from '../model/failure.ts';
import type { Vault } from '../model/ports.ts';
import { foldAll } from '../model/run-state.ts';
import { withTaskInputs } from '../model/task-inputs.ts';
import { didYouMean } from '../recipe/suggestion.ts';
import { valuesFor } from './input-rules.ts';
import type { Ready } from './open-started.ts';
import { checkAnswers, inputsFor, programFor } from './prepare-run.ts';
import { readRecipeFolder } from './read-recipe.ts';
import type { RunRequest } from './run-request.ts';
import type { ResumeSpec } from './run-spec.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';
import { openWorld } from './world.ts';

/** Opens a run that is to go on, the lock held, as its journal and its own copy of the recipe say. */
export async function openResumed(spec: ResumeSpec, session: Session): Promise<Ready> {
  const { deployment, request, how } = spec;
  const runs = await session.folder.listRuns(deployment);
  const entry = runs.find(({ id }) => id === spec.run);
  if (entry === undefined) throw fail('run.unknown', `There is no run ${spec.run} any more.`);
  if ('failure' in entry) throw new FairleadError(entry.failure);
  const { paths } = entry;
  const recipe = withTaskInputs(await readRecipeFolder(paths.recipe), entry.header.options.task);
  if (how === 'changed') valuesFor(recipe, request.inputs);
  const options = { ...entry.header.options, onFailure: request.options.onFailure };
  const program = { ...programFor(recipe, options), givingUp: how === 'giving-up' };
  checkAnswers(program, request.standing);
  const world = await openWorld(session, deployment, { purpose: 'resume', run: spec.run });
  const { events, journal, repaired } = await openJournal(paths.journal, { notBefore: momentAfter(runs) });
  const { status, header } = foldAll(events);
  if (status === 'ok' || status === 'abandoned') {
    await journal.close();
    throw fail('run.finished', `Run ${spec.run} has come to its end meanwhile (${status}): that is final.`);
  }
  if (repaired !== undefined) {
    session.console.err(`The journal ended in half a line (a crash does that): moved to ${repaired.movedTo}.\n`);
  }
  const inputs = header?.inputs ?? {};
  const change = how === 'changed' ? await changeOfMind(program, request, inputs, world.vault) : undefined;
  const begin = { past: events, fairlead: version, ...(change === undefined ? {} : { change }) };
  return { program, world, journal, paths, begin };
}

/** What the operator wants otherwise from now on; undefined where it is what the run has. */
async function changeOfMind(
  program: Program,
  request: RunRequest,
  before: RunHeader['inputs'],
  vault: Vault,
): Promise<ChangeOfMind | undefined> {
  const { from } = request.options;
  const step = program.steps.find(({ id }) => id === from);
  if (from !== undefined && step === undefined) {
    throw fail(
      'step.unknown',
      `There is no step ${from}${didYouMean(
        from,
        program.steps.map(({ id }) => id),
      )}.`,
      {
        hints: ['Nothing was changed.'],
      },
    );
  }
  const { inputs, changedInputs } = await inputsFor(program.recipe, request.inputs, before, vault);
  if (changedInputs.length === 0 && step === undefined) return undefined;
  return {
    ...(changedInputs.length === 0 ? {} : { inputs, changedInputs }),
    ...(step === undefined ? {} : { from: step.id }),
  };
}
