import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { planSchema } from '../../../src/cli/plan-document.ts';
import type { StepForecast } from '../../../src/model/events.ts';
import { type GoldenHost, goldenPlan, planJson, planText } from '../../../src/testing/golden.ts';

const golden = (name: string): Promise<string> =>
  readFile(new URL(`../../../snapshots/plans/lighthouse.${name}`, import.meta.url), 'utf8');

const waiting = (forecast: readonly StepForecast[]): Readonly<Record<string, string>> =>
  Object.fromEntries(forecast.flatMap(({ step, waitsFor }) => (waitsFor === undefined ? [] : [[step, waitsFor]])));

const forecastOn = async (on: GoldenHost): Promise<readonly StepForecast[]> => (await goldenPlan('lighthouse', on)).forecast;

describe.each(['bare-host', 'with-docker'] as const)("lighthouse's plan on a %s", (on) => {
  it('is the one in snapshots/plans (`npm run generate` writes it anew), and is the same twice', async () => {
    const text = planText(await goldenPlan('lighthouse', on));
    expect(text).toBe(await golden(`${on}.txt`));
    expect(planText(await goldenPlan('lighthouse', on))).toBe(text);
  });

  it('has each step of the recipe, in its order', async () => {
    const { forecast, program } = await goldenPlan('lighthouse', on);
    expect(forecast.map(({ step }) => step)).toEqual(program.recipe.steps.map(({ id }) => id));
  });

  it('meets the published schema as a document, and tells of .env its names alone', async () => {
    const document = planJson(await goldenPlan('lighthouse', on));
    const validate = new Ajv({ strict: false }).compile(planSchema());
    expect(validate(JSON.parse(document)), JSON.stringify(validate.errors)).toBe(true);
    const { steps } = JSON.parse(document) as { steps: readonly StepForecast[] };
    const env = {
      action: 'create',
      target: '/srv/lighthouse/.env',
      after: ['LIGHTHOUSE_PORT', 'LIGHTHOUSE_LEDGER_KEY'],
      secret: true,
    };
    expect(steps.find(({ step }) => step === 'env')?.changes).toEqual([env]);
  });
});

it('with Docker there, only what uses the captured account is known after apply', async () => {
  expect(waiting(await forecastOn('with-docker'))).toEqual({ keeper: 'account', proof: 'account' });
});

it('on a bare host, what must ask the engine waits for the step that brings it, and nothing else does', async () => {
  expect(waiting(await forecastOn('bare-host'))).toEqual({
    network: 'docker',
    image: 'docker',
    up: 'docker',
    token: 'docker',
    account: 'docker',
    keeper: 'account',
    proof: 'account',
  });
});

it('differs between the two hosts in what must ask the engine alone', async () => {
  const [bare, there] = await Promise.all([forecastOn('bare-host'), forecastOn('with-docker')]);
  const differing = bare.filter((step, index) => JSON.stringify(step) !== JSON.stringify(there[index]));
  expect(differing.map(({ step }) => step)).toEqual(['docker', 'network', 'image', 'up', 'token', 'account']);
});

it('changes at least as much as it says: nothing of the recipe counts as done on a fresh host but Docker itself', async () => {
  const idle = (await forecastOn('with-docker')).filter(
    ({ changes, waitsFor }) => changes.length === 0 && waitsFor === undefined,
  );
  expect(idle.map(({ step }) => step)).toEqual(['docker']);
});
