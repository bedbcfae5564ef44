import { fail } from '../model/failure.ts';
import type { InputSpec, Recipe } from '../model/recipe.ts';

/** Where a value of an input comes from. */
export type InputSource =
  | { readonly kind: 'argument' | 'descriptor' | 'terminal' }
  /** `exposed`: why others may know what is in it, in words that follow its name. */
  | { readonly kind: 'file'; readonly path: string; readonly exposed?: string }
  | { readonly kind: 'environment'; readonly variable: string };

/** A value as it was given: of a secret it is the secret. */
export interface GivenInput {
  readonly value: unknown;
  readonly source: InputSource;
}

/** What was given, by the input's name. */
export type GivenInputs = Readonly<Record<string, GivenInput>>;

/**
 * The values that count for a recipe, once it is known which of its inputs are secrets. What the environment has for
 * other recipes is left out. Throws `usage.secret-in-argv` and `inputs.file-exposed`, which never repeat a value. Pure.
 */
export function valuesFor(recipe: Pick<Recipe, 'inputs'>, given: GivenInputs): Readonly<Record<string, unknown>> {
  const specs = new Map(recipe.inputs.map((spec) => [spec.name, spec]));
  const counting = Object.entries(given).filter(([name, { source }]) => source.kind !== 'environment' || specs.has(name));
  for (const [name, { value, source }] of counting) {
    const spec = specs.get(name);
    if (spec?.type === 'secret' && value !== null) refuseExposed(spec, source);
  }
  return Object.fromEntries(counting.map(([name, { value }]) => [name, value]));
}

function refuseExposed({ name }: InputSpec, source: InputSource): void {
  if (source.kind === 'argument') {
    throw fail(
      'usage.secret-in-argv',
      `The input ${name} is a secret, and everybody on this machine can read what a command line says.`,
      { hints: ['Take it for known to others if somebody else was logged in.', ...waysToGive(name), 'Nothing was changed.'] },
    );
  }
  if (source.kind === 'file' && source.exposed !== undefined) {
    throw fail(
      'inputs.file-exposed',
      `The inputs file ${source.path} ${source.exposed}, and ${name} in it is a secret: others may know it.`,
      { hints: [`Make it yours alone: chmod 600 ${source.path}`, 'Nothing was changed.'] },
    );
  }
}

/** How a secret input may be given, for people. */
export function waysToGive(name: string): readonly string[] {
  return [
    'Leave it out at a terminal: it is asked for, and not shown.',
    `Or give it in the environment: ${variableOf(name)}`,
    `Or by a file descriptor: --input-fd ${name}=3 3< FILE`,
    'Or in a file of mode 0600: --inputs FILE',
  ];
}

/** The environment's name for an input. */
export function variableOf(name: string): string {
  return `FAIRLEAD_INPUT_${name.toUpperCase()}`;
}
