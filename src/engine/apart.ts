import { canonicalJson, type Json } from '../model/json.ts';
import { createRedactor } from '../model/redactor.ts';
import { isSecretRef, type SecretRef } from '../model/secrets.ts';
import type { Carried, Outputs } from '../model/step.ts';

/** What is written down of a deployment as it is. */
export interface WrittenDown {
  readonly inputs: Outputs;
  readonly carried: Readonly<Record<string, Carried>>;
}

/**
 * Where one of these secret values stands in what is written down as it is, in words; undefined where in nothing. It
 * would have to be masked there, and no later run could begin. Pure.
 */
export function standsIn(values: readonly string[], { inputs, carried }: WrittenDown): string | undefined {
  const redactor = createRedactor(values);
  const shows = (field: Json | SecretRef): boolean =>
    !isSecretRef(field) && canonicalJson(redactor.redactJson(field)) !== canonicalJson(field);
  for (const [input, given] of Object.entries(inputs)) if (shows(given)) return `the input ${input}`;
  for (const [id, { outputs }] of Object.entries(carried)) {
    for (const [output, left] of Object.entries(outputs)) if (shows(left)) return `${output}, which step ${id} left`;
  }
  return undefined;
}
