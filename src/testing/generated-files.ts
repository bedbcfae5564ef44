import { planSchema } from '../cli/plan-document.ts';
import { secretsSchema } from '../cli/secrets-document.ts';
import { journalSchema } from '../journal/event-schema.ts';
import { partSchema, recipeSchema } from '../recipe/recipe-schema.ts';
import { stepReference } from '../recipe/step-reference.ts';
import { stepTypes } from '../steps/index.ts';
import { goldenPlan, planJson, planText } from './golden.ts';

/** A file of the repository that is made from the code. */
export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  /** Its text, given what it holds now: where only a part is generated, the rest stays. */
  make(before: string): string | Promise<string>;
}

const BEGIN = '<!-- step reference: begin (made by `npm run generate`) -->';
const END = '<!-- step reference: end -->';

/** What mastodon's plan is made with: what has no default. */
export const mastodonInputs = { admin_email: 'me@home.lan' };

/** What ente's plan is made with: what has no default. */
export const enteInputs = { admin_email: 'me@home.lan', account_password: 'correct horse battery' };

/** What mml's plan is made with. */
export const mmlInputs = { admin_password: 'correct horse battery' };

/** All of them; a test sees that each is fresh. */
export const generatedFiles: readonly GeneratedFile[] = [
  { path: 'recipes/recipe.schema.json', make: () => json(recipeSchema(stepTypes)) },
  { path: 'recipes/step.schema.json', make: () => json(partSchema('step')) },
  { path: 'recipes/task.schema.json', make: () => json(partSchema('task')) },
  { path: 'snapshots/schemas/journal.schema.json', make: () => json(journalSchema()) },
  { path: 'snapshots/schemas/plan.schema.json', make: () => json(planSchema()) },
  { path: 'snapshots/schemas/secrets.schema.json', make: () => json(secretsSchema()) },
  {
    path: 'snapshots/plans/lighthouse.bare-host.txt',
    make: async () => planText(await goldenPlan('lighthouse', 'bare-host')),
  },
  {
    path: 'snapshots/plans/lighthouse.with-docker.txt',
    make: async () => planText(await goldenPlan('lighthouse', 'with-docker')),
  },
  {
    path: 'snapshots/plans/lighthouse.with-docker.json',
    make: async () => planJson(await goldenPlan('lighthouse', 'with-docker')),
  },
  {
    path: 'snapshots/plans/ente.with-docker.txt',
    make: async () => planText(await goldenPlan('ente', 'with-docker', enteInputs)),
  },
  {
    path: 'snapshots/plans/mastodon.with-docker.txt',
    make: async () => planText(await goldenPlan('mastodon', 'with-docker', mastodonInputs)),
  },
  {
    path: 'snapshots/plans/mml.with-docker.txt',
    make: async () => planText(await goldenPlan('mml', 'with-docker', mmlInputs)),
  },
  { path: 'recipes/README.md', make: (before) => between(before, stepReference(stepTypes)) },
];

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function between(before: string, text: string): string {
  const [head = '', rest = ''] = before.split(BEGIN);
  const tail = rest.split(END)[1] ?? '\n';
  return `${head}${BEGIN}\n\n${text.trim()}\n\n${END}${tail}`;
}
