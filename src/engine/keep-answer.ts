import { type FairleadError, fail } from '../model/failure.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import { createRedactor } from '../model/redactor.ts';
import type { RunState } from '../model/run-state.ts';
import { isSecretRef, type SecretRef } from '../model/secrets.ts';

/**
 * Puts a secret that was given in answer to a question into the vault; what may be written down of it. An old value may be
 * a word like any other. One that stands in an input too is refused (`secret.not-apart`): it would have to be masked there,
 * and no later run could begin.
 */
export async function keepAnswer(name: string, value: string, state: RunState, vault: Vault): Promise<SecretRef> {
  const redactor = createRedactor([value]);
  const shows = (field: Json | SecretRef): boolean =>
    !isSecretRef(field) && canonicalJson(redactor.redactJson(field)) !== canonicalJson(field);
  for (const [input, given] of Object.entries(state.header?.inputs ?? {})) {
    if (shows(given)) throw notApart(name, `the input ${input}`);
  }
  for (const { id, carried } of state.steps.values()) {
    for (const [output, left] of Object.entries(carried?.outputs ?? {})) {
      if (shows(left)) throw notApart(name, `${output}, which step ${id} left`);
    }
  }
  await vault.put(name, value);
  return { $secret: name };
}

function notApart(name: string, where: string): FairleadError {
  return fail('secret.not-apart', `The old value of ${name} also stands in ${where}: one of both can't be kept secret.`, {
    hints: ['Was it the right value? Try again.', 'Else give the system another password by hand first, then adopt that one.'],
  });
}
