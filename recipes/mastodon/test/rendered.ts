import { scopeFor } from '../../../src/engine/scope.ts';
import type { Json } from '../../../src/model/json.ts';
import type { RecipeStep, Value } from '../../../src/model/recipe.ts';
import type { Text } from '../../../src/model/secrets.ts';
import { mastodonInputs } from '../../../src/testing/generated-files.ts';
import { goldenPlan } from '../../../src/testing/golden.ts';

type Given = Readonly<Record<string, Json>>;
type Params = Readonly<Record<string, Value>>;

/** The params of one step of the recipe as a run with these inputs would have them; secrets are masked in their texts. */
export async function paramsOf(id: string, given: Given = {}): Promise<Params> {
  const { program, state } = await goldenPlan('mastodon', 'with-docker', { ...mastodonInputs, ...given });
  const step = stepIn(program.recipe.steps, id);
  return step.params.evaluate(scopeFor(step, program.recipe, state));
}

/** The same of a step of a task, which was asked `asked`; `outputs` are those of its earlier steps. */
export async function taskParamsOf(
  task: string,
  id: string,
  asked: Given,
  outputs: Readonly<Record<string, Params>> = {},
): Promise<Params> {
  const { program, state } = await goldenPlan('mastodon', 'with-docker', mastodonInputs);
  const steps = program.recipe.tasks.find(({ name }) => name === task)?.steps ?? [];
  const step = stepIn(steps, id);
  const scope = scopeFor(step, program.recipe, state);
  return step.params.evaluate({ ...scope, inputs: { ...scope.inputs, ...asked }, steps: outputs });
}

/** A file that a step writes from its template. */
export async function fileOf(id: string, given: Given = {}): Promise<string> {
  const { template } = await paramsOf(id, given);
  return String(template as Text);
}

function stepIn(steps: readonly RecipeStep[], id: string): RecipeStep {
  const step = steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`mastodon has no step ${id} there`);
  return step;
}
