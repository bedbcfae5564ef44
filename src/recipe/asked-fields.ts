import type { Field, Typed } from '../model/dispatch.ts';
import type { Json } from '../model/json.ts';
import type { InputSpec } from '../model/recipe.ts';
import type { SecretRef } from '../model/secrets.ts';
import { askedInputs } from './asked-inputs.ts';
import { coerce, inputFault } from './input-value.ts';

/**
 * The inputs that are asked for, by name, while fields are being filled in. What was typed into a field that is not asked for
 * does not count. `known`: the values of inputs without a field. What won't do counts as null until it will. Pure.
 */
export function askedFields(
  inputs: readonly InputSpec[],
  fields: readonly Field[],
  typed: Typed,
  known: { readonly [name: string]: Json | SecretRef } = {},
): ReadonlySet<string> {
  const byName = new Map(fields.map((field) => [field.spec.name, field]));
  return askedInputs(inputs, (spec, isAsked) => {
    const field = byName.get(spec.name);
    if (field === undefined) return known[spec.name];
    return isAsked ? valueIn(field, typed[spec.name]) : (valueIn(field) ?? spec.default);
  }).asked;
}

function valueIn({ spec, text, from }: Field, typed?: string): Json | SecretRef | undefined {
  const now = typed ?? text;
  // What a secret's field keeps to itself is there all the same.
  if (spec.type === 'secret' && now === '')
    return from === 'vault' || from === 'given' ? { $secret: `input.${spec.name}` } : undefined;
  const value = coerce(spec, now);
  return now === '' || inputFault(spec, value) !== undefined ? undefined : value;
}
