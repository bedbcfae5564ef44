import type { Vault } from '../model/ports.ts';
import type { SecretSpec } from '../model/recipe.ts';
import { dependentsOf } from '../model/secret-order.ts';

/**
 * Puts a value in the place of a secret's, which becomes the previous one; what is made of it is forgotten, so that it is made
 * anew. The names of what was forgotten; undefined where it had that value before. A crash between two of the writes leaves the
 * old value in force, and what is made of it to be made anew: they agree.
 */
export async function replaceValue(
  vault: Vault,
  name: string,
  value: string,
  specs: readonly SecretSpec[],
): Promise<readonly string[] | undefined> {
  if (vault.value(name) === value) return undefined;
  await vault.stage({ [name]: value });
  const forgotten = dependentsOf(name, specs).filter((one) => one !== name && vault.value(one) !== undefined);
  if (forgotten.length > 0) await vault.remove(forgotten);
  await vault.commit([name]);
  return forgotten;
}
