import type { Deferred, Recipe, Scope, Value } from '../../model/recipe.ts';

/**
 * What a text of a recipe comes to before anything is known: with the defaults of its inputs, and `<name>` where a value comes
 * later. Undefined where that can't be told. Pure.
 */
export function sampleText(deferred: Deferred, { inputs, name, version }: Recipe): string | undefined {
  const steps: Record<string, Record<string, Value>> = {};
  const needs: Record<string, Record<string, Value>> = {};
  const secrets: Record<string, Value> = {};
  for (const { root, name: of = '', field = '' } of deferred.references) {
    const later = `<${[of, field].filter(Boolean).join('.')}>`;
    if (root === 'steps') steps[of] = { ...steps[of], [field]: later };
    if (root === 'needs') needs[of] = { ...needs[of], [field]: later };
    if (root === 'secrets') secrets[of] = later;
  }
  const values = inputs.map((input) => [input.name, input.default ?? `<${input.name}>`] as const);
  const scope = {
    inputs: Object.fromEntries(values),
    secrets,
    previous: {},
    steps,
    deployment: { name, vault: '<deployment.vault>' },
    recipe: { name, version },
    needs,
  };
  try {
    // What stands in for secrets is text that says so: the real ones are never text.
    const value = deferred.evaluate(scope as unknown as Scope);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  } catch {
    return undefined;
  }
}
