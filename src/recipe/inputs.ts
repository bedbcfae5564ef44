import type { Json } from '../model/json.ts';
import type { InputSpec, Recipe } from '../model/recipe.ts';
import { isSecretRef, type SecretRef } from '../model/secrets.ts';
import { askedInputs, mayBeNull } from './asked-inputs.ts';
import { coerce, inputFault } from './input-value.ts';
import { didYouMean, oneOf } from './suggestion.ts';

/** The inputs of a run, as far as they are known. */
export interface ResolvedInputs {
  /**
   * By name. A secret that was given now is here in plain: the caller puts it into the vault, and a reference in
   * its place, before anything is written or shown. One from an earlier run is a reference already.
   */
  readonly values: { readonly [name: string]: Json | SecretRef };
  /** What is wrong or missing; never mentions a secret's value. */
  readonly problems: readonly InputProblem[];
}

/** What is wrong with an input. */
export interface InputProblem {
  readonly code: 'input.unknown' | 'input.missing' | 'input.invalid';
  readonly name: string;
  /** Goes on where the name stops: `must be a port, 1 to 65535`. */
  readonly message: string;
}

/**
 * The inputs of a run: what is given now, else what the deployment's last run had, else the default. Text is
 * read as a number, true or false where the input's type wants that. One that is not asked for is null without a value; what
 * was given for it is kept, and must do. Throws `recipe.expression-failed` where it can't be told whether one is asked for.
 */
export function resolveInputs(
  recipe: Pick<Recipe, 'inputs'>,
  given: { readonly [name: string]: unknown },
  previous: { readonly [name: string]: Json | SecretRef } = {},
): ResolvedInputs {
  const values: Record<string, Json | SecretRef> = {};
  const problems: InputProblem[] = [];
  const names = recipe.inputs.map(({ name }) => name);

  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const message = `is no input of this recipe: it takes ${oneOf(names)}${didYouMean(name, names)}`;
    problems.push({ code: 'input.unknown', name, message });
  }
  const taken = (spec: InputSpec, isAsked: boolean): Json | SecretRef | undefined => {
    const { name, title } = spec;
    const mayBeAway = spec.optional || (!isAsked && mayBeNull(spec));
    const fault = (value: Json | SecretRef): string | undefined => {
      // A reference is the journal's to make: one that is given would name any secret of the vault.
      const isKept = spec.type === 'secret' && isSecretRef(value) && value === previous[name];
      return isKept || (value === null && mayBeAway) ? undefined : inputFault(spec, value as Json);
    };
    const last = chosenInput(spec, given, previous);
    // Nobody is asked for another one in its place.
    const isStale = !isAsked && last.from === 'earlier-run' && fault(last.value) !== undefined;
    const chosen = isStale ? chosenInput(spec, given, {}) : last;
    const value = 'value' in chosen ? chosen.value : mayBeAway ? null : undefined;
    if (value === undefined) {
      problems.push({ code: 'input.missing', name, message: `needs a value (${title})` });
      return undefined;
    }
    const wrong = fault(value);
    if (wrong === undefined) return value;
    problems.push({ code: 'input.invalid', name, message: `must be ${wrong}${foundInstead(spec, value)}` });
    return undefined;
  };
  const { failure } = askedInputs(recipe.inputs, (spec, isAsked) => {
    const value = taken(spec, isAsked);
    if (value !== undefined) values[spec.name] = value;
    return value;
  });
  // What can't be told may be so only because of what is wrong.
  if (failure !== undefined && problems.length === 0) throw failure;
  return { values, problems };
}

/** A secret is not shown; but a number in a file, which may have lost zeros already, is told from one. */
function foundInstead({ type }: InputSpec, value: Json | SecretRef): string {
  if (type !== 'secret') return `; found ${JSON.stringify(value)}`;
  return typeof value === 'number' || typeof value === 'boolean' ? ', in quotes' : '';
}

/** An input's value before it is checked, and where it comes from. */
export type ChosenInput =
  | { readonly from: 'given' | 'earlier-run' | 'default'; readonly value: Json | SecretRef }
  /** One that is optional is null then. */
  | { readonly from: 'nowhere' };

/** Of what is given now, what the run before had and the default the one that counts. Pure. */
export function chosenInput(
  spec: InputSpec,
  given: { readonly [name: string]: unknown },
  previous: { readonly [name: string]: Json | SecretRef },
): ChosenInput {
  const { name } = spec;
  if (Object.hasOwn(given, name) && given[name] !== undefined) {
    return { from: 'given', value: coerce(spec, given[name] as Json) };
  }
  if (Object.hasOwn(previous, name) && previous[name] !== undefined) {
    const before = previous[name];
    // An input that was optional, or not a secret, in an earlier version of the recipe is asked for anew.
    const fits = before === null ? spec.optional : isSecretRef(before) === (spec.type === 'secret');
    if (fits) return { from: 'earlier-run', value: before };
  }
  return spec.default === undefined ? { from: 'nowhere' } : { from: 'default', value: spec.default };
}
