import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paramsKeyword } from '../model/params-keyword.ts';
import { SecretText, secretText } from '../model/secrets.ts';
import { stepTypes } from '../steps/index.ts';
import { createFit } from './fits.ts';
import { envelopeSchema, paramsSchema } from './recipe-schema.ts';

const leaf = fc.oneof(
  fc.constantFrom('present', 'absent', '0750', '/etc/x', '/a/../b', 'root:root', '30s', '1h30m', 'a-name', '${{ inputs.x }}', ''),
  fc.constantFrom('host.file', 'GET', '1.0.0', 'recipe', 'delete', '172.29.0.0/16'),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);

/** Params that are about right: the schema's own names, with values that may fit. */
function paramsFor(schema: object, further: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const names = [...Object.keys((schema as { properties?: object }).properties ?? {}), 'unknown'];
  const single = fc.oneof({ weight: 4, arbitrary: leaf }, further);
  const value = fc.oneof(
    { weight: 4, arbitrary: single },
    fc.array(single, { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names, 'A_KEY', '/pointer'), fc.string()), single, { maxKeys: 3 }),
  );
  return fc.oneof({ weight: 9, arbitrary: fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5 }) }, value);
}

function fullCheck(schema: object) {
  const ajv = new Ajv({ meta: false, validateSchema: false, strict: true, strictTypes: false, allowUnionTypes: true });
  formats.default(ajv);
  ajv.addKeyword(paramsKeyword);
  return ajv.compile(schema);
}

function expectSameAnswers(schema: object, values: fc.Arbitrary<unknown>): void {
  const fits = createFit(schema);
  const full = fullCheck(schema);
  fc.assert(
    fc.property(values, (value) => {
      expect(fits(value)).toBe(full(value));
    }),
    { numRuns: 200 },
  );
}

describe.each([...stepTypes.values()].map((type) => [type.name, type] as const))('the quick check of %s', (_, type) => {
  it('says yes to evaluated params exactly where the full check does', () => {
    const resolved = fc.constantFrom<unknown>(secretText('key'), new SecretText(['a', ...secretText('key').parts]), {
      recipeFile: 'a',
      path: '/a',
      digest: 'b',
    });
    expectSameAnswers(type.schema, paramsFor(type.schema, resolved));
  });

  it('says yes to written params exactly where the full check does', () => {
    expectSameAnswers(paramsSchema(type), paramsFor(type.schema, leaf));
  });
});

it('the quick check of a recipe says yes exactly where the full check does', () => {
  const schema = envelopeSchema();
  const steps = paramsFor(
    {
      properties: {
        id: 0,
        title: 0,
        uses: 0,
        with: 0,
        when: 0,
        after: 0,
        timeout: 0,
        retry: 0,
        tags: 0,
        sensitive: 0,
        danger: 0,
      },
    },
    leaf,
  );
  expectSameAnswers(schema, paramsFor(schema, fc.array(steps, { maxLength: 2 })));
  const right = { recipe: 'a', version: '1.0.0', title: 't' };
  expectSameAnswers(
    schema,
    fc.array(steps).map((list) => ({ ...right, steps: list })),
  );
});
