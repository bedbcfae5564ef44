import type { Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { Redactor } from '../model/redactor.ts';
import { type Reveal, type SecretRef, SecretText } from '../model/secrets.ts';
import type { FreshOutputs, Outputs } from '../model/step.ts';

/** A longer text (in characters) is no value that somebody wants for its secret. */
const LONGEST_HOMED = 1024;

/**
 * Outputs as the journal may hold them. A sensitive step's outputs, any secret text, and a value that holds a known secret
 * go to the vault under `<step>.<output>` before this resolves; the journal then holds a reference. A text of several lines,
 * or a long one, that merely holds one stays in the journal with the secret masked: in the vault its other lines would count as
 * secrets, and no ordinary value that says the same could be written down any more.
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
    if (value === null || (!(value instanceof SecretText) && !step.sensitive && !redactor.finds(value))) {
      homed[name] = value;
      continue;
    }
    if (typeof value === 'string' && (value.includes('\n') || value.length > LONGEST_HOMED) && !step.sensitive) {
      homed[name] = redactor.redact(value);
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
