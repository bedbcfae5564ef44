import type { Json } from './json.ts';
import type { StepId } from './step-id.ts';

/** What a person may be asked. */
export type QuestionAbout = 'plan' | 'in-doubt' | 'manual' | 'danger' | 'failure' | 'input' | 'drift' | 'adopt' | 'dialog';

/** The answers that a question takes. */
export type Takes =
  | { readonly choices: readonly string[] }
  /** The operator types exactly this word. */
  | { readonly word: string }
  /** JSON Schema of the answer. */
  | { readonly schema: Json }
  /** The answer is a secret and goes to the vault under this name. */
  | { readonly secret: string };

/** A question is data: views find the words for it. */
export interface Question {
  /** Carries the sequence number that raised it: an old answer is never reused. */
  readonly id: string;
  readonly about: QuestionAbout;
  readonly step?: StepId;
  readonly attempt?: number;
  /** What the operator should see to decide: changes, Markdown, a failure. */
  readonly data: Json;
  readonly takes: Takes;
  /** The command line names an answer to it that it does not take. */
  readonly refused?: true;
}

/** Is `answer` one that `takes` allows? Schemas are checked by who asked; here the closed forms are. */
export function takesAnswer(takes: Takes, answer: Json): boolean {
  if ('choices' in takes) return typeof answer === 'string' && takes.choices.includes(answer);
  if ('word' in takes) return answer === takes.word;
  if ('secret' in takes) return typeof answer === 'string' && answer !== '';
  return true;
}

/** The secret that a question is about: whether the data that it keeps is adopted, or wiped. */
export function secretAskedAbout({ about, data }: Question): string | undefined {
  if (about !== 'adopt' && about !== 'danger') return undefined;
  const { secret } = (typeof data === 'object' && data !== null ? data : {}) as { readonly secret?: unknown };
  return typeof secret === 'string' ? secret : undefined;
}

/**
 * What an option of the command line calls a question: its step; of one about the data that a secret keeps
 * `secrets.<name>`, and `secrets.<name>.wipe` of the danger in wiping it. No step has such a name.
 */
export function answerName(question: Question): string | undefined {
  const secret = secretAskedAbout(question);
  if (secret === undefined) return question.step;
  return question.about === 'danger' ? `secrets.${secret}.wipe` : `secrets.${secret}`;
}

/** The environment variable that holds the value of a secret which is adopted where nobody can type it. */
export function secretVariable(secret: string): string {
  return `FAIRLEAD_SECRET_${secret.toUpperCase()}`;
}
