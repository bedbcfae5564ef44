/**
 * Is this a name that secrets are usually kept under? Values under such a name are not shown, even where the
 * recipe gives them as plain text: the operator may have typed a password into an ordinary input.
 */
export function looksSecret(name: string): boolean {
  return /pass|secret|token|key|credential/i.test(name);
}
