import type { Question } from '../../../../model/questions.ts';
import { type TextField, textField } from '../../parts/text-field.ts';

/** The question that the run asks, and how far the operator is with it. */
export interface AskState {
  readonly question: Question;
  /** The choice that is pointed at. */
  readonly cursor: number;
  /** What is typed, where it takes a word, a text or a secret. */
  readonly field: TextField;
  /** The first line shown of what it is about. */
  readonly top: number;
  /** Why what was typed is no answer. */
  readonly wrong?: string;
  /** An answer is on its way: nothing is answered twice. */
  readonly sent?: true;
}

/** A question that has just been asked. */
export function askOf(question: Question): AskState {
  return { question, cursor: 0, field: textField(), top: 0 };
}
