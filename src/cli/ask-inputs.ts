import type { RunHeader } from '../engine/run.ts';
import { fail } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { InputSpec, Recipe } from '../model/recipe.ts';
import { coerce, inputFault } from '../recipe/input-value.ts';
import { resolveInputs } from '../recipe/inputs.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { createLineReader, type LineReader } from './ask-line.ts';
import { askNewSecret } from './ask-new-secret.ts';
import { type GivenInputs, valuesFor } from './input-rules.ts';
import type { Console } from './output.ts';

/**
 * What is given, and what is missing as the operator types it. Nothing is asked where nobody is there, nor where the inputs
 * won't do all the same. Throws `run.interrupted` where the operator gives up.
 */
export async function askMissingInputs(
  recipe: Recipe,
  given: GivenInputs,
  before: RunHeader['inputs'],
  console: Console,
  reader: Pick<LineReader, 'read'> = createLineReader(console),
): Promise<GivenInputs> {
  if (!console.attended) return given;
  let whole = given;
  while (true) {
    // Which others are asked for may follow from what was just typed.
    const { problems } = resolveInputs(recipe, valuesFor(recipe, whole), before);
    if (problems.some(({ code }) => code !== 'input.missing')) return whole;
    const spec = recipe.inputs.find(({ name }) => problems.some((problem) => problem.name === name));
    if (spec === undefined) return whole;
    if (spec.explain !== undefined) {
      console.out(`${foldLines(spec.explain.trimEnd().split('\n'), console.columns()).join('\n')}\n`);
    }
    const what = `${spec.title}, ${spec.name}`;
    const value =
      spec.type === 'secret'
        ? await askNewSecret(console, what, (text) => inputFault(spec, text))
        : await askShown(spec, what, console, reader);
    whole = { ...whole, [spec.name]: { value, source: { kind: 'terminal' } } };
  }
}

/** Asks for a value that may be seen, until it will do. */
async function askShown(
  spec: InputSpec,
  what: string,
  console: Pick<Console, 'err'>,
  reader: Pick<LineReader, 'read'>,
): Promise<Json> {
  const choices = spec.choices === undefined ? '' : ` (${spec.choices.join(', ')})`;
  while (true) {
    const typed = await reader.read(`${what}${choices}: `);
    if (typed === undefined) throw fail('run.interrupted', 'Given up. Nothing was changed.');
    const value = coerce(spec, typed.trim());
    const wrong = inputFault(spec, value);
    if (wrong === undefined) return value;
    console.err(`It must be ${wrong}.\n`);
  }
}
