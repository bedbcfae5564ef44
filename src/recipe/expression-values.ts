import { EvaluationError } from '@marcbachmann/cel-js';
import type { RecipeFile, Value } from '../model/recipe.ts';
import { SecretText } from '../model/secrets.ts';

/**
 * A secret while an expression is evaluated. Where the evaluator would turn it into plain text by accident,
 * it fails instead of putting a mask into a value.
 */
export class SealedSecret {
  readonly text: SecretText;

  constructor(text: SecretText) {
    this.text = text;
  }

  [Symbol.toPrimitive](): never {
    throw new EvaluationError('a secret can only be joined and encoded');
  }
}

/** A value of ours as the evaluator wants it: integers are BigInt there, and secrets are sealed. */
export function toCel(value: Value): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (value instanceof SecretText) return new SealedSecret(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCel(item as Value)]));
  }
  return value;
}

/** A value of the evaluator's as ours; throws for what has no place in params: times, bytes, types. */
export function fromCel(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof SealedSecret) return value.text;
  if (Array.isArray(value)) return value.map(fromCel);
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCel(item)])) as Value;
    }
  }
  throw new EvaluationError(`it gives ${kindOf(value)}, which is neither text, number, boolean, list nor map`);
}

/** What a value is, for messages; never the value itself, which may be secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof SecretText || value instanceof SealedSecret) return 'a secret';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') {
    if (isRecipeFile(value)) return 'a file of the recipe';
    const name = value.constructor?.name;
    return name === undefined || name === 'Object' ? 'a map' : `a value of type ${name}`;
  }
  return { string: 'text', boolean: 'a boolean', number: 'a number', bigint: 'a number' }[typeof value as string] ?? typeof value;
}

function isRecipeFile(value: object): value is RecipeFile {
  return 'recipeFile' in value && 'digest' in value;
}
