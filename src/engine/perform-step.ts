import { formatDuration } from '../model/duration.ts';
import type { EventMap } from '../model/events.ts';
import { EVIDENCE_LINES, type Failure, FairleadError, fail, failureOf, NotYet, OperatorNeeded } from '../model/failure.ts';
import type { RecipeStep, Scope } from '../model/recipe.ts';
import type { AnyStepType, ApplyContext, Change } from '../model/step.ts';
import { actingFor, openOutput, type StepOutput } from './acting.ts';
import type { Asker } from './ask.ts';
import { dueBecauseOf } from './due.ts';
import { happenedOf, leaveBehind, madeBy } from './leave-behind.ts';
import { type Acting, type Look, look, typeOf } from './look.ts';
import { makeSecretsOf } from './make-secrets.ts';
import type { Outside } from './outside.ts';
import type { Program } from './program.ts';
import type { Publisher } from './publish.ts';
import { scopeOf } from './scope.ts';
import { pause, timeLimit, within } from './time-limit.ts';

/** A check without a `timeout` waits this long. */
const CHECK_TIMEOUT_MS = 5 * 60_000;
/** An act without a `timeout` may take this long: longer than any honest pull, shorter than a lost night. */
const APPLY_TIMEOUT_MS = 60 * 60_000;
/** How long the look after a failure may take. */
const LOOK_BACK_MS = 10_000;
/** Between two looks of a check that doesn't say. */
const POLL_MS = 500;

/** What performing a step needs from its run. */
export interface Performing {
  readonly program: Program;
  readonly outside: Outside;
  readonly publisher: Publisher;
  readonly asker: Asker;
  /** Aborted when the run must stop now. */
  readonly signal: AbortSignal;
  /** Aborted when what does not stop must be left behind. */
  readonly enough: AbortSignal;
}

/** One attempt at a step. */
interface Attempt {
  readonly run: Performing;
  readonly step: RecipeStep;
  readonly number: number;
  readonly type: AnyStepType;
  readonly scope: Scope;
  readonly acting: Acting;
  readonly signal: AbortSignal;
}

type Finish = Omit<EventMap['step.finished'], 'step' | 'attempt'>;

/**
 * Performs one attempt at a step: read, diff, intend, apply, verify, and the fact of how it ended. What goes
 * wrong in the world becomes a failure in the journal. Thrown are only: an abort of the run, a question with
 * nobody to answer, a failed append, and an act-once step whose time ran out (its outcome is in doubt).
 */
export async function performStep(step: RecipeStep, run: Performing): Promise<void> {
  const { publisher } = run;
  const number = (publisher.state.steps.get(step.id)?.attempt ?? 0) + 1;
  await publisher.append({ type: 'step.started', step: step.id, attempt: number });
  const type = typeOf(step, run.program.types);
  const limit = timeLimit(step.timeoutMs ?? (type.apply === undefined ? CHECK_TIMEOUT_MS : APPLY_TIMEOUT_MS));
  const signal = AbortSignal.any([run.signal, limit.signal]);
  const output = openOutput(step, number, run.outside, publisher, EVIDENCE_LINES);
  const acting = actingFor(step, number, run.outside, publisher, run.asker, output, signal);
  const finish = (end: Finish): Promise<unknown> =>
    publisher.append({ type: 'step.finished', step: step.id, attempt: number, ...end });
  try {
    const attempt = { run, step, number, type, scope: scopeOf(run.program.recipe, publisher.state), acting, signal };
    await finish(await within(signal, run.enough, outcomeOf(attempt)));
  } catch (error) {
    if (error instanceof OperatorNeeded || run.signal.aborted || isJournalFailure(error)) throw error;
    if ((limit.signal.aborted || tellsNoOutcome(error)) && leftInDoubt(step, run)) {
      output.line(failureOf(error).message);
      throw error;
    }
    // What a step itself says of its lateness is better than that it was late.
    const late = limit.signal.aborted && !(error instanceof FairleadError);
    await finish(await failed(step, run, late ? limit.signal.reason : error, output));
  } finally {
    limit.clear();
    await output.close();
  }
}

async function outcomeOf(attempt: Attempt): Promise<Finish> {
  const { run, step, type, scope } = attempt;
  const { publisher, outside } = run;
  if (step.when !== undefined && step.when.evaluate(scope) !== true) return { outcome: 'skipped' };
  await makeSecretsOf(step, run.program.recipe, outside, publisher);
  const doubted = (publisher.state.steps.get(step.id)?.doubted ?? []).filter((change) => change.action !== 'check');
  const found = type.apply === undefined ? await waitUntilHolds(attempt) : await lookOnce(attempt);

  if (found.changes.length === 0) {
    // The act that a crash left in doubt turns out to have happened: that is a change of this run.
    const changed = doubted.length > 0;
    const carried = await leaveBehind(step, publisher.state, outside, found.digest, found.outputs, changed, publisher.redactor());
    return { outcome: changed ? 'changed' : 'ok', carried, ...withNotes(found.notes), ...madeBy(step, doubted) };
  }

  if (step.danger !== undefined) await askForWord(attempt, found);
  // An attempt that was left behind when its time was up, and comes to itself later, must not act any more.
  attempt.signal.throwIfAborted();
  const acts = type.actsOnce?.(found.params) === true;
  await publisher.append(
    { type: 'step.intended', step: step.id, attempt: attempt.number, changes: found.changes },
    { sync: acts },
  );
  const context: ApplyContext = { ...found.context, ...attempt.acting };
  const applied = await type.apply?.(found.params, found.changes, context, found.state);
  const verified = acts ? found : await verify(attempt);
  const carried = await leaveBehind(
    step,
    publisher.state,
    outside,
    found.digest,
    { ...verified.outputs, ...applied },
    true,
    publisher.redactor(),
  );
  const happened = [...happenedOf(doubted, found.changes), ...found.changes];
  return { outcome: 'changed', carried, ...withNotes(verified.notes), ...madeBy(step, happened) };
}

function lookOnce(attempt: Attempt): Promise<Look> {
  const { run, step, type, scope, signal } = attempt;
  return look(step, run.publisher.state, run.program.types, run.outside, {
    scope,
    due: dueBecauseOf(step, run.publisher.state),
    signal,
    forecast: false,
    ...(type.apply === undefined ? { acting: attempt.acting } : {}),
    progress: (text, done, of) => progress(attempt, text, done, of),
  });
}

/** A check is read until it holds or its time is up; then the failure says what was seen last. */
async function waitUntilHolds(attempt: Attempt): Promise<Look> {
  const started = performance.now();
  let last: Look | undefined;
  while (true) {
    if (attempt.signal.aborted && !attempt.run.signal.aborted) throw neverHeld(attempt.step, last, started);
    attempt.signal.throwIfAborted();
    try {
      last = await lookOnce(attempt);
    } catch (error) {
      if (attempt.signal.aborted && !attempt.run.signal.aborted) throw neverHeld(attempt.step, last, started);
      throw error;
    }
    if (last.changes.length === 0) return last;
    const targets = last.changes.map((change) => change.target).join(', ');
    progress(attempt, `waiting for ${targets}, ${formatDuration(performance.now() - started)} so far`);
    await pause(last.type.pollEveryMs?.(last.params) ?? POLL_MS, attempt.signal);
  }
}

function neverHeld(step: RecipeStep, last: Look | undefined, started: number): Error {
  const seen = (last?.changes ?? []).map((change) => `${change.target}: ${describe(change)}`);
  return fail('check.never-held', `${step.title}: it did not come about within ${formatDuration(performance.now() - started)}.`, {
    fault: 'environment',
    retryable: true,
    hints: ['Look at what it waited for and mend that; then try it again.'],
    evidence: { tail: seen },
  });
}

function describe(change: Change): string {
  const wanted = change.after === undefined ? '' : `wanted ${JSON.stringify(change.after)}`;
  const seen = change.before === undefined ? '' : `saw ${JSON.stringify(change.before)}`;
  return [wanted, seen].filter((part) => part !== '').join(', ') || change.action;
}

/** Reads again after apply: a difference that is left is a failure. */
async function verify(attempt: Attempt): Promise<Look> {
  const { step, run, signal } = attempt;
  const state = run.publisher.state;
  const now = state.steps.get(step.id);
  const { doubted: _, ...certain } = now ?? { id: step.id, title: step.title, uses: step.uses };
  const settled = { ...state, steps: new Map(state.steps).set(step.id, certain as NonNullable<typeof now>) };
  const seen = await look(step, settled, run.program.types, run.outside, {
    scope: attempt.scope,
    due: [],
    signal,
    forecast: false,
    progress: (text, done, of) => progress(attempt, text, done, of),
  });
  if (seen.changes.length === 0) return seen;
  throw fail('verify.failed', `${step.title}: it was applied, but looking again shows that it did not hold.`, {
    fault: 'environment',
    retryable: true,
    hints: ['Something else may be changing the same thing. Look at it, then run `fairlead resume`.'],
    evidence: { tail: seen.changes.map((change) => `${change.action} ${change.target}: ${describe(change)}`) },
  });
}

/** A danger is agreed to by typing a word; no option but a named answer stands for it. */
async function askForWord(attempt: Attempt, found: Look): Promise<void> {
  const word = String(attempt.step.danger?.evaluate(attempt.scope));
  await attempt.acting.ask({
    about: 'danger',
    data: { title: attempt.step.title, targets: found.changes.map((change) => change.target) },
    takes: { word },
  });
}

async function failed(step: RecipeStep, run: Performing, error: unknown, output: StepOutput): Promise<Finish> {
  const failure = step.sensitive ? withoutOutput(failureOf(error)) : withTail(failureOf(error), output);
  const outcome = failure.code === 'host.unreachable' ? 'unreachable' : 'failed';
  const now = run.publisher.state.steps.get(step.id);
  const intended = [...(now?.doubted ?? []), ...(now?.status === 'intended' ? now.changes : [])];
  if (!intended.some((change) => change.action === 'create' || change.action === 'delete')) return { outcome, failure };
  const scope = scopeOf(run.program.recipe, run.publisher.state);
  const options = { scope, due: [], signal: run.signal, forecast: true, progress: () => undefined };
  try {
    // What hung once may hang again: whether something was made is worth a short look only.
    const looked = look(step, run.publisher.state, run.program.types, run.outside, options);
    const left = await within(run.signal, AbortSignal.timeout(LOOK_BACK_MS), looked);
    return { outcome, failure, ...madeBy(step, happenedOf(intended, left.changes)) };
  } catch {
    // What can't be read can't be claimed as ours: it will be kept.
    return { outcome, failure };
  }
}

/** Time ran out inside an act that nothing can look up: nobody knows whether it happened. */
function leftInDoubt(step: RecipeStep, run: Performing): boolean {
  if (run.publisher.state.steps.get(step.id)?.status !== 'intended') return false;
  const params = step.params.evaluate(scopeOf(run.program.recipe, run.publisher.state));
  return typeOf(step, run.program.types).whenInDoubt(params) === 'ask';
}

function withTail(failure: Failure, output: StepOutput): Failure {
  if (failure.evidence !== undefined || output.tail.length === 0) return failure;
  return { ...failure, evidence: { tail: [...output.tail] } };
}

/** What a sensitive step printed may be the very secret that it was to catch, and a message may quote it. */
function withoutOutput(failure: Failure): Failure {
  const message = 'It failed. What it said is not shown: the step is sensitive.';
  const { evidence, ...rest } = failure;
  return { ...rest, message, ...(evidence?.exit === undefined ? {} : { evidence: { exit: evidence.exit, tail: [] } }) };
}

/**
 * An error that is no verdict on the act: the connection went, a daemon died, we have a bug. An act that nothing can
 * look up may have happened all the same.
 */
function tellsNoOutcome(error: unknown): boolean {
  const { code, fault } = failureOf(error);
  return error instanceof NotYet || fault === 'bug' || code === 'host.unreachable' || code === 'docker.unreachable';
}

function withNotes(notes: readonly string[]): { notes?: readonly string[] } {
  return notes.length === 0 ? {} : { notes };
}

function isJournalFailure(error: unknown): boolean {
  return failureOf(error).code.startsWith('journal.');
}

function progress(attempt: Attempt, text: string, done?: number, of?: number): void {
  const { publisher } = attempt.run;
  publisher.show({
    type: 'step.progress',
    step: attempt.step.id,
    text: publisher.redactor().redact(text),
    ...(done === undefined ? {} : { done }),
    ...(of === undefined ? {} : { of }),
  });
}
