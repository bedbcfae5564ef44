import { type Failure, fail } from '../model/failure.ts';
import { type Question, secretAskedAbout, secretVariable } from '../model/questions.ts';
import type { RunState } from '../model/run-state.ts';
import { answerOption, refusedLines } from '../views/lib/question-text.ts';
import type { Style } from '../views/lib/style.ts';

const plain: Style = { colour: false, unicode: false };

/** Why a run stopped, as one failure: the last line on standard error with `--json`. Undefined where it came to its end. */
export function runFailure(state: RunState): Failure | undefined {
  if (state.status !== 'stopped') return undefined;
  const goOn = `Go on with: fairlead resume ${state.header?.run ?? ''}`;
  switch (state.stopReason) {
    case 'operator-needed':
      return fail('run.operator-needed', `An operator is needed: ${askedOf(state.question)}`, {
        hints: [...answerHints(goOn, state.question), ...oldValueHints(state.question)],
      }).failure;
    case 'interrupted':
      return fail('run.interrupted', 'The run was interrupted.', { hints: [goOn] }).failure;
    default: {
      const failed = [...state.steps.values()].find(({ status }) => status === 'failed' || status === 'unreachable');
      if (failed?.failure === undefined) return fail('run.failed', 'A step failed.', { hints: [goOn] }).failure;
      return { ...failed.failure, hints: [...failed.failure.hints, goOn] };
    }
  }
}

function askedOf(question: Question | undefined): string {
  if (question === undefined) return 'a question was left for later, or a step is in doubt.';
  // What it takes ends the sentence as it is to be typed.
  const refused = refusedLines(question, plain).map((line) => ` ${line}`);
  return question.step === undefined
    ? `the question about the ${question.about} was not answered.`
    : `step ${question.step} asks (${question.about}).${refused.join('')}`;
}

function answerHints(goOn: string, question: Question | undefined): readonly string[] {
  if (question === undefined) return [goOn];
  const answered = `${goOn} ${answerOption(question, plain)}`;
  return question.about === 'dialog'
    ? [`${goOn} (at a terminal: the program begins anew, and you answer it)`, answered]
    : [answered];
}

/** An old value is no answer of a command line, where every user of the host would see it. */
function oldValueHints(question: Question | undefined): readonly string[] {
  const secret = question?.about === 'adopt' ? secretAskedAbout(question) : undefined;
  return secret === undefined ? [] : [`To adopt: with the old value in the environment, as ${secretVariable(secret)}.`];
}
