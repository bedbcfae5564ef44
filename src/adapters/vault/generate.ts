import type { SecretMaterial, SecretSpec } from '../../model/recipe.ts';
import { badSecret } from './bad-secret.ts';
import { drawText } from './generate-text.ts';

/**
 * Makes a secret: of chance from the system's random source, and of the material where its kind is made of another
 * secret. Equal material gives another value each time, but for `public-key`. Throws `recipe.bad-secret` where its
 * sizes or its material don't allow one. What only few recipes need is loaded when the first one does.
 */
export async function generateSecret(spec: Omit<SecretSpec, 'name' | 'at'>, material: SecretMaterial = {}): Promise<string> {
  switch (spec.generate) {
    case 'base64':
    case 'base64url':
    case 'hex':
    case 'alphanumeric':
    case 'digits':
    case 'uuid':
    case 'password':
    case 'characters':
      return (spec.prefix ?? '') + drawText(spec.generate, spec);
    case 'bcrypt': {
      const { bcryptHash } = await import('./bcrypt-hash.ts');
      return bcryptHash(given('of', spec, material), spec);
    }
    case 'sha512-crypt': {
      const { newSha512Crypt } = await import('./sha512-crypt.ts');
      return newSha512Crypt(given('of', spec, material), spec.rounds);
    }
    case 'rsa-key':
    case 'ec-key':
    case 'vapid-key':
    case 'public-key': {
      const keys = await import('./generate-key.ts');
      if (spec.generate === 'rsa-key') return keys.rsaKey(spec.bits ?? 3072);
      if (spec.generate === 'ec-key') return keys.ecKey();
      return spec.generate === 'vapid-key' ? keys.vapidKey() : keys.publicKeyOf(given('of', spec, material));
    }
    case 'certificate': {
      const { selfSigned } = await import('./self-signed.ts');
      const { names = [], subject } = material;
      return selfSigned(given('of', spec, material), { ...spec, names, subject });
    }
    case 'pkcs12': {
      const { pkcs12Of } = await import('./pkcs12.ts');
      return pkcs12Of(given('of', spec, material), given('key', spec, material), material.password ?? '');
    }
  }
}

function given(part: 'of' | 'key', { generate }: Pick<SecretSpec, 'generate'>, material: SecretMaterial): string {
  const value = material[part];
  if (value === undefined) throw badSecret(`A secret of kind ${generate} is made of another one, which is missing.`);
  return value;
}
