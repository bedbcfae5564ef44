import { canonicalJson, type Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { Redactor } from '../model/redactor.ts';
import { type Reveal, type SecretRef, SecretText } from '../model/secrets.ts';
import type { FreshOutputs, Outputs } from '../model/step.ts';

/**
 * Outputs as the journal may hold them. A sensitive step's outputs, any secret text, and whatever holds a secret that
 * a program has printed go to the vault under `<step>.<output>` before this resolves; the journal then holds a
 * reference.
 */
export async function homeOutputs(
  step: RecipeStep,
  outputs: FreshOutputs,
  vault: Vault,
  secrets: Reveal,
  redactor: Redactor,
): Promise<Outputs> {
  const homed: Record<string, Json | SecretRef> = {};
  for (const [name, value] of Object.entries(outputs)) {
    if (value === null || (!(value instanceof SecretText) && !step.sensitive && !holdsSecret(value, redactor))) {
      homed[name] = value;
      continue;
    }
    const plain =
      value instanceof SecretText ? await secrets.reveal(value) : typeof value === 'string' ? value : JSON.stringify(value);
    const secret = `${step.id}.${name}`;
    if (vault.value(secret) !== plain) await vault.put(secret, plain);
    homed[name] = { $secret: secret };
  }
  return homed;
}

function holdsSecret(value: Json, redactor: Redactor): boolean {
  return canonicalJson(redactor.redactJson(value)) !== canonicalJson(value);
}
