import { redactorFor } from '../engine/publish.ts';
import type { Failure } from '../model/failure.ts';
import type { Vault } from '../model/ports.ts';
import type { Redactor } from '../model/redactor.ts';

/**
 * A redactor for each vault that this process has opened. What fails outside of any run, a bug of ours above all, is
 * reported by code that knows of no vault: so the process as a whole remembers.
 */
const redactors: (() => Redactor)[] = [];

/** From now on the values of this vault, and those that it gets, reach no message about a failure. */
export function rememberSecretsOf(vault: Vault): void {
  redactors.push(redactorFor(vault));
}

/** The failure as it may be printed. */
export function withoutSecrets(failure: Failure): Failure {
  const redacted = (text: string): string => redactors.reduce((left, redactor) => redactor().redactCut(left), text);
  const { message, hints, evidence } = failure;
  return {
    ...failure,
    message: redacted(message),
    hints: hints.map(redacted),
    ...(evidence === undefined
      ? {}
      : {
          evidence: {
            ...evidence,
            tail: evidence.tail.map(redacted),
            ...(evidence.argv === undefined ? {} : { argv: evidence.argv.map(redacted) }),
          },
        }),
  };
}
