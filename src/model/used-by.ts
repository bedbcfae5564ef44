import type { Deferred, Recipe, RecipeStep, SecretSpec, Task, Value } from './recipe.ts';

/** Titles of what in a recipe uses an input: what it needs of the host, its secrets, steps, closing words and tasks, in this order. Pure. */
export function usedBy(recipe: Recipe, input: string): readonly string[] {
  const uses = (deferred: Deferred<Value> | undefined): boolean =>
    deferred?.references.some(({ root, name }) => root === 'inputs' && (name === undefined || name === input)) ?? false;
  const inStep = ({ params, when, danger }: RecipeStep): boolean => [params, when, danger].some(uses);
  const inSecret = ({ subject, names = [], keeps, rotate = [] }: SecretSpec): boolean =>
    [subject, ...names, keeps === undefined ? undefined : 'path' in keeps ? keeps.path : keeps.volume].some(uses) ||
    rotate.some(inStep);
  const inTask = ({ steps, finish }: Task): boolean => steps.some(inStep) || uses(finish);

  const found = [
    ...(recipe.requires.ports.some(uses) ? ['Free ports'] : []),
    ...recipe.secrets.filter(inSecret).map(({ name, title }) => title ?? name),
    ...recipe.steps.filter(inStep).map(({ title }) => title),
    ...(uses(recipe.finish) ? ['Closing words'] : []),
    ...recipe.tasks.filter(inTask).map(({ title }) => title),
  ];
  return [...new Set(found)];
}
