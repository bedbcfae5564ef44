import type { Json } from '../model/json.ts';
import type { Recipe } from '../model/recipe.ts';
import { countPlan } from '../views/lib/plan-text.ts';
import { type Console, printJson } from './output.ts';
import type { Plan } from './prepare-run.ts';

/** `fairlead plan --json`, `drift --json`: one document, which meets `planSchema`. `upgrade`: what drift has to offer. */
export function printPlanDocument(console: Console, plan: Plan, upgrade?: Recipe): void {
  const { header } = plan;
  printJson(console, {
    v: 1,
    deployment: header.deployment,
    recipe: header.recipe as unknown as Json,
    inputs: header.inputs as unknown as Json,
    ...(upgrade === undefined ? {} : { upgrade: { version: upgrade.version, digest: upgrade.digest } }),
    ...(header.orphans === undefined ? {} : { orphans: header.orphans as unknown as Json }),
    counts: countPlan(plan.forecast) as unknown as Json,
    steps: plan.forecast.map((step) => ({
      ...(step as unknown as Readonly<Record<string, Json>>),
      title: plan.program.steps.find((candidate) => candidate.id === step.step)?.title ?? '',
    })),
  });
}

/** The published JSON Schema of a plan; additive only. */
export function planSchema(): object {
  const string = { type: 'string' };
  const counts = ['create', 'update', 'delete', 'run', 'check', 'read', 'knownAfterApply', 'nothing'];
  const count = { type: 'integer', minimum: 0 };
  const change = {
    type: 'object',
    required: ['action', 'target'],
    properties: {
      action: { enum: ['create', 'update', 'delete', 'run', 'check', 'read'] },
      target: { ...string, description: 'What is changed: a path, a name.' },
      property: { ...string, description: 'The property that differs, where it is not the whole.' },
      before: { description: 'What is there now.' },
      after: { description: 'What is wanted.' },
      diff: { ...string, description: 'Unified diff of a text, without its file header.' },
      secret: { const: true, description: 'The difference is in a secret, which is not shown.' },
      because: { type: 'array', items: string, description: 'Steps whose results make this one act again.' },
    },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:fairlead:plan:1',
    title: 'A plan',
    description: 'What `fairlead plan --json` and `fairlead drift --json` print.',
    type: 'object',
    required: ['v', 'deployment', 'recipe', 'inputs', 'counts', 'steps'],
    properties: {
      v: { const: 1 },
      deployment: string,
      recipe: {
        type: 'object',
        required: ['name', 'version', 'title', 'digest'],
        properties: { name: string, version: string, title: string, digest: string },
      },
      inputs: { type: 'object', description: 'Never a secret: a secret input is {"$secret": its name in the vault}.' },
      upgrade: {
        type: 'object',
        required: ['version', 'digest'],
        properties: { version: string, digest: string },
        description: 'Of drift: the recipe of that name that is shipped now is another one than the installed one.',
      },
      orphans: {
        type: 'array',
        items: { type: 'object', required: ['step', 'run'], properties: { step: string, run: string, sharedWith: string } },
        description: 'Steps of earlier runs that the recipe does not have any more, and the run that finished each last.',
      },
      counts: {
        type: 'object',
        required: counts,
        properties: Object.fromEntries(counts.map((name) => [name, count])),
        description: 'Steps by their mark.',
      },
      steps: {
        type: 'array',
        items: {
          type: 'object',
          required: ['step', 'title', 'changes'],
          properties: {
            step: string,
            title: string,
            changes: { type: 'array', items: change, description: 'Empty: as wanted, skipped, or not known yet.' },
            waitsFor: { ...string, description: 'Known only after this earlier step has acted.' },
            skipped: { const: true, description: 'Its `when` does not hold.' },
            drift: { const: true, description: 'What it manages was edited by hand: it will be asked about.' },
            kept: { type: 'array', items: string, description: 'The parts of a file whose hand edit is kept.' },
            invalidatedBy: {
              type: 'array',
              items: string,
              description: 'Why what it did no longer counts: `input:<name>`, `step:<id>`, `recipe`, `from`.',
            },
            adopts: {
              type: 'array',
              items: {
                type: 'object',
                required: ['secret'],
                properties: {
                  secret: string,
                  path: { ...string, description: 'A file or folder. Or it is a volume.' },
                  volume: { ...string, description: 'A Docker volume.' },
                  rotates: { const: true, description: 'The recipe knows how to tell the running system of a new value.' },
                },
              },
              description:
                'Data that is there and opens only with a secret that the vault does not hold: it will be asked about.',
            },
            notes: { type: 'array', items: string },
          },
        },
      },
    },
  };
}
