import { fail } from '../model/failure.ts';
import type { Deferred, Recipe, SecretMaterial, SecretSpec } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import { SecretText, type Text } from '../model/secrets.ts';
import type { Outside } from './outside.ts';
import { scopeOf } from './scope.ts';

/**
 * A new value for a secret; nothing is written. `held` says which value of those that it is made of is meant: the
 * one in force, or the one that a rotation has staged. Throws `secret.missing` where there is none.
 */
export async function newSecret(
  spec: SecretSpec,
  recipe: Recipe,
  state: RunState,
  outside: Pick<Outside, 'generateSecret'>,
  held: (name: string) => string | undefined,
): Promise<string> {
  const valueFor = (name: string | undefined): string => {
    const value = name === undefined ? undefined : held(name);
    if (value !== undefined) return value;
    throw fail('secret.missing', `The secret ${spec.name} is made of ${name ?? 'another one'}, which is not in the vault.`, {
      hints: ['Run the recipe again: it makes what is missing.'],
    });
  };
  const textOf = (text: Deferred<Text>): string => plain(text.evaluate(scopeOf(recipe, state, text.references)));
  const key = (): string => valueFor(recipe.secrets.find(({ name }) => name === spec.of)?.of);
  const material: SecretMaterial = {
    ...(spec.of !== undefined && { of: valueFor(spec.of) }),
    ...(spec.generate === 'pkcs12' && { key: key() }),
    ...(spec.password !== undefined && { password: valueFor(spec.password) }),
    ...(spec.subject !== undefined && { subject: textOf(spec.subject) }),
    ...(spec.names !== undefined && { names: spec.names.map(textOf) }),
  };
  return outside.generateSecret(spec, material);
}

/** The recipe was checked for this: what stands in a certificate everybody can read. */
function plain(text: Text): string {
  if (!(text instanceof SecretText)) return text;
  throw fail('secret.misplaced', 'The name of a certificate holds a secret, and everybody can read it.', { fault: 'bug' });
}
