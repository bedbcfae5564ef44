import { createHmac } from 'node:crypto';
import { revealParts } from '../../model/encodings.ts';
import { fail } from '../../model/failure.ts';
import type { Vault } from '../../model/ports.ts';
import { type Reveal, type SecretCompare, type SecretRef, SecretText, secretRefs, type Text } from '../../model/secrets.ts';
import { fitsPasswordVerifier } from './password-verifier.ts';

/**
 * The one place where secret texts meet their values. `reveal` throws `secret.missing` where the vault lacks one.
 * The fingerprint of a text whose secrets are not all made yet is `absent:` and their names: it changes once they
 * are.
 */
export function createSecretAccess(vault: Vault): SecretCompare & Reveal {
  // Once a staged value is committed there is none any more: then the one in force is meant.
  const held = ({ $secret, staged }: SecretRef): string | undefined =>
    (staged ? vault.staged($secret) : undefined) ?? vault.value($secret);
  const missing = (text: Text): readonly string[] => [
    ...new Set(secretRefs(text).flatMap((ref) => (held(ref) === undefined ? [ref.$secret] : []))),
  ];
  const reveal = (text: Text): string => {
    if (!(text instanceof SecretText)) return text;
    return revealParts(text.parts, (ref) => held(ref) ?? failMissing(ref.$secret));
  };

  return {
    reveal: async (text) => reveal(text),
    async matches(text, bytes) {
      return missing(text).length === 0 && Buffer.from(reveal(text), 'utf8').equals(bytes);
    },
    async fingerprint(text) {
      const absent = missing(text);
      if (absent.length > 0) return `absent:${absent.join(',')}`;
      return createHmac('sha256', vault.fingerprintKey()).update(reveal(text), 'utf8').digest('hex');
    },
    async fitsVerifier(text, verifier, salt = '') {
      return missing(text).length === 0 && (await fitsPasswordVerifier(reveal(text), verifier, salt));
    },
  };
}

function failMissing(name: string): never {
  throw fail('secret.missing', `The secret ${name} is not in the vault.`, {
    hints: [`Set it with \`fairlead secrets set\`, or run the recipe again: it makes what is missing.`],
  });
}
