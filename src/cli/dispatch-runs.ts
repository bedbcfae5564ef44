import { noStandingAnswers } from '../engine/policy.ts';
import type { Dispatch, Draft, RunLink, Typed } from '../model/dispatch.ts';
import { attachToRun } from './attach-to-run.ts';
import { findRun } from './deployments.ts';
import type { GivenInputs } from './input-rules.ts';
import { preparedOf, startOf } from './prepared-run.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import type { GoingOn } from './run-spec.ts';
import type { Session } from './session.ts';
import { startEngine } from './start-engine.ts';

/**
 * The part of `Dispatch` that has to do with runs. `givenBy`: what was typed into a draft, as inputs that are given. Where the
 * terminal is drawn on, the session's console and its passphrases know a way round that.
 */
export function dispatchRuns(
  session: Session,
  givenBy: (draft: Draft, typed: Typed) => GivenInputs,
): Pick<Dispatch, 'start' | 'resume' | 'abandon' | 'attach'> {
  const reopen = async (named: string, how: GoingOn, inputs: GivenInputs): Promise<RunLink> => {
    const { deployment, run } = await findRun(session.folder, named, 'unfinished');
    await refuseIfHeld(deployment, session);
    const request = { standing: noStandingAnswers, options: { only: [], onFailure: 'stop' as const }, inputs };
    return startEngine({ kind: 'resume', deployment, run: run.id, request, how }, session);
  };

  return {
    start: (plan) => startEngine(startOf(preparedOf(plan), true), session),
    resume: (run, change) =>
      change === undefined ? reopen(run, 'as-it-was', {}) : reopen(run, 'changed', givenBy(change.draft, change.typed)),
    abandon: (run) => reopen(run, 'giving-up', {}),
    attach: (run) => attachToRun(run, session),
  };
}
