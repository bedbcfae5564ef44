import { type FairleadError, fail } from '../model/failure.ts';
import type { Recipe, Task } from '../model/recipe.ts';
import { type GivenInputs, waysToGive } from './input-rules.ts';

type Asking = Pick<Task, 'name' | 'inputs' | 'changes'>;

/** The inputs that a task takes: its own, or those of the recipe that it changes. */
export function inputNamesOf({ inputs, changes }: Pick<Task, 'inputs' | 'changes'>): readonly string[] {
  return changes ?? inputs.map(({ name }) => name);
}

/** What was given, where it is the task's: with other inputs of the recipe it would act on what is not there. */
export function inputsOfTask(task: Asking, given: GivenInputs): GivenInputs {
  const names = inputNamesOf(task);
  const counting = Object.entries(given).filter(([name, { source }]) => source.kind !== 'environment' || names.includes(name));
  const odd = counting.find(([name]) => !names.includes(name))?.[0];
  const takes = names.length === 0 ? 'It takes no inputs.' : `It takes: ${names.join(', ')}.`;
  if (odd !== undefined) {
    throw fail('inputs.invalid', `The task ${task.name} has nothing to do with the input ${odd}.`, {
      hints: [takes, 'Nothing was changed.'],
    });
  }
  return Object.fromEntries(counting);
}

/** Why a task that is the recipe done with other inputs can't be done with none; `ways`: how they are given, the first in a sentence. */
export function nothingNew({ name, changes = [] }: Asking, [first = '', ...ways]: readonly string[]): FairleadError {
  return fail('inputs.invalid', `The task ${name} needs a new value of at least one of its inputs.`, {
    hints: [`It takes: ${changes.join(', ')}. ${first}`.trimEnd(), ...ways, 'Nothing was changed.'],
  });
}

/** How the inputs that a task changes are given on a command line. */
export function waysToChange({ changes = [] }: Asking, { inputs }: Recipe): readonly string[] {
  const changing = inputs.filter(({ name }) => changes.includes(name));
  const secrets = changing.filter(({ type }) => type === 'secret');
  const plain = changing.length > secrets.length ? 'Give a value with --input NAME=VALUE.' : '';
  return [plain, ...secrets.flatMap(({ name }) => [`${name} is a secret, which --input does not take:`, ...waysToGive(name)])];
}
