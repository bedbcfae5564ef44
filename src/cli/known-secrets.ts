import { referencesOf } from '../engine/scope.ts';
import type { Vault } from '../model/ports.ts';
import type { Recipe, RecipeStep, Reference, SecretSpec } from '../model/recipe.ts';
import { isSecretRef } from '../model/secrets.ts';
import type { Outputs } from '../model/step.ts';

/** What is known of a secret without its value. */
export interface KnownSecret {
  /** Its name in the vault. */
  readonly name: string;
  /** Made by the recipe, given by the operator, found by a step, no more of use to the recipe; `unknown` without a recipe. */
  readonly kind: 'generated' | 'input' | 'output' | 'unused' | 'unknown';
  readonly title?: string;
  /** How it is made, where it is. */
  readonly spec?: SecretSpec;
  /** The input whose value it is or was. */
  readonly input?: string;
  /** The step that found it. */
  readonly step?: string;
  /** Steps of the recipe that mention it. */
  readonly usedBy: readonly string[];
  /** Tasks that do. */
  readonly usedByTasks: readonly string[];
  /** Is a value in force? */
  readonly made: boolean;
  /** Is a new value there that is to take its place? */
  readonly staged: boolean;
  /** Does the recipe say how it is changed in a running system? */
  readonly canRotate: boolean;
  /** Is the value before it kept? */
  readonly previous: boolean;
}

/** The secrets that a recipe has, and those that the vault holds besides, sorted by name. `inputs`: of the installed run. Pure. */
export function knownSecrets(
  recipe: Pick<Recipe, 'inputs' | 'secrets' | 'steps' | 'tasks'> | undefined,
  inputs: Outputs,
  vault: Pick<Vault, 'names' | 'value' | 'staged' | 'previous'>,
): readonly KnownSecret[] {
  const declared = recipe?.secrets ?? [];
  const names = new Set([...declared.map(({ name }) => name), ...vault.names()]);
  return [...names].sort().map((name) => {
    const spec = declared.find((one) => one.name === name);
    const origin = spec === undefined ? originOf(name, recipe, inputs) : { reference: { root: 'secrets' as const, name } };
    const { reference, ...about } = origin;
    return {
      name,
      kind: recipe === undefined ? 'unknown' : kindOf(spec, about),
      ...about,
      ...(spec === undefined ? {} : { spec, ...(spec.title === undefined ? {} : { title: spec.title }) }),
      usedBy: usersAmong(recipe?.steps ?? [], reference),
      usedByTasks: (recipe?.tasks ?? []).filter(({ steps }) => usersAmong(steps, reference).length > 0).map((task) => task.name),
      canRotate: spec?.rotate !== undefined,
      made: vault.value(name) !== undefined,
      staged: vault.staged(name) !== undefined,
      previous: vault.previous(name) !== undefined,
    };
  });
}

function kindOf(spec: SecretSpec | undefined, { input, step }: Origin): KnownSecret['kind'] {
  if (spec !== undefined) return 'generated';
  if (input !== undefined) return 'input';
  return step === undefined ? 'unused' : 'output';
}

interface Origin {
  /** What mentions it in an expression; undefined where nothing does. */
  readonly reference?: Reference;
  readonly title?: string;
  readonly input?: string;
  readonly step?: string;
}

/** Values of inputs are kept as `input.<name>` and `input.<name>.<number>`, outputs as `<step>.<output>`. */
function originOf(name: string, recipe: Pick<Recipe, 'inputs' | 'steps' | 'tasks'> | undefined, inputs: Outputs): Origin {
  const [first = '', second = ''] = name.split('.');
  const spec = recipe?.inputs.find((one) => first === 'input' && one.name === second && one.type === 'secret');
  if (spec !== undefined) {
    const now = inputs[spec.name];
    const inForce = isSecretRef(now) && now.$secret === name;
    return {
      title: spec.title,
      input: spec.name,
      ...(inForce ? { reference: { root: 'inputs', name: spec.name } } : {}),
    };
  }
  const asked = recipe?.tasks.flatMap((task) => task.inputs).find((one) => first === 'input' && one.name === second);
  if (asked !== undefined) {
    return { title: asked.title, input: asked.name, reference: { root: 'inputs', name: asked.name } };
  }
  const step = recipe?.steps.find(({ id }) => id === first);
  if (step === undefined) return {};
  return { step: step.id, title: step.title, reference: { root: 'steps', name: step.id, field: second } };
}

function usersAmong(steps: readonly RecipeStep[], reference: Reference | undefined): readonly string[] {
  if (reference === undefined) return [];
  const { root, name, field } = reference;
  const means = (one: Reference): boolean =>
    one.root === root &&
    (one.name === undefined || one.name === name) &&
    (one.field === undefined || field === undefined || one.field === field);
  return steps.filter((step) => referencesOf(step).some(means)).map(({ id }) => id);
}
