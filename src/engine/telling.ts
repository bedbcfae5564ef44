import type { EventMap } from '../model/events.ts';
import type { Recipe, RecipeStep } from '../model/recipe.ts';
import type { RunState, StepState } from '../model/run-state.ts';
import type { StepTypes } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { rotatedWith } from './rotation-steps.ts';
import { referencesOf, stepsUsedBy } from './scope.ts';

/**
 * How a system that is installed on data of long ago is told of a new value of a secret: the steps of the secret's
 * `rotate`, in a run that installs. They sleep until the operator chooses so.
 */
export interface Telling {
  readonly secret: string;
  readonly steps: readonly RecipeStep[];
  /** Their place in the recipe: in front of this step; without it, at the end. */
  readonly before?: StepId;
}

/** What of a program matters here. */
interface Tellable {
  readonly steps: readonly RecipeStep[];
  readonly tellings?: readonly Telling[];
}

/**
 * All tellings that there may be in an installing run of the recipe: of secrets that keep data, where the recipe says how
 * to tell the system and that needs no `previous` value, which nobody knows. Pure.
 */
export function tellingsOf(recipe: Recipe, types: StepTypes): readonly Telling[] {
  return recipe.secrets.flatMap(({ name, keeps, rotate = [] }) => {
    if (keeps === undefined || rotate.length === 0) return [];
    const steps = rotatedWith(recipe, name).flatMap((secret) => secret.rotate ?? []);
    const needsOld = steps.some((step) => referencesOf(step).some(({ root }) => root === 'previous'));
    if (needsOld) return [];
    const before = placeOf(recipe, name, types);
    return [{ secret: name, steps, ...(before === undefined ? {} : { before }) }];
  });
}

/**
 * The system has to be up to be told, and its health shows only afterwards: the place is in front of the first check
 * behind the step that starts it. That is the first step which acts after those that write the secret down (`after`, or by
 * an output); where none says so, any check behind these will do.
 */
function placeOf(recipe: Recipe, secret: string, types: StepTypes): StepId | undefined {
  const touched = new Set<string>();
  let writes: number | undefined;
  let starts: number | undefined;
  for (const [index, step] of recipe.steps.entries()) {
    const mentions = referencesOf(step).some(({ root, name }) => root === 'secrets' && name === secret);
    const follows = [...step.after, ...stepsUsedBy(step)].some((id) => touched.has(id));
    if (!mentions && !follows) continue;
    touched.add(step.id);
    if (types.get(step.uses)?.apply === undefined) continue;
    writes ??= index;
    if (follows) starts ??= index;
  }
  const behind = starts ?? writes ?? -1;
  return recipe.steps.find((step, index) => index > behind && types.get(step.uses)?.apply === undefined)?.id;
}

/** A recipe's steps with all that may tell the system in their places. Pure. */
export function withTellings(steps: readonly RecipeStep[], tellings: readonly Telling[]): readonly RecipeStep[] {
  const there = new Set<string>();
  const fresh = (step: RecipeStep): boolean => !there.has(step.id) && there.add(step.id) !== undefined;
  const at = (id: StepId | undefined): readonly RecipeStep[] =>
    tellings.filter(({ before }) => before === id).flatMap((telling) => telling.steps.filter(fresh));
  return [...steps.flatMap((step) => [...at(step.id), step]), ...at(undefined)];
}

/** Sleeps this step, in this run? Pure. */
export function isAsleep(step: RecipeStep, { tellings = [] }: Tellable, state: RunState): boolean {
  return !state.steps.has(step.id) && tellings.some(({ steps }) => steps.some(({ id }) => id === step.id));
}

/** The steps that a run begins with: none that sleep, but those that earlier runs left to be done (`untold`). Pure. */
export function headSteps(
  { steps: all, tellings = [] }: Tellable,
  untold: readonly string[] = [],
): Pick<EventMap['run.started'], 'steps' | 'untold'> {
  const idsOf = (secret: string): StepId[] =>
    tellings.filter((telling) => telling.secret === secret).flatMap((telling) => telling.steps.map(({ id }) => id));
  const due = untold.map((secret) => ({ secret, steps: idsOf(secret) }));
  const awake = new Set(due.flatMap(({ steps }) => steps));
  const asleep = new Set(tellings.flatMap(({ secret }) => idsOf(secret)).filter((id) => !awake.has(id)));
  const steps = all.filter(({ id }) => !asleep.has(id)).map(({ id, title, uses }) => ({ id, title, uses }));
  return { steps, ...(due.length === 0 ? {} : { untold: due }) };
}

/**
 * The secrets of whose new value a system was not told to the end, by this run or any before it. A rotation tells it of a
 * newer one. Pure.
 */
export function untoldAfter({ header, steps, status }: RunState): readonly string[] {
  const rotated = header?.kind === 'rotate' && status === 'ok' ? (header.rotates ?? []) : [];
  // A run without the steps that tell could not do it.
  const before = (header?.untold ?? []).filter((one) => one.steps.length === 0).map(({ secret }) => secret);
  const left = [...steps.values()].flatMap((step) => (step.tells === undefined || wasDone(step) ? [] : [step.tells]));
  return [...new Set([...before, ...left])].filter((secret) => !rotated.includes(secret));
}

function wasDone({ status, failure }: StepState): boolean {
  return status === 'ok' || status === 'changed' || (status === 'skipped' && failure === undefined);
}
