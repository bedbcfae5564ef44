import type { Deferred, Recipe, RecipeStep, SecretSpec, Task, Value } from './recipe.ts';

/** Titles of what in a recipe uses an input: what it needs of the host, its secrets, steps, closing words and tasks, in this order. Pure. */
export function usedBy(recipe: Recipe, input: string): readonly string[] {
  const uses = usersOf(input);
  const inStep = stepsWith(input);
  const inSecret = ({ subject, names = [], keeps, rotate = [] }: SecretSpec): boolean =>
    [subject, ...names, keeps === undefined ? undefined : 'path' in keeps ? keeps.path : keeps.volume].some(uses) ||
    rotate.some(inStep);
  const inTask = ({ steps, finish }: Task): boolean => steps.some(inStep) || uses(finish);

  const found = [
    ...(recipe.requires.ports.some(uses) ? ['Free ports'] : []),
    ...recipe.secrets.filter(inSecret).map(({ name, title }) => title ?? name),
    ...recipe.steps.filter(inStep).map(({ title }) => title),
    ...(uses(recipe.finish) ? [CLOSING] : []),
    ...recipe.tasks.filter(inTask).map(({ title }) => title),
  ];
  return [...new Set(found)];
}

/** The same of an input of a task's own: what other tasks call by the same name is another thing. Pure. */
export function usedInTask({ steps, finish }: Task, input: string): readonly string[] {
  const titles = steps.filter(stepsWith(input)).map(({ title }) => title);
  return [...new Set([...titles, ...(usersOf(input)(finish) ? [CLOSING] : [])])];
}

const CLOSING = 'Closing words';

function usersOf(input: string): (deferred: Deferred<Value> | undefined) => boolean {
  return (deferred) =>
    deferred?.references.some(({ root, name }) => root === 'inputs' && (name === undefined || name === input)) ?? false;
}

function stepsWith(input: string): (step: RecipeStep) => boolean {
  return ({ params, when, danger }) => [params, when, danger].some(usersOf(input));
}
