import { expect, it } from 'vitest';
import { failureOf } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import type { InputSpec } from '../model/recipe.ts';
import { inputFault } from '../recipe/input-value.ts';
import { generateInput } from './generate-input.ts';

const secret = (bounds: JsonObject): InputSpec => ({
  name: 'pin',
  type: 'secret',
  title: 'Pin',
  optional: false,
  schema: { type: 'string', minLength: 1, ...bounds },
  at: { file: 'recipe.yaml', line: 1, column: 1 },
});

it.each([
  {},
  { minLength: 40 },
  { maxLength: 10 },
  { pattern: '^[0-9]{6}$' },
  { pattern: '^[0-9a-f]{64}$' },
  { pattern: '^[0-9a-f-]{36}$' },
])('what is drawn is a value that the input takes, and another one each time: %j', (bounds) => {
  const spec = secret(bounds);
  const drawn = [generateInput(spec), generateInput(spec), generateInput(spec)];
  for (const value of drawn) expect(inputFault(spec, value)).toBeUndefined();
  expect(new Set(drawn).size).toBeGreaterThan(1);
});

it('is long wherever the recipe does not forbid it', () => {
  expect(generateInput(secret({})).length).toBeGreaterThanOrEqual(24);
});

it('says so where the recipe asks for what can not be drawn', () => {
  try {
    generateInput(secret({ pattern: '^open sesame$' }));
    expect.unreachable();
  } catch (error) {
    expect(failureOf(error)).toMatchObject({ code: 'input.not-drawn', hints: [expect.stringContaining('Type one')] });
  }
});
