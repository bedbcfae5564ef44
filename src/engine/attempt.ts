import { formatDuration } from '../model/duration.ts';
import { fail } from '../model/failure.ts';
import type { RecipeStep, Scope } from '../model/recipe.ts';
import type { StepState } from '../model/run-state.ts';
import type { AnyStepType, Change } from '../model/step.ts';
import type { Asker } from './ask.ts';
import { dueBecauseOf } from './due.ts';
import { type Decided, undecided } from './hand-edit.ts';
import type { HostHold } from './host-hold.ts';
import { type Acting, type Look, type LookOptions, look } from './look.ts';
import type { Outside } from './outside.ts';
import type { Program } from './program.ts';
import type { Publisher } from './publish.ts';
import { pause } from './time-limit.ts';

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
  /** What the run waits for now, so that nothing has begun that would have to end first. */
  readonly waiting: { forHost: boolean };
  /** Aborted when what does not stop must be left behind. */
  readonly enough: AbortSignal;
}

/** One attempt at a step. */
export interface Attempt {
  readonly run: Performing;
  readonly step: RecipeStep;
  readonly number: number;
  readonly type: AnyStepType;
  readonly scope: Scope;
  readonly acting: Acting;
  readonly hold: HostHold;
  readonly signal: AbortSignal;
  /** The time that it may take. */
  readonly atMostMs: number;
}

/** One look at the world, before acting; `decided`: about hand edits. `say` shows what the step says while it looks. */
export function lookOnce(
  attempt: Attempt,
  decided: Decided = undecided,
  say: LookOptions['progress'] = (text, done, of) => progress(attempt, text, { done, of }),
): Promise<Look> {
  const { run, step, type, scope, signal } = attempt;
  return look(step, run.publisher.state, run.program.types, run.outside, {
    scope,
    due: dueBecauseOf(step, run.publisher.state),
    signal,
    forecast: false,
    decided,
    ...(type.apply === undefined ? { acting: attempt.acting } : {}),
    progress: say,
  });
}

/** A check is read until it holds or its time is up; then the failure says what was seen last. */
export async function waitUntilHolds(attempt: Attempt): Promise<Look> {
  const started = performance.now();
  let last: Look | undefined;
  let seen: string | undefined;
  let said: string | undefined;
  const { atMostMs } = attempt;
  const waited = (): number => performance.now() - started;
  const show = (text: string, measure: Measure = {}): void =>
    progress(attempt, text, { ...measure, atMostMs, leftMs: Math.max(0, Math.round(atMostMs - waited())) });
  // A look may itself wait for seconds: the time that is left runs down all the same.
  const say = (text: string, done?: number, of?: number): void => {
    said = text;
    seen = text.startsWith('waiting') ? text : `waiting: ${text}`;
    show(seen, { done, of });
  };
  while (true) {
    if (attempt.signal.aborted && !attempt.run.signal.aborted) throw neverHeld(attempt.step, last, said, started);
    attempt.signal.throwIfAborted();
    try {
      last = await lookOnce(attempt, undecided, say);
    } catch (error) {
      if (attempt.signal.aborted && !attempt.run.signal.aborted) throw neverHeld(attempt.step, last, said, started);
      throw error;
    }
    if (last.changes.length === 0) return last;
    const targets = last.changes.map((change) => change.target).join(', ');
    // What it saw last tells more than what it looks for.
    show(seen ?? `waiting for ${targets}, ${formatDuration(waited())} so far`);
    await pause(last.type.pollEveryMs?.(last.params) ?? POLL_MS, attempt.signal);
  }
}

/** `said`: what the step itself told last about what it waits for. */
function neverHeld(step: RecipeStep, last: Look | undefined, said: string | undefined, started: number): Error {
  const seen = (last?.changes ?? []).map((change) => `${change.target}: ${describe(change)}`);
  const late = `${step.title}: it did not come about within ${formatDuration(performance.now() - started)}`;
  return fail('check.never-held', said === undefined ? `${late}.` : `${late}. Last seen: ${said}.`, {
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

/** What was in doubt is certain once it was applied. */
function certain({ doubted: _, ...step }: StepState): StepState {
  return step;
}

/** Reads again after apply: a difference that is left is a failure. */
export async function verify(attempt: Attempt, decided: Decided): Promise<Look> {
  const { step, run, signal } = attempt;
  const state = run.publisher.state;
  const now = state.steps.get(step.id);
  const settled = now?.doubted === undefined ? state : { ...state, steps: new Map(state.steps).set(step.id, certain(now)) };
  const seen = await look(step, settled, run.program.types, run.outside, {
    scope: attempt.scope,
    due: [],
    signal,
    forecast: false,
    decided,
    progress: (text, done, of) => progress(attempt, text, { done, of }),
  });
  if (seen.changes.length === 0) return seen;
  throw fail('verify.failed', `${step.title}: it was applied, but looking again shows that it did not hold.`, {
    fault: 'environment',
    retryable: true,
    hints: ['Something else may be changing the same thing. Look at it, then run `fairlead resume`.'],
    evidence: { tail: seen.changes.map((change) => `${change.action} ${change.target}: ${describe(change)}`) },
  });
}

/** How far an attempt is, in numbers, as far as they are known. */
interface Measure {
  readonly done?: number | undefined;
  readonly of?: number | undefined;
  readonly atMostMs?: number;
  readonly leftMs?: number;
}

/** Shows what an attempt waits for, or how far it is. */
export function progress(attempt: Pick<Attempt, 'run' | 'step'>, text: string, measure: Measure = {}): void {
  const { publisher } = attempt.run;
  const { done, of, atMostMs, leftMs } = measure;
  publisher.show({
    type: 'step.progress',
    step: attempt.step.id,
    text: publisher.redactor().redact(text),
    ...(done === undefined ? {} : { done }),
    ...(of === undefined ? {} : { of }),
    ...(atMostMs === undefined || leftMs === undefined ? {} : { atMostMs, leftMs }),
  });
}
