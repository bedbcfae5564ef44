import type { Json } from '../model/json.ts';
import { countPlan } from '../views/text/plan-text.ts';
import { type Console, printJson } from './output.ts';
import type { Plan } from './prepare-run.ts';

/** `fairlead plan --json`: one document. */
export function printPlanDocument(console: Console, plan: Plan): void {
  const { header } = plan;
  printJson(console, {
    deployment: header.deployment,
    recipe: header.recipe as unknown as Json,
    inputs: header.inputs as unknown as Json,
    counts: countPlan(plan.forecast) as unknown as Json,
    steps: plan.forecast.map((step) => ({
      ...(step as unknown as Readonly<Record<string, Json>>),
      title: plan.program.steps.find((candidate) => candidate.id === step.step)?.title ?? '',
    })),
  });
}
