import type { Failure } from '../../../../model/failure.ts';
import type { Json, JsonObject } from '../../../../model/json.ts';
import type { Question } from '../../../../model/questions.ts';
import type { RunState } from '../../../../model/run-state.ts';
import type { Change } from '../../../../model/step.ts';

/** The data of a question as an object; empty where it is none. */
export function dataOf({ data }: Question): JsonObject {
  return objectOf(data);
}

/** A value as an object; empty where it is none. */
export function objectOf(value: Json | undefined): JsonObject {
  return value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The texts in a list of the question's data. */
export function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The changes that a question is about. */
export function changesOf(question: Question): readonly Change[] {
  const { changes } = dataOf(question);
  if (!Array.isArray(changes)) return [];
  return changes.filter((one) => typeof objectOf(one).target === 'string' && typeof objectOf(one).action === 'string') as never;
}

/** The failure that is asked about: the question's, else that of its step. */
export function failureAsked(question: Question, state: RunState): Failure | undefined {
  const { failure } = dataOf(question);
  const { message, code } = objectOf(failure);
  if (typeof message === 'string' && typeof code === 'string')
    return { hints: [], retryable: false, fault: 'environment', ...objectOf(failure) } as never;
  return question.step === undefined ? undefined : state.steps.get(question.step)?.failure;
}

/** The steps that would be skipped with the failed one; undefined where the question does not say. */
export function skippedWith(question: Question): readonly string[] | undefined {
  const { skips } = dataOf(question);
  return Array.isArray(skips) ? skips.map((step) => String(objectOf(step).title ?? '')) : undefined;
}
