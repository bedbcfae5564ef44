import { noStandingAnswers } from '../engine/policy.ts';
import { plainOptions, taskOf } from '../engine/program.ts';
import type { RunHeader } from '../engine/run.ts';
import type { Dispatch, Draft, Field, PlannedRun, PlanWatch, Typed } from '../model/dispatch.ts';
import { fail } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { InputSpec, Recipe, Task } from '../model/recipe.ts';
import { isSecretRef, type SecretRef } from '../model/secrets.ts';
import { withTaskInputs } from '../model/task-inputs.ts';
import { usedBy, usedInTask } from '../model/used-by.ts';
import { askedFields } from '../recipe/asked-fields.ts';
import { coerce, inputFault } from '../recipe/input-value.ts';
import { chosenInput } from '../recipe/inputs.ts';
import { findRun, runsOf, stateOf } from './deployments.ts';
import { generateInput } from './generate-input.ts';
import { type GivenInput, type GivenInputs, valuesFor } from './input-rules.ts';
import { installedRecipe } from './installed-recipe.ts';
import { checkAnswers, heritageOf, programFor, refuseOtherRecipe } from './prepare-run.ts';
import { plannedOf, prepareRun } from './prepared-run.ts';
import { readRecipe, readRecipeFolder } from './read-recipe.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import { refuseUnfinished } from './refuse-unfinished.ts';
import { rotationChanged } from './rotation-inputs.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';
import { inputNamesOf, nothingNew } from './task-given.ts';

/** The part of Dispatch that prepares a run. */
export type Drafting = Pick<Dispatch, 'draft' | 'draftTask' | 'fault' | 'asked' | 'generate' | 'plan'>;

/** What the command line and the environment say of the runs to prepare, besides what is typed. */
export type Asked = Partial<Pick<RunRequest, 'inputs' | 'options' | 'standing'>>;

/** What was asked besides what is typed, by draft: it may hold secrets, which a draft never does. */
const askedOf = new WeakMap<Draft, Asked>();

/** The values of the inputs that a draft has no field for, as the run has them. */
const knownOf = new WeakMap<Draft, RunHeader['inputs']>();

/** Prepares runs; nothing of it is written. */
export function createDrafting(session: Session, asked: Asked = {}): Drafting {
  const given = asked.inputs ?? {};
  return {
    async draft(ref, { deployment, changes } = {}) {
      const draft =
        changes === undefined ? await newRun(ref, deployment, given, session) : await changeOf(changes, given, session);
      askedOf.set(draft, asked);
      return draft;
    },
    draftTask: (deployment, task) => taskRun(deployment, task, given, session),
    fault: (field, text) => faultOf(field, text),
    asked: (draft, typed) => askedIn(draft, typed),
    generate: ({ spec }) => generateInput(spec),
    plan: (draft, typed, watch) => planOf(draft, typed, session, watch),
  };
}

async function newRun(ref: string, named: string | undefined, given: GivenInputs, session: Session): Promise<Draft> {
  const recipe = await readRecipe(ref, session);
  const deployment = named ?? recipe.name;
  const runs = await runsOf(session.folder, deployment);
  refuseOtherRecipe(deployment, runs, recipe);
  await refuseUnfinished(deployment, runs, session);
  await refuseIfHeld(deployment, session);
  const { inputs } = await heritageOf(runs, recipe);
  return { recipe, ref, deployment, fields: fieldsOf(recipe, given, inputs) };
}

/** From the run's own copy of the recipe, as it is resumed. */
async function changeOf(id: string, given: GivenInputs, session: Session): Promise<Draft> {
  const { deployment, run } = await findRun(session.folder, id, 'unfinished');
  if (run.header.kind === 'rotate') throw rotationChanged();
  await refuseIfHeld(deployment, session);
  const plain = await readRecipeFolder(run.paths.recipe);
  const { task } = run.header.options;
  const recipe = withTaskInputs(plain, task);
  const { header } = await stateOf(run);
  // With other inputs of the recipe a task would act on what is not there.
  const isRecipes = (name: string): boolean => plain.inputs.some((spec) => spec.name === name);
  const before = header?.inputs ?? {};
  const own = task === undefined ? undefined : taskOf(plain, task);
  const fields = fieldsOf(recipe, given, before, own).filter(({ spec }) => task === undefined || !isRecipes(spec.name));
  const draft: Draft = { recipe, ref: run.paths.recipe, deployment, fields, changes: run.id };
  knownOf.set(draft, before);
  return draft;
}

/**
 * What the command line says of the runs to prepare is not about tasks: nothing of it approves one, or leaves out steps. The
 * environment's inputs count for those that have them.
 */
async function taskRun(deployment: string, name: string, all: GivenInputs, session: Session): Promise<Draft> {
  const plain = await installedRecipe(deployment, session.folder);
  const runs = await runsOf(session.folder, deployment);
  await refuseUnfinished(deployment, runs, session);
  await refuseIfHeld(deployment, session);
  const task = taskOf(plain, name);
  const recipe = withTaskInputs(plain, name);
  const names = inputNamesOf(task);
  const isTasks = (input: string): boolean => names.includes(input);
  const given = Object.fromEntries(
    Object.entries(all).filter(([input, { source }]) => source.kind === 'environment' && isTasks(input)),
  );
  const { inputs } = await heritageOf(runs, plain);
  const fields = fieldsOf(recipe, given, inputs, task).filter(({ spec }) => isTasks(spec.name));
  const draft: Draft = { recipe, ref: plain.folder, deployment, fields, task };
  // A task that takes other inputs is the recipe done with them.
  const options = task.changes === undefined ? { ...plainOptions, task: name } : plainOptions;
  askedOf.set(draft, { inputs: given, options });
  knownOf.set(draft, inputs);
  return draft;
}

function askedIn(draft: Draft, typed: Typed): ReadonlySet<string> {
  return askedFields(draft.recipe.inputs, draft.fields, typed, knownOf.get(draft));
}

/** Throws what `run` throws where a secret was given that others may know. `task`: the one that is to be done, of this recipe. */
function fieldsOf(recipe: Recipe, given: GivenInputs, before: RunHeader['inputs'], task?: Task): readonly Field[] {
  const values = valuesFor(recipe, given);
  return recipe.inputs.map((spec) => {
    const chosen = chosenInput(spec, values, before);
    const from = spec.type === 'secret' && chosen.from === 'earlier-run' && chosen.value !== null ? 'vault' : chosen.from;
    const text = 'value' in chosen ? textOf(spec, chosen.value) : '';
    const own = task?.inputs.some(({ name }) => name === spec.name) ? task : undefined;
    return { spec, text, from, usedBy: own === undefined ? usedBy(recipe, spec.name) : usedInTask(own, spec.name) };
  });
}

function textOf({ type }: InputSpec, value: Json | SecretRef): string {
  if (type === 'secret' || value === null || isSecretRef(value)) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** As `run` would say of the value, without the value. */
function faultOf({ spec, from }: Field, text: string): string | undefined {
  if (text === '') {
    if (spec.optional || (spec.type === 'secret' && (from === 'vault' || from === 'given'))) return undefined;
    return 'needs a value';
  }
  const fault = inputFault(spec, coerce(spec, text));
  return fault === undefined ? undefined : `must be ${fault}`;
}

/**
 * The request that a draft and what was typed into it amount to, secrets and all: a field that was left alone, or is
 * not asked for, stays where its value came from.
 */
export function requestOfDraft(draft: Draft, typed: Typed): RunRequest {
  const { fields, deployment } = draft;
  const asked = askedOf.get(draft) ?? {};
  const isAsked = askedIn(draft, typed);
  const touched = fields.flatMap(({ spec: { name, type }, text, from }): (readonly [string, GivenInput | undefined])[] => {
    const now = isAsked.has(name) ? typed[name] : undefined;
    if (now === undefined || now === text) return [];
    // A secret that was emptied again is what it was; anything else that is empty is missing, unless it is optional.
    if (now === '' && (type === 'secret' || from === 'nowhere')) return [];
    return [[name, { value: now, source: { kind: 'terminal' } }]];
  });
  return {
    standing: asked.standing ?? noStandingAnswers,
    options: asked.options ?? plainOptions,
    inputs: { ...asked.inputs, ...(Object.fromEntries(touched) as GivenInputs) },
    name: deployment,
  };
}

async function planOf(draft: Draft, typed: Typed, session: Session, watch?: PlanWatch): Promise<PlannedRun> {
  const { recipe, deployment, changes, task } = draft;
  if (changes !== undefined) {
    throw fail('plan.of-resumed', `Run ${changes} is gone on with as it is: it plans anew itself, and asks.`, { fault: 'bug' });
  }
  const runs = await runsOf(session.folder, deployment);
  refuseOtherRecipe(deployment, runs, recipe);
  const request = requestOfDraft(draft, typed);
  if (task?.changes !== undefined && Object.keys(request.inputs).length === 0) {
    throw nothingNew(task, ['Go back to them, and change one.']);
  }
  const program = programFor(recipe, request.options);
  checkAnswers(program, request.standing);
  await refuseUnfinished(deployment, runs, session);
  await refuseIfHeld(deployment, session);
  return plannedOf(await prepareRun({ recipe, deployment, runs, request }, program, session, watch));
}
