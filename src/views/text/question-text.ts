import type { Failure } from '../../model/failure.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Question } from '../../model/questions.ts';
import type { Change } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { changeLines } from './plan-text.ts';
import { paint, type Style } from './style.ts';

/** What is printed before the answer is typed. */
export function questionLines(question: Question, style: Style): readonly string[] {
  const data = (question.data ?? {}) as JsonObject;
  const title = String(data.title ?? question.step ?? '');
  switch (question.about) {
    case 'plan':
      return [paint('Shall this be done?', 'asking', style)];
    case 'manual':
      return [
        '',
        paint('By hand:', 'asking', style),
        ...sanitize(String(data.markdown ?? ''), true)
          .trimEnd()
          .split('\n'),
      ];
    case 'in-doubt':
      return [
        paint(`In doubt: ${title}`, 'asking', style),
        'It had begun when the run ended, and nothing here can tell whether it happened:',
        ...((data.changes ?? []) as unknown as readonly Change[]).flatMap((change) => changeLines(change, style)),
        'done: it did happen, go on. again: it did not, do it. stop: leave it for later.',
      ];
    case 'danger':
      return [
        paint(`Danger: ${title}`, 'bad', style),
        ...((data.targets ?? []) as readonly Json[]).map((target) => `  - ${sanitize(String(target))}`),
      ];
    case 'failure':
      return [paint(`${title} failed: ${(data.failure as unknown as Failure | null)?.code ?? ''}`, 'asking', style)];
    default:
      return [paint(`${question.about}: ${title}`, 'asking', style)];
  }
}

/** The prompt itself, with what may be typed. */
export function promptOf(question: Question): string {
  const { takes } = question;
  if ('choices' in takes) return `[${takes.choices.join('/')}] `;
  if ('word' in takes) return `Type ${takes.word} to go on: `;
  return '> ';
}

/** What the operator typed, as an answer; undefined where it is none. A choice may be shortened to what makes it unique. */
export function answerOf(question: Question, typed: string): Json | undefined {
  const text = typed.trim();
  const { takes } = question;
  if ('word' in takes) return text === takes.word ? text : undefined;
  if (!('choices' in takes)) return text;
  if (question.about === 'plan' && /^(y|yes)$/i.test(text)) return 'approve';
  if (question.about === 'plan' && /^(n|no)$/i.test(text)) return 'abandon';
  const matching = takes.choices.filter((choice) => text !== '' && choice.startsWith(text.toLowerCase()));
  return matching.length === 1 ? matching[0] : undefined;
}
