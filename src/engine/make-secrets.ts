import type { Recipe, RecipeStep, SecretSpec } from '../model/recipe.ts';
import { dependentsOf, withBases } from '../model/secret-order.ts';
import { secretText } from '../model/secrets.ts';
import { withSameData } from './keeps.ts';
import { newSecret } from './new-secret.ts';
import type { Outside } from './outside.ts';
import type { Publisher } from './publish.ts';
import { rotatedNames } from './rotation.ts';
import { referencesOf } from './scope.ts';
import type { Telling } from './telling.ts';

/** Said of a secret that is about to be made, by who looked at the data that it keeps. */
export type Making =
  | 'make'
  /** It is in the vault by now: the old value, or a new one that a crash left staged. */
  | 'there'
  /** The data stays, and the system that has it will be told of the new value. */
  | Telling;

/**
 * Makes the secrets that a step mentions and that the vault does not hold yet, after what they are made of. Each is
 * in the vault before the event that names it, so a crash between the two costs an event, never a value. `agree` is asked
 * before each: one whose old value was adopted is in the vault by then.
 */
export async function makeSecretsOf(
  step: RecipeStep,
  recipe: Recipe,
  outside: Outside,
  publisher: Publisher,
  agree: (spec: SecretSpec) => Promise<Making>,
): Promise<void> {
  const { vault } = outside;
  const mentioned = referencesOf(step).flatMap(({ root, name }) => (root === 'secrets' && name !== undefined ? [name] : []));
  const names = withSameData(mentioned, recipe, publisher.state);
  // A rotation may be what makes it: of the new value of another.
  const staged = publisher.state.rotation === 'staged' ? rotatedNames(publisher.state) : [];
  const isStaged = (name: string): boolean => staged.includes(name) && vault.staged(name) !== undefined;
  const isMissing = (name: string): boolean => vault.value(name) === undefined && !isStaged(name);
  for (const spec of withBases(names, recipe.secrets)) {
    if (!isMissing(spec.name)) continue;
    // What is there needs not what it was made of.
    const leadsTo = dependentsOf(spec.name, recipe.secrets);
    if (!leadsTo.some((name) => names.has(name) && isMissing(name))) continue;
    const making = await agree(spec);
    if (making === 'there') continue;
    const value = await newSecret(spec, recipe, publisher.state, outside, (name) => vault.value(name));
    // What was made of another value goes first: after a crash nothing in the vault contradicts the rest.
    const stale = leadsTo.filter((name) => !isMissing(name));
    if (stale.length > 0) await vault.remove(stale);
    if (making !== 'make') {
      await makeToTell(spec.name, value, making, outside, publisher);
      continue;
    }
    await vault.put(spec.name, value);
    const fingerprint = await outside.secrets.fingerprint(secretText(spec.name));
    await publisher.append({ type: 'secret.generated', name: spec.name, fingerprint });
  }
}

/**
 * A value that the system has to be told of is in force only once it is written down who tells it: a crash before that
 * leaves it staged, and it is asked again what becomes of the data; a crash behind leaves only the commit to be done.
 */
async function makeToTell(
  name: string,
  value: string,
  { steps, before }: Telling,
  outside: Outside,
  publisher: Publisher,
): Promise<void> {
  await outside.vault.stage({ [name]: value });
  const fingerprint = await outside.secrets.fingerprint(secretText(name, true));
  const heads = steps.map(({ id, title, uses }) => ({ id, title, uses }));
  const rotates = { steps: heads, ...(before === undefined ? {} : { before }) };
  await publisher.append({ type: 'secret.generated', name, fingerprint, rotates }, { sync: true });
  await outside.vault.commit([name]);
}
