import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { envelopeSchema, paramsSchema, recipeSchema } from './recipe-schema.ts';
import { toyTypes } from './toy-step-types.ts';

const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const validate = ajv.compile(recipeSchema(toyTypes));

const recipe = (step: object): object => ({
  recipe: 'toy',
  version: '1.0.0',
  title: 'A toy',
  steps: [{ id: 'one', title: 'One', ...step }],
});

describe('the schema for editors', () => {
  it('is valid JSON Schema in all its parts', () => {
    expect(ajv.validateSchema(recipeSchema(toyTypes))).toBe(true);
    expect(ajv.validateSchema(envelopeSchema())).toBe(true);
    for (const type of toyTypes.values()) expect(ajv.validateSchema(paramsSchema(type))).toBe(true);
  });

  it('is plain JSON: what is written to a file says the same', () => {
    const schema = recipeSchema(toyTypes);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it.each([
    [{ uses: 'toy.file', with: { path: '/a', port: 80, ensure: 'absent' } }],
    [{ uses: 'toy.file', with: { path: '${{ inputs.path }}', port: '${{ inputs.port }}', ensure: '${{ inputs.ensure }}' } }],
    [{ uses: 'toy.file', with: { path: '/a', owners: '${{ steps.x.list }}', shape: '${{ steps.x.shape }}' } }],
    [{ uses: 'toy.file', with: { path: '/a', content: 'text', template: 'a.conf', copy: 'files/a', anything: [{}] } }],
    [{ uses: 'toy.capture', with: { pattern: 'x' }, after: ['a'], when: 'inputs.tls', danger: true }],
  ])('takes a good step: %j', (step) => {
    expect(validate(recipe(step)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    [{ uses: 'toy.other', with: {} }],
    [{ uses: 'toy.file' }],
    [{ uses: 'toy.file', with: { pattern: 'x' } }],
    [{ uses: 'toy.file', with: { path: 'a' } }],
    [{ uses: 'toy.file', with: { path: '/a', port: 'eighty' } }],
    [{ uses: 'toy.file', with: { path: '/a', content: 5 } }],
    [{ uses: 'toy.capture', with: { path: '/a', pattern: 'x' } }],
  ])('refuses a bad step: %j', (step) => {
    expect(validate(recipe(step))).toBe(false);
  });

  it('keeps what step types say of themselves and of their params', () => {
    const text = JSON.stringify(recipeSchema(toyTypes));
    for (const type of toyTypes.values()) expect(text).toContain(JSON.stringify(type.summary));
    expect(text).toContain('Where it lies.');
    expect(text).not.toContain('"fairlead":');
  });
});
