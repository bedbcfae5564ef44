import { scopeFor } from '../../../src/engine/scope.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Value } from '../../../src/model/recipe.ts';
import type { Text } from '../../../src/model/secrets.ts';
import { enteInputs } from '../../../src/testing/generated-files.ts';
import { goldenPlan } from '../../../src/testing/golden.ts';

/** The params of one step of the recipe as a run with these inputs would have them; secrets are masked in their texts. */
export async function paramsOf(id: string, given: Readonly<Record<string, Json>> = {}): Promise<Readonly<Record<string, Value>>> {
  const { program, state } = await goldenPlan('ente', 'with-docker', { ...enteInputs, ...given });
  const step = program.recipe.steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`ente has no step ${id}`);
  return step.params.evaluate(scopeFor(step, program.recipe, state));
}

/** A file that a step writes from its template. */
export async function fileOf(id: string, given: Readonly<Record<string, Json>> = {}): Promise<string> {
  const { template } = await paramsOf(id, given);
  return String(template as Text);
}
