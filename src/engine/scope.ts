import type { Recipe, RecipeStep, Reference, Scope, Value } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import { isSecretRef, type SecretText, secretText } from '../model/secrets.ts';
import type { Outputs } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { carriedOf } from './due.ts';

/**
 * What the expressions of a step see, given what the run knows by now. Pure. Of the steps those that it mentions: putting
 * all of them together for each of a thousand steps would take longer than doing them.
 */
export function scopeFor(step: RecipeStep, recipe: Recipe, state: RunState): Scope {
  return scopeOf(recipe, state, referencesOf(step));
}

/** What expressions with these references see; without a list, whatever they may be. Pure. */
export function scopeOf(
  recipe: Recipe,
  state: RunState,
  references: readonly Reference[] = [{ root: 'steps' }],
  needs: Scope['needs'] = {},
): Scope {
  const header = state.header;
  const mentioned = references.filter(({ root }) => root === 'steps');
  const everyStep = (): string[] => [...Object.keys(header?.carried ?? {}), ...state.steps.keys()];
  const names = mentioned.some(({ name }) => name === undefined) ? everyStep() : mentioned.map(({ name }) => name as string);
  const steps: Record<string, { readonly [output: string]: Value }> = {};
  for (const name of names) {
    const carried = carriedOf(name as StepId, state);
    if (carried !== undefined) steps[name] = valuesOf(carried.outputs);
  }
  const rotated = new Set(header?.kind === 'rotate' ? header.rotates : []);
  const wantsNew = state.rotation !== 'withdrawn';
  const secrets: Record<string, SecretText> = {};
  const previous: Record<string, SecretText> = {};
  for (const { name } of recipe.secrets) {
    secrets[name] = secretText(name, rotated.has(name) && wantsNew);
    if (rotated.has(name)) previous[name] = secretText(name, !wantsNew);
  }
  return {
    inputs: valuesOf((header?.inputs ?? {}) as Outputs),
    secrets,
    previous,
    steps,
    deployment: {
      name: header?.deployment ?? recipe.name,
      ...(header?.vault === undefined ? {} : { vault: header.vault }),
    },
    recipe: { name: recipe.name, version: recipe.version },
    needs,
  };
}

/** Outputs and inputs as expressions see them: a reference into the vault becomes a secret text. */
function valuesOf(outputs: Outputs): { readonly [name: string]: Value } {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, isSecretRef(value) ? secretText(value.$secret) : value]),
  );
}

/** All names that a step's expressions mention. */
export function referencesOf(step: RecipeStep): readonly Reference[] {
  return [...step.params.references, ...(step.when?.references ?? []), ...(step.danger?.references ?? [])];
}

/** The steps whose outputs a step uses. */
export function stepsUsedBy(step: RecipeStep): readonly StepId[] {
  return [
    ...new Set(
      referencesOf(step).flatMap((reference) => (reference.root === 'steps' && reference.name ? [reference.name as StepId] : [])),
    ),
  ];
}
