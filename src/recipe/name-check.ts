import type { Environment } from '@marcbachmann/cel-js';
import type { InputSpec, InputType, Position, Problem, Reference } from '../model/recipe.ts';
import { mayBeNull } from './asked-inputs.ts';
import { createCel } from './expressions.ts';
import type { Use } from './filled-text.ts';
import { didYouMean, oneOf } from './suggestion.ts';

/** What is known of a step by those that use its outputs. */
export interface StepNames {
  readonly id: string;
  readonly uses: string;
  /** Its outputs are secrets. */
  readonly sensitive: boolean;
  /** Undefined where they can't be known: its type is unknown. */
  readonly outputs: ReadonlySet<string> | undefined;
}

/** All names of a recipe. */
export interface RecipeNames {
  readonly inputs: readonly InputSpec[];
  /** Those of all tasks; one name is of one type. */
  readonly taskInputs: readonly InputSpec[];
  readonly secrets: readonly string[];
  readonly needs: readonly string[];
  /** The recipe's and all tasks' steps. */
  readonly steps: readonly StepNames[];
}

/** Which steps an expression may look at. */
export interface Sight {
  /** Steps that have run before it. */
  readonly steps: ReadonlyMap<string, StepNames>;
  /** Steps that run at its time or later. */
  readonly later: ReadonlySet<string>;
  /** Why `later` ones can't be used. */
  readonly because: string;
  /** Inputs of the task that it is part of. */
  readonly taskInputs?: readonly string[];
  /** The secret whose new value is told here: only there is a previous one. */
  readonly rotates?: string;
}

/** Checks expressions against the names of one recipe, and remembers which names are used. */
export interface NameCheck {
  check(use: Use, sight: Sight): readonly Problem[];
  /** The expression's type in CEL's words; undefined where only a run will tell. */
  typeOf(use: Use): string | undefined;
  /** Can its value hold a secret? */
  holdsSecret(use: Use, sight: Sight): boolean;
  /** `inputs.x` and `secrets.x` that were mentioned. */
  readonly used: ReadonlySet<string>;
}

const CEL_TYPES: Readonly<Partial<Record<InputType, string>>> = {
  integer: 'int',
  port: 'int',
  boolean: 'bool',
  secret: 'SecretText',
};

const TEXT_TYPES = new Set(['string', 'int', 'double', 'bool', 'SecretText', 'dyn']);

/** Prepares the checks of one recipe. */
export function createNameCheck(names: RecipeNames): NameCheck {
  const cel = typedCel(names);
  const used = new Set<string>();
  const types = new Map<string, { readonly type?: string; readonly fault?: { start: number; message: string } }>();
  const inputs = new Map([...names.inputs, ...names.taskInputs].map((input) => [input.name, input]));
  const everywhere = names.inputs.map(({ name }) => name);

  const typed = (source: string): { readonly type?: string; readonly fault?: { start: number; message: string } } => {
    const known = types.get(source);
    if (known !== undefined) return known;
    const { valid, type, error } = cel.check(source);
    const found = valid
      ? { ...(type !== undefined && { type }) }
      : { fault: { start: error?.range?.start ?? 0, message: error?.summary ?? '' } };
    types.set(source, found);
    return found;
  };

  const unknownName = (reference: Reference, at: Position, sight: Sight): Problem | undefined => {
    const { root, name = '', field } = reference;
    const among = (candidates: readonly string[], kind: string): Problem | undefined => {
      if (candidates.includes(name)) return undefined;
      const expected = candidates.length === 0 ? `a recipe with ${kind}` : oneOf(candidates) + didYouMean(name, candidates);
      return { code: 'recipe.unknown-name', at, found: `\`${root}.${name}\``, expected };
    };
    switch (root) {
      case 'inputs':
        return among([...everywhere, ...(sight.taskInputs ?? [])], 'inputs');
      case 'secrets':
        return among(names.secrets, 'secrets');
      case 'previous': {
        if (name === sight.rotates) return undefined;
        const expected = sight.rotates === undefined ? 'it under a secret’s `rotate` only' : `\`previous.${sight.rotates}\``;
        return { code: 'recipe.unknown-name', at, found: `\`previous.${name}\``, expected };
      }
      case 'deployment':
        return among(['name', 'vault'], 'it');
      case 'recipe':
        return among(['name', 'version'], 'it');
      case 'needs':
        return among(
          names.needs.map((recipe) => recipe.replaceAll('-', '_')),
          '`needs`',
        );
      case 'steps':
        return stepProblem(name, field ?? '', at, sight);
    }
  };

  return {
    used,
    typeOf: (use) => {
      const { type } = typed(use.expression.source);
      return type === 'dyn' ? undefined : type;
    },
    holdsSecret: ({ expression }, sight) =>
      expression.mentions.some(({ reference: { root, name = '' } }) => {
        if (root === 'inputs') return inputs.get(name)?.type === 'secret';
        return root === 'secrets' || root === 'previous' || (root === 'steps' && sight.steps.get(name)?.sensitive === true);
      }),
    check: (use, sight) => {
      const { expression } = use;
      for (const { reference } of expression.mentions) used.add(`${reference.root}.${reference.name}`);
      const problems: Problem[] = expression.incomplete.map(({ start, message }) => ({
        code: 'recipe.incomplete-name',
        at: use.place(start),
        found: message,
        expected: 'a whole name: `inputs.name`, `secrets.name`, `steps.id.output`, `needs.recipe.output`',
      }));
      for (const { reference, start } of expression.mentions) {
        const problem = unknownName(reference, use.place(start), sight);
        if (problem !== undefined) problems.push(problem);
      }
      if (problems.length > 0) return problems;
      const { type, fault } = typed(expression.source);
      if (fault !== undefined) {
        const found = `\`${expression.source}\`: ${fault.message}`;
        const unknown = fault.message.startsWith('Unknown variable');
        return [
          {
            code: unknown ? 'recipe.unknown-name' : 'recipe.expression-type',
            at: use.place(fault.start),
            found,
            expected: unknown ? 'inputs, secrets, previous, steps, deployment, recipe or needs' : 'values that fit each other',
          },
        ];
      }
      const wanted = wantedWords(use.wants, type ?? 'dyn');
      if (wanted === undefined) return [];
      const found = `\`${expression.source}\`, which gives ${typeWords(type ?? 'dyn')}`;
      return [{ code: 'recipe.expression-type', at: use.place(0), found, expected: wanted }];
    },
  };
}

function stepProblem(name: string, field: string, at: Position, { steps, later, because }: Sight): Problem | undefined {
  const step = steps.get(name);
  if (step === undefined) {
    return later.has(name)
      ? { code: 'recipe.used-too-early', at, found: `\`steps.${name}.${field}\``, expected: because }
      : {
          code: 'recipe.unknown-name',
          at,
          found: `\`steps.${name}\``,
          expected: steps.size === 0 ? 'an earlier step; there is none' : oneOf(steps.keys()) + didYouMean(name, steps.keys()),
        };
  }
  if (step.outputs === undefined || step.outputs.has(field)) return undefined;
  return {
    code: 'recipe.unknown-output',
    at,
    found: `\`steps.${name}.${field}\``,
    expected:
      step.outputs.size === 0
        ? `another step: ${step.uses} has no outputs`
        : `an output of ${step.uses}: ${oneOf(step.outputs)}${didYouMean(field, step.outputs)}`,
  };
}

function wantedWords(wants: Use['wants'], type: string): string | undefined {
  if (wants === 'condition') return type === 'bool' || type === 'dyn' ? undefined : 'true or false';
  if (wants === 'text' && !TEXT_TYPES.has(type))
    return 'text, a number, true or false, or a secret: only these are joined to text';
  return undefined;
}

/** A CEL type in plain words. */
export function typeWords(type: string): string {
  if (type.startsWith('list')) return 'a list';
  if (type.startsWith('map')) return 'a map';
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    int: 'a whole number',
    double: 'a number',
    bool: 'true or false',
    SecretText: 'a secret',
    null: 'null',
  };
  return words[type] ?? type;
}

function typedCel({ inputs, taskInputs, secrets, steps }: RecipeNames): Environment {
  const cel = createCel(true);
  const typeOf = (input: InputSpec): string => (mayBeNull(input) ? 'dyn' : (CEL_TYPES[input.type] ?? 'string'));
  const record = (name: string, fields: Readonly<Record<string, string | Record<string, string>>>): void => {
    cel.registerVariable({ name, ...(Object.keys(fields).length === 0 ? { type: 'dyn' } : { schema: fields }) });
  };
  record('inputs', Object.fromEntries([...taskInputs, ...inputs].map((input) => [input.name, typeOf(input)])));
  record('secrets', Object.fromEntries(secrets.map((name) => [name, 'SecretText'])));
  record('previous', Object.fromEntries(secrets.map((name) => [name, 'SecretText'])));
  const shared = new Set(steps.map(({ id }) => id).filter((id, index, ids) => ids.indexOf(id) !== index));
  const secretOutputs = ({ id, sensitive, outputs }: StepNames): Record<string, string> | 'dyn' =>
    sensitive && outputs !== undefined && outputs.size > 0 && !shared.has(id)
      ? Object.fromEntries([...outputs].map((output) => [output, 'SecretText']))
      : 'dyn';
  // Declaring a thousand steps takes its time; without a sensitive one there is nothing to declare.
  const declared = steps.some(({ sensitive }) => sensitive) ? steps : [];
  record('steps', Object.fromEntries(declared.map((step) => [step.id, secretOutputs(step)])));
  record('deployment', { name: 'string', vault: 'string' });
  record('recipe', { name: 'string', version: 'string' });
  cel.registerVariable('needs', 'dyn');
  return cel;
}
