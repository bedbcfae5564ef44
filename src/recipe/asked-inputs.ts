import type { Json } from '../model/json.ts';
import type { InputSpec, Scope, Value } from '../model/recipe.ts';
import { isSecretRef, type SecretRef, secretText } from '../model/secrets.ts';

/** May it be without a value, as expressions see it? They find null there then. */
export function mayBeNull({ optional, when, default: preset }: Pick<InputSpec, 'optional' | 'when' | 'default'>): boolean {
  return optional || (when !== undefined && preset === undefined);
}

/** Which inputs are asked for. */
export interface AskedInputs {
  /** By name. One whose `when` could not be evaluated is among them. */
  readonly asked: ReadonlySet<string>;
  /** Why the first such could not be evaluated. */
  readonly failure?: unknown;
}

/**
 * Goes through inputs in their order, and asks `takenFor` for the value of each once it is known whether it is asked for:
 * those after it may depend on that. Undefined is a value that won't do; it counts as null. Pure, as far as `takenFor` is.
 */
export function askedInputs(
  inputs: readonly InputSpec[],
  takenFor: (spec: InputSpec, isAsked: boolean) => Json | SecretRef | undefined,
): AskedInputs {
  const asked = new Set<string>();
  const values: Record<string, Value> = {};
  let failed: { readonly failure: unknown } | undefined;
  const isAsked = ({ when }: InputSpec): boolean => {
    if (when === undefined) return true;
    try {
      return when.evaluate(scopeOf(values)) === true;
    } catch (failure) {
      failed ??= { failure };
      return true;
    }
  };
  for (const spec of inputs) {
    const isOne = isAsked(spec);
    if (isOne) asked.add(spec.name);
    values[spec.name] = asSeen(spec, takenFor(spec, isOne) ?? null);
  }
  return { asked, ...failed };
}

/** Of a secret an expression may know no more than whether there is one. */
function asSeen({ name, type }: InputSpec, value: Json | SecretRef): Value {
  if (type !== 'secret' || value === null) return value as Value;
  return secretText(isSecretRef(value) ? value.$secret : `input.${name}`);
}

function scopeOf(inputs: Scope['inputs']): Scope {
  return { inputs, secrets: {}, previous: {}, steps: {}, deployment: { name: '' }, recipe: { name: '', version: '' }, needs: {} };
}
