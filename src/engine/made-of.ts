import type { SecretSpec } from '../model/recipe.ts';

/** A secret and all that are made of it, directly or through others, each after what it is made of. Pure. */
export function withDependents(name: string, specs: readonly SecretSpec[]): readonly string[] {
  const found = [name];
  for (const base of found) {
    for (const { name: dependent, of } of specs) {
      if (of === base && !found.includes(dependent)) found.push(dependent);
    }
  }
  return found;
}
