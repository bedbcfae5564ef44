import type { Json } from '../model/json.ts';
import type { InputSpec } from '../model/recipe.ts';
import { askedInputs } from '../recipe/asked-inputs.ts';
import { KEYS } from './keys.ts';

/**
 * The keys that bring these values into the form of a new run, from its first input on: field by field in the order in which
 * they stand there. What is not asked for with these values has no field.
 */
export function keysForForm(inputs: readonly InputSpec[], values: Readonly<Record<string, Json>>): readonly string[] {
  const { asked } = askedInputs(inputs, ({ name, default: usual }, isAsked) => (isAsked ? values[name] : undefined) ?? usual);
  return inputs.filter(({ name }) => asked.has(name)).map((spec) => `${keysFor(spec, values[spec.name])}${KEYS.tab}`);
}

function keysFor({ type, choices = [], default: usual }: InputSpec, value: Json | undefined): string {
  if (value === undefined) return '';
  if (type !== 'choice') return `${KEYS.ctrl('u')}${value}`;
  const steps = choices.indexOf(String(value)) - choices.indexOf(String(usual));
  return KEYS.right.repeat((steps + choices.length) % choices.length);
}
