import type { Question } from '../../../../model/questions.ts';
import { type Typing, untyped } from '../../embedded/program-keys.ts';
import type { RunPicture, ShownTerminal } from '../run-picture.ts';

/** The terminal is in the operator's hand, here. */
export interface HandState {
  readonly question: string;
  readonly typing: Typing;
  /** As the program was told. */
  readonly columns: number;
  readonly rows: number;
  /** It was taken over from another. */
  readonly takenOver: boolean;
  /** The run has said that it is ours. */
  readonly confirmed: boolean;
}

/** It has just been taken. */
export function handOf(question: string, { columns, rows }: Pick<HandState, 'columns' | 'rows'>, takenOver: boolean): HandState {
  return { question, typing: untyped, columns, rows, takenOver, confirmed: false };
}

/** The terminal that a question is about, where it can be taken. */
export function terminalOf(question: Question | undefined, { terminal }: RunPicture): ShownTerminal | undefined {
  return question !== undefined && terminal?.question === question.id ? terminal : undefined;
}

/** What is left of a hand after the run has moved on: nothing where the question is gone, or somebody else has taken the terminal. */
export function handAfter(
  hand: HandState | undefined,
  question: Question | undefined,
  picture: RunPicture,
): HandState | undefined {
  if (hand === undefined || question?.id !== hand.question) return undefined;
  const terminal = terminalOf(question, picture);
  if (terminal === undefined) return undefined;
  if (terminal.hand === 'ours') return hand.confirmed ? hand : { ...hand, confirmed: true };
  // Before the run has heard of it, it is still where it was.
  const asBefore = terminal.hand === 'nobody' || hand.takenOver;
  return asBefore && !hand.confirmed ? hand : undefined;
}
