import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { planSchema } from '../../../src/cli/plan-document.ts';
import type { Json } from '../../../src/model/json.ts';
import { resolveInputs } from '../../../src/recipe/inputs.ts';
import { mmlInputs } from '../../../src/testing/generated-files.ts';
import { type GoldenHost, goldenPlan, planJson, planText } from '../../../src/testing/golden.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';

const plan = (given: Readonly<Record<string, Json>> = {}, on: GoldenHost = 'with-docker') =>
  goldenPlan('mml', on, { ...mmlInputs, ...given });

const IMPORT = ['openssl', 'imported', 'own_tokens'];
const variants: readonly (readonly [string, Readonly<Record<string, Json>>, readonly string[]])[] = [
  ['a certificate that is made', {}, ['operator', ...IMPORT]],
  ['a certificate that is there', { certificate: 'import' }, ['operator', 'crt', 'key', 'pfx', 'own_tokens']],
  ['a certificate in one file', { certificate: 'import-pfx' }, ['operator', 'crt', 'key', 'pfx', 'own_tokens']],
  ['keys for tokens that are there', { token_certificates: '/root/tokens' }, ['operator', 'imported', 'sign', 'encrypt']],
  ['an operator who may look in', { operator: 'jane' }, IMPORT],
  ['an admin who is there already', { first_admin: 'exists', admin_password: null }, ['operator', ...IMPORT, 'admin']],
];

it("mml's plan is the one in snapshots/plans (`npm run generate` writes it anew)", async () => {
  const golden = await readFile(new URL('../../../snapshots/plans/mml.with-docker.txt', import.meta.url), 'utf8');
  expect(planText(await plan())).toBe(golden);
});

describe.each(variants)("mml's plan with %s", (_, given, leftOut) => {
  it('has each step in its order, and leaves out just what does not belong to it', async () => {
    const { forecast, program } = await plan(given);
    expect(forecast.map(({ step }) => step)).toEqual(program.recipe.steps.map(({ id }) => id));
    expect(forecast.filter(({ skipped }) => skipped === true).map(({ step }) => step)).toEqual(leftOut);
  });

  it('knows all of it before anything is done', async () => {
    const { forecast } = await plan(given);
    expect(forecast.filter(({ waitsFor }) => waitsFor !== undefined)).toEqual([]);
  });

  it('meets the published schema and has no secret in it', async () => {
    const document = planJson(await plan(given));
    const validate = new Ajv({ strict: false }).compile(planSchema());
    expect(validate(JSON.parse(document)), JSON.stringify(validate.errors)).toBe(true);
    expect(document).not.toContain(mmlInputs.admin_password);
  });
});

const needed: readonly (readonly [string, Readonly<Record<string, Json>>, readonly string[]])[] = [
  ['an admin', {}, []],
  ['an admin without a password', { admin_password: null }, ['admin_password']],
  ['an admin who is there', { admin_password: null, first_admin: 'exists' }, []],
];

it.each(needed)('the first admin is asked for where there is none: with %s', async (_, given, missing) => {
  const values = Object.entries({ ...mmlInputs, ...given }).filter(([, value]) => value !== null);
  const { problems } = resolveInputs(await shippedRecipe('mml'), Object.fromEntries(values));
  expect(problems.map(({ code, name }) => [code, name])).toEqual(missing.map((name) => ['input.missing', name]));
});
