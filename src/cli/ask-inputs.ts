import type { RunHeader } from '../engine/run.ts';
import type { Recipe } from '../model/recipe.ts';
import { inputFault } from '../recipe/input-value.ts';
import { resolveInputs } from '../recipe/inputs.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { askNewSecret } from './ask-new-secret.ts';
import { type GivenInputs, valuesFor } from './input-rules.ts';
import type { Console } from './output.ts';

/**
 * What is given, and the secrets that are missing as the operator types them. Nothing is asked where nobody is there, nor
 * where the inputs won't do all the same. Throws `run.interrupted` where the operator gives up.
 */
export async function askMissingSecrets(
  recipe: Recipe,
  given: GivenInputs,
  before: RunHeader['inputs'],
  console: Console,
): Promise<GivenInputs> {
  if (!console.attended) return given;
  const { problems } = resolveInputs(recipe, valuesFor(recipe, given), before);
  const missing = problems.map(({ code, name }) =>
    code === 'input.missing' ? recipe.inputs.find((spec) => spec.name === name && spec.type === 'secret') : undefined,
  );
  if (missing.includes(undefined)) return given;
  let whole = given;
  for (const spec of missing) {
    if (spec === undefined) continue;
    if (spec.explain !== undefined) {
      console.out(`${foldLines(spec.explain.trimEnd().split('\n'), console.columns()).join('\n')}\n`);
    }
    const value = await askNewSecret(console, `${spec.title}, ${spec.name}`, (text) => inputFault(spec, text));
    whole = { ...whole, [spec.name]: { value, source: { kind: 'terminal' } } };
  }
  return whole;
}
