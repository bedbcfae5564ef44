import { FairleadError, type InputNeeded } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { InputSpec } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { Program } from './program.ts';
import { scopeOf } from './scope.ts';

/**
 * Of an input without a value that a step makes something of: what it is, where it is asked for, and the command that gives it
 * one. The expression, which the error names, is its recipe's author's. Pure.
 */
export function inputNeeded(error: InputNeeded, program: Program, state: RunState): FairleadError {
  const { recipe, options } = program;
  const spec = recipe.inputs.find(({ name }) => name === error.input);
  if (spec === undefined) return error;
  const deployment = state.header?.deployment ?? recipe.name;
  const isOfTask = recipe.tasks.some(({ name, inputs }) => name === options.task && inputs.some((one) => one.name === spec.name));
  const named = deployment === recipe.name ? recipe.name : `${recipe.name} --name ${deployment}`;
  const command = isOfTask ? `fairlead task ${deployment} ${options.task}` : `fairlead run ${named}`;
  const given = spec.when === undefined ? [{ name: spec.name, values: [] }] : deciding(spec, program, state);
  const words = given.map(({ name, values }) => ` --input ${name}=${values.length === 0 ? '…' : values.join('|')}`);
  const isAsked = spec.when === undefined ? 'it was left out' : `it is asked for only where ${spec.when.source}`;
  return new FairleadError(
    {
      ...error.failure,
      code: 'inputs.needed',
      message: `It needs the input ${spec.name} (${spec.title}), which has no value: ${isAsked}.`,
      hints: [`To give it: ${command}${words.join('')}`],
    },
    { cause: error },
  );
}

/** The inputs that decide whether this one is asked for, each with those of its values, where they can be counted, with which it is. */
function deciding(spec: InputSpec, { recipe }: Program, state: RunState): readonly { name: string; values: readonly string[] }[] {
  const scope = scopeOf(recipe, state, []);
  const names = new Set(spec.when?.references.flatMap(({ root, name }) => (root === 'inputs' && name ? [name] : [])));
  return [...names].map((name) => {
    const { type, choices } = recipe.inputs.find((one) => one.name === name) ?? {};
    const all: readonly Json[] = choices ?? (type === 'boolean' ? [true, false] : []);
    const isAsked = (value: Json): boolean => {
      try {
        return spec.when?.evaluate({ ...scope, inputs: { ...scope.inputs, [name]: value } }) === true;
      } catch {
        return false;
      }
    };
    return { name, values: names.size === 1 ? all.filter(isAsked).map(String) : [] };
  });
}
