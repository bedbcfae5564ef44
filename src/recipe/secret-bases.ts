import type { Problem, SecretSpec } from '../model/recipe.ts';
import { BCRYPT_BYTES, SECRET_KINDS, TEXT_KINDS } from './secret-kinds.ts';
import { didYouMean, oneOf } from './suggestion.ts';
import type { YamlSource } from './yaml-source.ts';

/**
 * What is wrong with what secrets are made of: unknown names, kinds that don't fit. A circle has always one that
 * doesn't: no kind leads back to itself.
 */
export function checkSecretBases(specs: readonly SecretSpec[], source: YamlSource): readonly Problem[] {
  return specs.flatMap((spec) => [
    ...checkBase(spec, 'of', SECRET_KINDS[spec.generate]?.of ?? [], specs, source),
    ...checkBase(spec, 'password', TEXT_KINDS, specs, source),
    ...checkHashed(spec, specs, source),
    ...checkUsage(spec, specs, source),
  ]);
}

function checkBase(
  spec: SecretSpec,
  key: 'of' | 'password',
  kinds: readonly SecretSpec['generate'][],
  specs: readonly SecretSpec[],
  source: YamlSource,
): readonly Problem[] {
  const name = spec[key];
  if (name === undefined) return [];
  const at = source.place(['secrets', spec.name, key]);
  const base = specs.find((candidate) => candidate.name === name);
  const fitting = specs.filter((other) => other.name !== spec.name && kinds.includes(other.generate)).map((other) => other.name);
  if (base === undefined) {
    const expected =
      fitting.length === 0 ? `a secret of this recipe, of kind ${kinds.join(', ')}` : oneOf(fitting) + didYouMean(name, fitting);
    return [{ code: 'recipe.unknown-name', at, found: `\`${name}\``, expected }];
  }
  if (kinds.includes(base.generate)) return [];
  const found = name === spec.name ? `\`${name}\`, which is this secret` : `\`${name}\`, which is of kind ${base.generate}`;
  return [{ code: 'recipe.wrong-kind', at, found, expected: `another secret, of kind ${kinds.join(', ')}` }];
}

function checkHashed(spec: SecretSpec, specs: readonly SecretSpec[], source: YamlSource): readonly Problem[] {
  const base = specs.find(({ name }) => name === spec.of);
  if (spec.generate !== 'bcrypt' || base === undefined || bytesOf(base) <= BCRYPT_BYTES) return [];
  const at = source.place(['secrets', spec.name, 'of']);
  const found = `\`${base.name}\`, which has ${bytesOf(base)} bytes`;
  return [{ code: 'recipe.wrong-value', at, found, expected: `no more than ${BCRYPT_BYTES}: bcrypt ignores all further ones` }];
}

/** Bytes of a text that is drawn: at least, where its alphabet has characters of several. */
function bytesOf({ generate, bytes = 0, length = 0, padding, prefix = '' }: SecretSpec): number {
  const drawn = {
    hex: 2 * bytes,
    base64: 4 * Math.ceil(bytes / 3),
    base64url: padding === false ? Math.ceil((4 * bytes) / 3) : 4 * Math.ceil(bytes / 3),
    uuid: 36,
  }[generate as string];
  return new TextEncoder().encode(prefix).length + (drawn ?? length);
}

/** Nothing can be encrypted to a key of an elliptic curve as it can to an RSA key. */
function checkUsage(spec: SecretSpec, specs: readonly SecretSpec[], source: YamlSource): readonly Problem[] {
  const base = specs.find(({ name }) => name === spec.of);
  if (spec.usage !== 'encryption' || base?.generate !== 'ec-key') return [];
  const at = source.place(['secrets', spec.name, 'of']);
  return [
    { code: 'recipe.wrong-kind', at, found: `\`${base.name}\`, which is of kind ec-key`, expected: 'an rsa-key for encryption' },
  ];
}
