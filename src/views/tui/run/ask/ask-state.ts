import type { Question } from '../../../../model/questions.ts';
import { type TextField, textField } from '../../parts/text-field.ts';
import type { PlanPartState } from '../../plan/plan-part-state.ts';

/** The question that the run asks, and how far the operator is with it. */
export interface AskState {
  readonly question: Question;
  /** The choice that is pointed at. */
  readonly cursor: number;
  /** What is typed, where it takes a word, a text or a secret. */
  readonly field: TextField;
  /** The first line shown of what it is about. */
  readonly top: number;
  /** What it is about has all the room, to be read in full. */
  readonly full?: true;
  /** Of a question about the plan: where the operator is in it, once a key was pressed. */
  readonly plan?: PlanPartState;
  /** Why what was typed is no answer. */
  readonly wrong?: string;
  /** What was answered, in words: it is on its way, and nothing is answered twice. */
  readonly sent?: string;
}

/** A question that has just been asked. */
export function askOf(question: Question): AskState {
  return { question, cursor: 0, field: textField(), top: 0 };
}
