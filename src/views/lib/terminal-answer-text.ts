import type { Json } from '../../model/json.ts';
import { isTerminalAnswer } from '../../model/step.ts';

/** What became of a question whose program's terminal was lent, for people; undefined for any other answer. */
export function terminalAnswerText(answer: Json): string | undefined {
  if (!isTerminalAnswer(answer)) return undefined;
  const { terminal, taken, returned } = answer;
  if (taken === undefined || returned === undefined) return 'the program ended by itself';
  const times = `${taken.slice(11, 19)} to ${returned.slice(11, 19)} UTC`;
  switch (terminal) {
    case 'given-back':
      return `answered at its terminal, ${times}`;
    case 'left':
      return `its terminal was taken ${times}, until whoever had it was gone`;
    case 'program-ended':
      return `its terminal was taken ${times}, when the program ended`;
  }
}
