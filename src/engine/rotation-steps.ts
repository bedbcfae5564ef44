import { fail } from '../model/failure.ts';
import type { Recipe, RecipeStep, SecretSpec } from '../model/recipe.ts';
import { dependentsOf } from '../model/secret-order.ts';
import type { StepTypes } from '../model/step.ts';
import { referencesOf, stepsUsedBy } from './scope.ts';

/**
 * The secrets that get a new value with this one: those that are made of it, each after what it is made of. None where there
 * is no such secret. Pure.
 */
export function rotatedWith(recipe: Recipe, name: string): readonly SecretSpec[] {
  const names = dependentsOf(name, recipe.secrets);
  return names.flatMap((one) => recipe.secrets.find((spec) => spec.name === one) ?? []);
}

/**
 * What a rotation goes through: first the steps that tell the system, as the secrets say; then, of the recipe's own, those
 * that mention the secrets, those that follow from these, and behind them what looks for itself (compose, checks of
 * health). Throws `secret.unknown`, `secret.no-rotation`. Pure.
 */
export function rotationSteps(recipe: Recipe, name: string, types: StepTypes): readonly RecipeStep[] {
  const rotated = rotatedWith(recipe, name);
  const [spec] = rotated;
  if (spec === undefined) {
    throw fail('secret.unknown', `The recipe ${recipe.name} makes no secret ${name}.`, {
      hints: [
        ...(name.startsWith('input.')
          ? ['It is an input: give it another value with `fairlead run`.']
          : [`Its secrets are: ${recipe.secrets.map((secret) => secret.name).join(', ') || 'none'}.`]),
        whatRotates(recipe),
      ],
    });
  }
  if (spec.rotate === undefined) {
    throw fail('secret.no-rotation', `The recipe ${recipe.name} does not say how to change ${name} in a running system.`, {
      hints: [
        ...(spec.of === undefined
          ? [
              'It may be that data would not open with another value; that is why nothing is tried.',
              'Where you know better: `fairlead secrets set`, then change the system by hand.',
            ]
          : [`It is made of ${spec.of}, and made anew with it.`]),
        whatRotates(recipe),
      ],
    });
  }
  const telling = rotated.flatMap(({ rotate = [] }) => rotate);
  return [...telling, ...followingSteps(recipe, new Set(rotated.map((secret) => secret.name)), types)];
}

function whatRotates(recipe: Recipe): string {
  const names = recipe.secrets.filter(({ rotate }) => rotate !== undefined).map(({ name }) => name);
  return `What can be rotated: ${names.join(', ') || 'nothing'}. Nothing was changed.`;
}

function followingSteps(recipe: Recipe, names: ReadonlySet<string>, types: StepTypes): readonly RecipeStep[] {
  const touched = new Set<string>();
  return recipe.steps.filter((step) => {
    const mentions = referencesOf(step).some(({ root, name }) => root === 'secrets' && names.has(name ?? ''));
    const follows = [...step.after, ...stepsUsedBy(step)].some((id) => touched.has(id));
    const looks = touched.size > 0 && types.get(step.uses)?.looksForItself === true;
    if (mentions || follows) touched.add(step.id);
    return mentions || follows || looks;
  });
}
