import { scopeFor } from '../../../src/engine/scope.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Value } from '../../../src/model/recipe.ts';
import { SecretText } from '../../../src/model/secrets.ts';
import { mmlInputs } from '../../../src/testing/generated-files.ts';
import { goldenPlan } from '../../../src/testing/golden.ts';

/** The params of one step of the recipe as a run with these inputs would have them; secrets are masked. */
export async function paramsOf(id: string, given: Readonly<Record<string, Json>> = {}): Promise<Readonly<Record<string, Value>>> {
  const { program, state } = await goldenPlan('mml', 'with-docker', { ...mmlInputs, ...given });
  const step = program.recipe.steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`mml has no step ${id}`);
  return step.params.evaluate(scopeFor(step, program.recipe, state));
}

/** A file that a step writes from its template or its content. */
export async function fileOf(id: string, given: Readonly<Record<string, Json>> = {}): Promise<string> {
  const { template, content } = await paramsOf(id, given);
  return plain(template ?? content);
}

/** A text, with the name of a secret in its place: `<redis_password>`. */
export function plain(text: unknown): string {
  if (!(text instanceof SecretText)) return String(text);
  return text.parts
    .map((part) => (typeof part === 'string' ? part : '$secret' in part ? `<${part.$secret}>` : String(text)))
    .join('');
}
