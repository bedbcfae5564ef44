import type { InputSpec, Position, Problem, Reference } from '../model/recipe.ts';
import type { ReadInput } from './input-spec.ts';
import type { NameCheck } from './name-check.ts';
import { didYouMean, oneOf } from './suggestion.ts';

/**
 * Checks where inputs are asked for. Such an expression may look at inputs that stand before it only, so that nothing goes
 * round in circles. `before`: the inputs that all of these come after; a task's come after the recipe's.
 */
export function checkConditions(
  inputs: readonly Pick<ReadInput, 'spec' | 'conditions'>[],
  before: readonly InputSpec[],
  names: NameCheck,
): readonly Problem[] {
  const specs = inputs.map(({ spec }) => spec);
  return inputs.flatMap(({ spec, conditions }, at) => {
    const earlier = [...before, ...specs.slice(0, at)];
    return conditions.flatMap((use) => {
      const misplaced = use.expression.mentions.flatMap(({ reference, start, beside }): Problem[] =>
        problemOf(reference, use.place(start), { spec, earlier, later: specs.slice(at + 1), beside }),
      );
      if (misplaced.length > 0) return misplaced;
      return names.check(use, { ...NOWHERE, taskInputs: earlier.map(({ name }) => name) });
    });
  });
}

const NOWHERE = { steps: new Map(), later: new Set<string>(), because: '' };

/** What an input may look at. */
interface Sight {
  readonly spec: InputSpec;
  readonly earlier: readonly InputSpec[];
  readonly later: readonly InputSpec[];
  readonly beside: 'null' | undefined;
}

function problemOf({ root, name = '' }: Reference, at: Position, { spec, earlier, later, beside }: Sight): Problem[] {
  const names = earlier.map((one) => one.name);
  const expected = names.length === 0 ? 'an input that stands before it; there is none' : oneOf(names);
  const found = `\`${root}.${name}\``;
  if (root !== 'inputs') {
    return [
      { code: 'recipe.unknown-name', at, found, expected: 'inputs that stand before it only: it is asked before all else' },
    ];
  }
  const meant = earlier.find((one) => one.name === name);
  if (meant?.type === 'secret' && beside === undefined) {
    return [{ code: 'recipe.secret-misplaced', at, found: `a secret, ${found}`, expected: 'no more than whether it is `null`' }];
  }
  if (meant !== undefined) return [];
  if (name === spec.name) return [{ code: 'recipe.used-too-early', at, found: `${found}, which is this input`, expected }];
  if (later.some((one) => one.name === name)) {
    return [{ code: 'recipe.used-too-early', at, found: `${found}, which comes later`, expected }];
  }
  return [{ code: 'recipe.unknown-name', at, found, expected: expected + didYouMean(name, names) }];
}
