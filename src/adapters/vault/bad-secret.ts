import { type FairleadError, fail } from '../../model/failure.ts';

/** A recipe wants a secret that can't be made; never says a value. */
export function badSecret(message: string, hint = 'Mend the secret in the recipe.'): FairleadError {
  return fail('recipe.bad-secret', message, { hints: [hint] });
}
