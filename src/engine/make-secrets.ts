import type { Recipe, RecipeStep } from '../model/recipe.ts';
import { secretText } from '../model/secrets.ts';
import type { Outside } from './outside.ts';
import type { Publisher } from './publish.ts';
import { referencesOf } from './scope.ts';

/**
 * Makes the secrets that a step mentions and that the vault does not hold yet. Each is in the vault before the
 * event that names it, so a crash between the two costs an event, never a value.
 */
export async function makeSecretsOf(step: RecipeStep, recipe: Recipe, outside: Outside, publisher: Publisher): Promise<void> {
  const names = new Set(referencesOf(step).flatMap((reference) => (reference.root === 'secrets' ? [reference.name] : [])));
  for (const spec of recipe.secrets) {
    if (!names.has(spec.name) || outside.vault.value(spec.name) !== undefined) continue;
    await outside.vault.put(spec.name, outside.generateSecret(spec));
    const fingerprint = await outside.secrets.fingerprint(secretText(spec.name));
    await publisher.append({ type: 'secret.generated', name: spec.name, fingerprint });
  }
}
