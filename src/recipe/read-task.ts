import type { InputSpec, Problem } from '../model/recipe.ts';
import { mayBeNull } from './asked-inputs.ts';
import { didYouMean, oneOf } from './suggestion.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** What a task asks for, as far as it could be read. */
export interface TaskInputs {
  readonly task: string;
  readonly inputs: readonly InputSpec[];
}

/** An input of a task that has the name of another one is the same thing: it can't stand beside it, or be of another type. */
export function checkTaskInputs(inputs: readonly InputSpec[], tasks: readonly TaskInputs[]): Problem[] {
  const own = new Set(inputs.map(({ name }) => name));
  const first = new Map<string, { readonly task: string; readonly spec: InputSpec }>();
  return tasks.flatMap(({ task, inputs: asked }) =>
    asked.flatMap((spec): Problem[] => {
      const { at } = spec;
      const found = `the input \`${spec.name}\``;
      if (own.has(spec.name))
        return [{ code: 'recipe.duplicate-input', at, found, expected: 'a name that the recipe has no input of' }];
      const other = first.get(spec.name) ?? { task, spec };
      first.set(spec.name, other);
      const orNull = mayBeNull(other.spec);
      if (other.spec.type === spec.type && orNull === mayBeNull(spec)) return [];
      const often = orNull ? (other.spec.optional ? ' and optional' : ' and not always asked for') : '';
      const expected = `the type that it has in the task ${other.task}, ${other.spec.type}${often}`;
      return [{ code: 'recipe.duplicate-input', at, found, expected }];
    }),
  );
}

/** A task can only take new values of what the recipe asks for. */
export function checkTaskChanges(
  changes: readonly string[],
  path: Path,
  inputs: readonly InputSpec[],
  source: YamlSource,
): Problem[] {
  const names = inputs.map(({ name }) => name);
  return changes.flatMap((name, index): Problem[] => {
    if (names.includes(name)) return [];
    const expected = names.length === 0 ? 'a recipe with inputs' : oneOf(names) + didYouMean(name, names);
    return [{ code: 'recipe.unknown-name', at: source.place([...path, index]), found: `\`${name}\``, expected }];
  });
}
