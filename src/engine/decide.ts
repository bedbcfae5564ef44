import type { StopReason } from '../model/events.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { needingYes } from '../model/plan-effect.ts';
import type { Question } from '../model/questions.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { RunState, StepState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import { usesInputs } from './change-of-mind.ts';
import type { Program } from './program.ts';
import { referencesOf, scopeFor, stepsUsedBy } from './scope.ts';

/** What the engine does next. */
export type Action =
  | { readonly kind: 'forecast' }
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'step'; readonly step: StepId; readonly waitMs: number }
  /** The step will not run, because a step that it builds on failed and was skipped. */
  | { readonly kind: 'skip'; readonly step: StepId; readonly because: StepId }
  /** The operator says that the act in doubt did happen. */
  | { readonly kind: 'settle'; readonly step: StepId }
  /** The run is given up: what an act in doubt did make is written down, and nothing is done. */
  | { readonly kind: 'take-stock'; readonly step: StepId }
  /** Of a rotation: new values beside those in force; these in force; or given up. */
  | { readonly kind: 'stage' | 'commit' | 'withdraw' }
  | { readonly kind: 'finish'; readonly outcome: 'ok' | 'abandoned' }
  | { readonly kind: 'stop'; readonly reason: StopReason };

/** Names the next action. Pure: resume is `decide` on a folded journal. */
export function decide(state: RunState, program: Program): Action {
  return program.kind === 'rotate' ? decideRotation(state, program) : decideNext(state, program);
}

/** A rotation is any run between new values that are staged, and these in force, or given up. */
function decideRotation(state: RunState, program: Program): Action {
  if (state.rotation === 'committed') return { kind: 'finish', outcome: 'ok' };
  if (state.rotation === 'withdrawn') {
    const next = nextStep(state, program);
    return next.kind === 'finish' ? { kind: 'finish', outcome: 'abandoned' } : next;
  }
  if (program.givingUp === true)
    return state.rotation === undefined ? { kind: 'finish', outcome: 'abandoned' } : { kind: 'withdraw' };
  if (state.rotation === undefined) return { kind: 'stage' };
  const next = decideNext(state, program);
  if (next.kind !== 'finish') return next;
  return next.outcome === 'ok' ? { kind: 'commit' } : { kind: 'withdraw' };
}

function decideNext(state: RunState, program: Program): Action {
  if (program.givingUp === true) return giveUp(state, program);
  if (state.forecast === undefined) return { kind: 'forecast' };
  // A plan that waits for its yes since before a crash or a stop, or that had a no, is out of date: it is made anew, and shown.
  const isStale = (state.forecastSeq ?? 0) < state.aliveSince;
  // So is one that keeps what is to be overwritten by now. Between two values of a secret no plan is made anew.
  const keeps = program.kind !== 'rotate' && state.forecast.some(({ kept }) => kept !== undefined);
  if (isStale && keeps && program.forgetsKept === true) return { kind: 'forecast' };
  const action = approval(state);
  if ((action?.kind === 'ask' || action?.kind === 'stop') && isStale) return { kind: 'forecast' };
  return action ?? nextStep(state, program);
}

/** What is in doubt is settled, lest the next run does it a second time; then the run is final. */
function giveUp(state: RunState, program: Program): Action {
  for (const step of program.steps) {
    const now = state.steps.get(step.id);
    if (now?.status !== 'in-doubt') continue;
    const action = inDoubt(step, now, state, program);
    if (action.kind === 'ask') return { ...action, question: askedGivingUp(action.question) };
    if (action.kind !== 'step') return action;
    // What can be looked up is looked up, lest its work counts as somebody else's. "It did not happen" leaves nothing.
    if (whenInDoubt(step, state, program) === 'read-again') return { kind: 'take-stock', step: step.id };
  }
  return { kind: 'finish', outcome: 'abandoned' };
}

/** No answer does anything now: it is for the next run, which has its own inputs. */
function askedGivingUp(question: Question): Question {
  return { ...question, data: { ...(question.data as JsonObject), changedInputs: [], givingUp: true } };
}

/** A plan that changes something needs a yes, once for each forecast. */
function approval(state: RunState): Action | undefined {
  const changing = needingYes(state.forecast ?? []);
  if (changing.length === 0) return undefined;
  const id = `plan:${state.forecastSeq}`;
  const answer = state.answers.get(id);
  if (answer === 'approve') return undefined;
  if (answer === 'abandon') return { kind: 'finish', outcome: 'abandoned' };
  if (answer === 'stop') return { kind: 'stop', reason: 'operator-needed' };
  // A run that has done something is not given up by a no to what it would do next: it stays, and can be resumed.
  const hasBegun = [...state.steps.values()].some(({ attempt }) => attempt > 0);
  const choices = ['approve', hasBegun ? 'stop' : 'abandon'];
  return { kind: 'ask', question: { id, about: 'plan', data: { steps: changing.length }, takes: { choices } } };
}

function nextStep(state: RunState, program: Program): Action {
  const givenUp = new Set<StepId>();
  for (const step of program.steps) {
    const now = state.steps.get(step.id);
    if (!program.selected.has(step.id) || now === undefined) continue;
    if (now.status === 'ok' || now.status === 'changed') continue;
    // On its way back a rotation does again what it has done, and nothing else.
    if (state.rotation === 'withdrawn' && now.attempt === 0) continue;
    const missing = buildsOnOne(step, givenUp);
    if (now.status === 'skipped') {
      if (now.failure === undefined) continue;
      // It was left out because of another, which may have been mended since.
      if (missing === undefined) return { kind: 'step', step: step.id, waitMs: 0 };
      givenUp.add(step.id);
      continue;
    }
    if (now.status === 'failed' || now.status === 'unreachable') {
      const action = afterFailure(step, now, state, program);
      if (action !== 'give-up') return action;
      givenUp.add(step.id);
      continue;
    }
    if (now.status === 'in-doubt') {
      // Whether it did happen does not matter any more: it would have happened with the new value, and the old one is wanted.
      const isWayBack = state.rotation === 'withdrawn';
      return isWayBack ? { kind: 'step', step: step.id, waitMs: 0 } : inDoubt(step, now, state, program);
    }
    if (missing !== undefined) return { kind: 'skip', step: step.id, because: missing };
    return { kind: 'step', step: step.id, waitMs: 0 };
  }
  const isDone = givenUp.size === 0 || state.rotation === 'withdrawn';
  return isDone ? { kind: 'finish', outcome: 'ok' } : { kind: 'stop', reason: 'failed' };
}

/** The step among these that a step builds on, by its params or by `after`. */
function buildsOnOne(step: RecipeStep, among: ReadonlySet<StepId>): StepId | undefined {
  return [...stepsUsedBy(step), ...step.after].find((id) => among.has(id));
}

/** The steps that are still to be done and would be left out with a failed one that is skipped: those which build on it. */
function wouldSkip(failed: StepId, state: RunState, program: Program): readonly RecipeStep[] {
  const left = new Set([failed]);
  return program.steps.filter((step) => {
    const now = state.steps.get(step.id);
    if (!program.selected.has(step.id) || now?.status !== 'pending') return false;
    if (state.rotation === 'withdrawn' && now.attempt === 0) return false;
    if (buildsOnOne(step, left) === undefined) return false;
    left.add(step.id);
    return true;
  });
}

/** A failed step is tried again by its own `retry`, then it is a question. */
function afterFailure(step: RecipeStep, now: StepState, state: RunState, program: Program): Action | 'give-up' {
  const retries = step.retry?.times ?? 0;
  if (now.tries <= retries) {
    return { kind: 'step', step: step.id, waitMs: step.retry?.delayMs ?? 0 };
  }
  const id = `failure:${step.id}:${now.finishedSeq}`;
  const answer = state.answers.get(id);
  if (answer === 'skip') return 'give-up';
  if (answer === 'retry') return { kind: 'step', step: step.id, waitMs: 0 };
  if (answer === 'stop') return { kind: 'stop', reason: now.status === 'unreachable' ? 'unreachable' : 'failed' };
  const isWayBack = state.rotation === 'withdrawn';
  // What comes behind in a rotation would work with a value that the system was not told of. Its way back must come to an end.
  const canSkip = state.header?.kind !== 'rotate' || isWayBack;
  const data = {
    title: step.title,
    tries: now.tries,
    failure: (now.failure ?? null) as unknown as Json,
    ...(isWayBack ? { wayBack: true } : {}),
    ...(canSkip ? { skips: wouldSkip(step.id, state, program).map(({ id, title }) => ({ id, title })) } : {}),
  };
  const choices = canSkip ? ['retry', 'skip', 'stop'] : ['retry', 'stop'];
  return {
    kind: 'ask',
    question: { id, about: 'failure', step: step.id, attempt: now.attempt, data, takes: { choices } },
  };
}

function whenInDoubt(step: RecipeStep, state: RunState, program: Program): 'read-again' | 'ask' {
  const params = step.params.evaluate(scopeFor(step, program.recipe, state));
  return program.types.get(step.uses)?.whenInDoubt(params) ?? 'read-again';
}

/** A step that converges is read again; one that acts once is asked about. */
function inDoubt(step: RecipeStep, now: StepState, state: RunState, program: Program): Action {
  const again: Action = { kind: 'step', step: step.id, waitMs: 0 };
  if (whenInDoubt(step, state, program) === 'read-again') return again;
  const id = `in-doubt:${step.id}:${now.intentSeq}:${state.aliveSince}`;
  const answer = state.answers.get(id);
  if (answer === 'again') return again;
  if (answer === 'done') return { kind: 'settle', step: step.id };
  if (answer === 'stop') return { kind: 'stop', reason: 'operator-needed' };
  // What only the act itself could tell is lost. Where later steps need it, "it was done" would lead nowhere.
  const lost = new Set(
    program.steps.flatMap((other) =>
      referencesOf(other).flatMap(({ root, name, field }) =>
        root === 'steps' && name === step.id && field !== undefined && !(field in (now.carried?.outputs ?? {})) ? [field] : [],
      ),
    ),
  );
  const choices = lost.size === 0 ? ['done', 'again', 'stop'] : ['again', 'stop'];
  const changedInputs = usesInputs(step, state.changedInputs);
  const data = { title: step.title, changes: now.changes as unknown as Json, lost: [...lost], changedInputs };
  return {
    kind: 'ask',
    question: { id, about: 'in-doubt', step: step.id, attempt: now.attempt, data, takes: { choices } },
  };
}
