import type { RunOptions } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import { answerName, type Question, takesAnswer } from '../model/questions.ts';
import type { RunState } from '../model/run-state.ts';
import type { Program } from './program.ts';

/** What the command line says in answer to questions. It lives as long as the process. */
export interface StandingAnswers {
  /** `--yes`: the plan is approved; nothing else. */
  readonly approvePlan: boolean;
  /** `--ack STEP`: manual steps that are done; `all` for every one. */
  readonly acknowledged: readonly string[];
  /** `--answer STEP=VALUE`, `--answer secrets.NAME=VALUE`. */
  readonly answers: ReadonlyMap<string, string>;
  /** Values of secrets that may be adopted, by name: the environment's `FAIRLEAD_SECRET_<NAME>`. */
  readonly secrets?: ReadonlyMap<string, string>;
  /** `--on-drift`: what becomes of a hand edit of a managed file; without it, a person is asked. */
  readonly onDrift?: 'stop' | 'overwrite' | 'keep';
  /** `--on-survivors`: what becomes of programs that a dead process of the run left at work; default: wait. */
  readonly onSurvivors?: 'wait' | 'end';
}

/** No standing answers: every question needs a person. */
export const noStandingAnswers: StandingAnswers = { approvePlan: false, acknowledged: [], answers: new Map() };

/**
 * A program as it is planned and done with these answers: who says that hand edits are overwritten means those too which an
 * earlier run kept. Pure.
 */
export function underAnswers(program: Program, { onDrift }: StandingAnswers): Program {
  return onDrift === 'overwrite' ? { ...program, forgetsKept: true } : program;
}

/** The answer that `--answer` names for this question, whether it takes it or not. Pure. */
export function namedAnswer(question: Question, { answers }: StandingAnswers): string | undefined {
  // A secret's value is no answer that may be written down: who asks puts it into the vault.
  if ('secret' in question.takes) return undefined;
  // Nobody who writes a command line can know what the program will ask, and `--answer STEP=again` means the doubt.
  return question.about === 'dialog' ? undefined : answers.get(answerName(question) ?? '');
}

/** How many times `--on-failure retry` and `--answer STEP=retry` try one step. */
const POLICY_TRIES = 3;

/** An answer and where it comes from. */
export interface PolicyAnswer {
  readonly answer: Json;
  readonly by: 'option' | 'policy';
}

/**
 * The answer that options give to a question, if any. `--yes` and `--ack` never answer a doubt or a danger; an
 * answer that the question does not take is no answer. Pure.
 */
export function standingAnswer(
  question: Question,
  standing: StandingAnswers,
  options: RunOptions,
  state: RunState,
  attended: boolean,
): PolicyAnswer | undefined {
  const named = namedAnswer(question, standing);
  const tries = question.step === undefined ? 0 : (state.steps.get(question.step)?.tries ?? 0);
  const triedEnough = question.about === 'failure' && named === 'retry' && tries >= POLICY_TRIES;
  if (named !== undefined && takesAnswer(question.takes, named) && !triedEnough) return { answer: named, by: 'option' };
  switch (question.about) {
    case 'plan':
      return standing.approvePlan ? { answer: 'approve', by: 'option' } : undefined;
    case 'manual': {
      const acknowledged = standing.acknowledged.includes('all') || standing.acknowledged.includes(question.step ?? '');
      return acknowledged ? { answer: 'done', by: 'option' } : undefined;
    }
    case 'failure': {
      // On its way back a rotation leaves nothing as it is but what somebody names.
      if (options.onFailure === 'skip' && state.header?.kind !== 'rotate') return { answer: 'skip', by: 'policy' };
      if (options.onFailure === 'retry' && tries < POLICY_TRIES) return { answer: 'retry', by: 'policy' };
      return attended ? undefined : { answer: 'stop', by: 'policy' };
    }
    case 'drift':
      return standing.onDrift === undefined || !takesAnswer(question.takes, standing.onDrift)
        ? undefined
        : { answer: standing.onDrift, by: 'option' };
    default:
      return undefined;
  }
}
