import type { Recipe, RecipeStep } from '../model/recipe.ts';
import { dependentsOf, withBases } from '../model/secret-order.ts';
import { secretText } from '../model/secrets.ts';
import { newSecret } from './new-secret.ts';
import type { Outside } from './outside.ts';
import type { Publisher } from './publish.ts';
import { referencesOf } from './scope.ts';

/**
 * Makes the secrets that a step mentions and that the vault does not hold yet, after what they are made of. Each is
 * in the vault before the event that names it, so a crash between the two costs an event, never a value.
 */
export async function makeSecretsOf(step: RecipeStep, recipe: Recipe, outside: Outside, publisher: Publisher): Promise<void> {
  const { vault } = outside;
  const names = new Set(referencesOf(step).flatMap(({ root, name }) => (root === 'secrets' && name !== undefined ? [name] : [])));
  const isMissing = (name: string): boolean => vault.value(name) === undefined;
  for (const spec of withBases(names, recipe.secrets)) {
    if (!isMissing(spec.name)) continue;
    // What is there needs not what it was made of.
    const leadsTo = dependentsOf(spec.name, recipe.secrets);
    if (!leadsTo.some((name) => names.has(name) && isMissing(name))) continue;
    const value = await newSecret(spec, recipe, publisher.state, outside, (name) => vault.value(name));
    // What was made of another value goes first: after a crash nothing in the vault contradicts the rest.
    const stale = leadsTo.filter((name) => !isMissing(name));
    if (stale.length > 0) await vault.remove(stale);
    await vault.put(spec.name, value);
    const fingerprint = await outside.secrets.fingerprint(secretText(spec.name));
    await publisher.append({ type: 'secret.generated', name: spec.name, fingerprint });
  }
}
