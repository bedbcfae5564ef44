import type { RunKind, RunOptions } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import type { Deferred, Recipe, RecipeStep, Task } from '../model/recipe.ts';
import type { StepTypes } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { REMOVE_ORPHANS, removalSteps } from './orphans.ts';
import { rotationSteps } from './rotation-steps.ts';
import { type Telling, tellingsOf, withTellings } from './telling.ts';

/** What a run goes through: the steps of a recipe or of one of its tasks, and the kinds of steps there are. */
export interface Program {
  readonly recipe: Recipe;
  readonly kind: RunKind;
  readonly steps: readonly RecipeStep[];
  readonly types: StepTypes;
  readonly options: RunOptions;
  /** The steps that this run is about; the others stay as they are. */
  readonly selected: ReadonlySet<StepId>;
  readonly finish?: Deferred;
  /** What may tell the system of a new value where old data is: among the steps, asleep. */
  readonly tellings?: readonly Telling[];
  /** What an earlier run kept of a hand edit counts no more: it is shown, and asked about, as if it were new. */
  readonly forgetsKept?: true;
  /** The run is to be given up: only doubts are settled, then it is final. */
  readonly givingUp?: boolean;
}

/** Options that choose nothing: all steps, stop at a failure. */
export const plainOptions: RunOptions = { only: [], onFailure: 'stop' };

/** The program of a recipe's own steps, or of the task that the options name. */
export function createProgram(recipe: Recipe, types: StepTypes, options: RunOptions = plainOptions): Program {
  if (options.task === REMOVE_ORPHANS) {
    const removing = removalSteps(recipe, options.only, types);
    const selected = new Set(removing.map(({ id }) => id));
    return { recipe, kind: 'orphans', steps: removing, types, options, selected };
  }
  if (options.rotate !== undefined) {
    const steps = rotationSteps(recipe, options.rotate, types);
    return { recipe, kind: 'rotate', steps, types, options, selected: new Set(steps.map(({ id }) => id)) };
  }
  const task = options.task === undefined ? undefined : taskOf(recipe, options.task);
  const tellings = task === undefined && isWhole(options) ? tellingsOf(recipe, types) : [];
  const own = task?.steps ?? recipe.steps;
  const steps = tellings.length === 0 ? own : withTellings(own, tellings);
  const finish = task === undefined ? recipe.finish : task.finish;
  return {
    recipe,
    kind: task === undefined ? 'converge' : task.name === 'uninstall' ? 'uninstall' : 'task',
    steps,
    types,
    options,
    selected: select(steps, options),
    ...(finish === undefined ? {} : { finish }),
    ...(tellings.length === 0 ? {} : { tellings }),
  };
}

/** A recipe's task. Throws `task.unknown`. */
export function taskOf(recipe: Recipe, name: string): Task {
  const task = recipe.tasks.find((candidate) => candidate.name === name);
  if (task !== undefined) return task;
  const names = [...recipe.tasks.map((candidate) => candidate.name), REMOVE_ORPHANS].join(', ');
  throw fail('task.unknown', `The recipe ${recipe.name} has no task ${name}.`, { hints: [`Its tasks are: ${names}.`] });
}

/** A part of a recipe's steps may not bring the system up, which is to be told. */
function isWhole({ only, from, until }: RunOptions): boolean {
  return only.length === 0 && from === undefined && until === undefined;
}

/** The steps that `--only`, `--from` and `--until` leave; a name that no step has is a failure. */
export function select(steps: readonly RecipeStep[], options: RunOptions): ReadonlySet<StepId> {
  const index = (id: string): number => {
    const found = steps.findIndex((step) => step.id === id);
    if (found === -1) {
      throw fail('step.unknown', `There is no step ${id}.`, {
        hints: [`The steps are: ${steps.map((step) => step.id).join(', ')}.`],
      });
    }
    return found;
  };
  if (options.only.length > 0) return new Set(options.only.map((id) => steps[index(id)]?.id as StepId));
  const from = options.from === undefined ? 0 : index(options.from);
  const until = options.until === undefined ? steps.length - 1 : index(options.until);
  if (from > until) {
    throw fail('usage.empty-selection', `Step ${options.until} comes before step ${options.from}: nothing is left to do.`, {
      hints: ['Nothing was changed.'],
    });
  }
  return new Set(steps.slice(from, until + 1).map((step) => step.id));
}
