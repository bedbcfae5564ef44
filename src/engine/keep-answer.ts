import { fail } from '../model/failure.ts';
import type { Vault } from '../model/ports.ts';
import type { SecretSpec } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import { wrongAlphabet } from '../model/secret-alphabet.ts';
import type { SecretRef } from '../model/secrets.ts';
import { standsIn } from './apart.ts';

/**
 * Puts a secret that was given in answer to a question into the vault; what may be written down of it. An old value may be
 * a word like any other, but not in an alphabet that its reader can't decode. One that stands in an input too is refused (`secret.not-apart`): it would have to be masked there,
 * and no later run could begin.
 */
export async function keepAnswer(
  name: string,
  value: string,
  state: RunState,
  vault: Vault,
  spec?: SecretSpec,
): Promise<SecretRef> {
  const wrong = spec === undefined ? undefined : wrongAlphabet(spec, value);
  if (wrong !== undefined) throw wrong;
  const steps = [...state.steps.values()].flatMap(({ id, carried }) => (carried === undefined ? [] : [[id, carried] as const]));
  const where = standsIn([value], { inputs: state.header?.inputs ?? {}, carried: Object.fromEntries(steps) });
  if (where !== undefined) {
    throw fail('secret.not-apart', `The old value of ${name} also stands in ${where}: one of both can't be kept secret.`, {
      hints: ['Was it the right value? Try again.', 'Else give the system another password by hand first, then adopt that one.'],
    });
  }
  await vault.put(name, value);
  return { $secret: name };
}
