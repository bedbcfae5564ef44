import type { Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import type { RecipeStep } from '../model/recipe.ts';
import { type Reveal, type SecretRef, SecretText } from '../model/secrets.ts';
import type { FreshOutputs, Outputs } from '../model/step.ts';

/**
 * Outputs as the journal may hold them. A sensitive step's outputs, and any secret text, go to the vault under
 * `<step>.<output>` before this resolves; the journal then holds a reference.
 */
export async function homeOutputs(step: RecipeStep, outputs: FreshOutputs, vault: Vault, secrets: Reveal): Promise<Outputs> {
  const homed: Record<string, Json | SecretRef> = {};
  for (const [name, value] of Object.entries(outputs)) {
    if (value === null || (!(value instanceof SecretText) && !step.sensitive)) {
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
