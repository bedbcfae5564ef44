import type { Json } from '../model/json.ts';
import type { InputSpec, Recipe } from '../model/recipe.ts';
import { isSecretRef, type SecretRef } from '../model/secrets.ts';
import { coerce, inputFault } from './input-value.ts';
import { didYouMean, oneOf } from './suggestion.ts';

/** The inputs of a run, as far as they are known. */
export interface ResolvedInputs {
  /** As the journal keeps them: a secret is a reference into the vault, under the input's name. */
  readonly values: { readonly [name: string]: Json | SecretRef };
  /** Values of secret inputs that were given just now: they go to the vault before anything refers to them. */
  readonly secrets: { readonly [name: string]: string };
  /** What is wrong or missing; never mentions a secret's value. */
  readonly problems: readonly InputProblem[];
}

/** What is wrong with an input. */
export interface InputProblem {
  readonly code: 'input.unknown' | 'input.missing' | 'input.invalid';
  readonly name: string;
  readonly message: string;
}

/**
 * The inputs of a run: what is given now, else what the deployment's last run had, else the default. Text is
 * read as a number, true or false where the input's type wants that.
 */
export function resolveInputs(
  recipe: Pick<Recipe, 'inputs'>,
  given: { readonly [name: string]: unknown },
  previous: { readonly [name: string]: Json | SecretRef } = {},
): ResolvedInputs {
  const values: Record<string, Json | SecretRef> = {};
  const secrets: Record<string, string> = {};
  const problems: InputProblem[] = [];
  const names = recipe.inputs.map(({ name }) => name);

  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const message = `The recipe has no input \`${name}\`; it has ${oneOf(names)}${didYouMean(name, names)}`;
    problems.push({ code: 'input.unknown', name, message });
  }
  for (const spec of recipe.inputs) {
    const { name } = spec;
    const value = chosen(spec, given, previous);
    if (value === undefined) {
      problems.push({ code: 'input.missing', name, message: `The input \`${name}\` (${spec.title}) has no value.` });
    } else if (spec.type === 'secret' && isSecretRef(value)) {
      values[name] = value;
    } else if (value === null && spec.optional) {
      values[name] = null;
    } else {
      const fault = inputFault(spec, value as Json);
      if (fault !== undefined) {
        const found = spec.type === 'secret' ? '' : `; found ${JSON.stringify(value)}`;
        problems.push({
          code: 'input.invalid',
          name,
          message: `The input \`${name}\` (${spec.title}) must be ${fault}${found}.`,
        });
      } else if (spec.type === 'secret') {
        secrets[name] = value as string;
        values[name] = { $secret: name };
      } else {
        values[name] = value;
      }
    }
  }
  return { values, secrets, problems };
}

function chosen(
  spec: InputSpec,
  given: { readonly [name: string]: unknown },
  previous: { readonly [name: string]: Json | SecretRef },
): Json | SecretRef | undefined {
  const { name } = spec;
  if (Object.hasOwn(given, name) && given[name] !== undefined) return coerce(spec, given[name] as Json);
  if (Object.hasOwn(previous, name) && previous[name] !== undefined) {
    const before = previous[name];
    // An input that was optional, or not a secret, in an earlier version of the recipe is asked for anew.
    const fits = before === null ? spec.optional : isSecretRef(before) === (spec.type === 'secret');
    if (fits) return before;
  }
  if (spec.default !== undefined) return spec.default;
  return spec.optional ? null : undefined;
}
