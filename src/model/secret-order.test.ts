import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecretSpec } from './recipe.ts';
import { basesOf, dependentsOf, withBases } from './secret-order.ts';

const spec = (name: string, generate: SecretSpec['generate'], more: Partial<SecretSpec> = {}): SecretSpec => ({
  name,
  generate,
  ...more,
  at: { file: 'recipe.yaml', line: 1, column: 1 },
});

/** Declared the wrong way round, so that an order has to be found. */
const specs: readonly SecretSpec[] = [
  spec('bundle', 'pkcs12', { of: 'site', password: 'word' }),
  spec('site', 'certificate', { of: 'key' }),
  spec('hash', 'bcrypt', { of: 'word' }),
  spec('public', 'public-key', { of: 'key' }),
  spec('word', 'password'),
  spec('key', 'rsa-key'),
  spec('alone', 'hex'),
];

describe('what a secret is made of', () => {
  it('are what it is `of`, its password, and the key of its certificate', () => {
    const bases = (name: string) => basesOf(specs.find((one) => one.name === name) as SecretSpec, specs);
    expect(bases('bundle')).toEqual(['site', 'key', 'word']);
    expect(bases('site')).toEqual(['key']);
    expect(bases('alone')).toEqual([]);
  });

  it('comes before it, and only what is needed is named', () => {
    expect(withBases(['bundle', 'alone'], specs).map(({ name }) => name)).toEqual(['key', 'site', 'word', 'bundle', 'alone']);
    expect(withBases(['hash', 'unheard_of'], specs).map(({ name }) => name)).toEqual(['word', 'hash']);
  });
});

describe('what has to be made anew with a secret', () => {
  it('is all that is made of it, directly or not, each after what it is made of', () => {
    expect(dependentsOf('key', specs)).toEqual(['key', 'site', 'bundle', 'public']);
    expect(dependentsOf('word', specs)).toEqual(['word', 'bundle', 'hash']);
    expect(dependentsOf('alone', specs)).toEqual(['alone']);
    expect(dependentsOf('unheard_of', specs)).toEqual(['unheard_of']);
  });

  it('ends also where secrets are made of each other in a circle', () => {
    const circle = [spec('a', 'bcrypt', { of: 'b' }), spec('b', 'bcrypt', { of: 'a' })];
    expect(new Set(dependentsOf('a', circle))).toEqual(new Set(['a', 'b']));
  });

  it('is found for any recipe: nobody made of it is missing, and none comes before what it is made of', () => {
    const chain = fc.array(fc.nat(), { minLength: 1, maxLength: 12 }).chain((picks) =>
      fc.shuffledSubarray(
        picks.map((pick, index) => spec(`s${index}`, 'bcrypt', index === 0 || pick % 3 === 0 ? {} : { of: `s${pick % index}` })),
        { minLength: picks.length },
      ),
    );
    fc.assert(
      fc.property(chain, (declared) => {
        for (const { name } of declared) {
          const found = dependentsOf(name, declared);
          expect(new Set(found).size).toBe(found.length);
          for (const one of declared.filter((candidate) => candidate.name !== name)) {
            const isMadeOfIt = one.of !== undefined && found.includes(one.of);
            expect(found.includes(one.name)).toBe(isMadeOfIt);
            if (isMadeOfIt) expect(found.indexOf(one.name)).toBeGreaterThan(found.indexOf(one.of as string));
          }
        }
      }),
    );
  });
});
