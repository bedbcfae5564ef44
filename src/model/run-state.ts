import type { EventOf, JournalEvent, Outcome, StepForecast, StopReason } from './events.ts';
import type { Failure } from './failure.ts';
import { FixedMap } from './fixed-map.ts';
import type { Json } from './json.ts';
import type { Question } from './questions.ts';
import type { Carried, Change } from './step.ts';
import type { StepId } from './step-id.ts';

/** Where one step stands. */
export interface StepState {
  readonly id: StepId;
  readonly title: string;
  readonly uses: string;
  readonly status: 'pending' | 'running' | 'intended' | 'in-doubt' | Outcome;
  /** Counted from 1; 0 before the first. */
  readonly attempt: number;
  /** Attempts since the run last began or was resumed: what `retry` counts. */
  readonly tries: number;
  /** The sequence number of the present or last attempt's start. */
  readonly startedSeq?: number;
  /** The sequence number of the last finish: a question about a failure carries it. */
  readonly finishedSeq?: number;
  /** When its first attempt in this run began (ISO 8601). */
  readonly begunAt?: string;
  /** When the present attempt began and ended (ISO 8601). */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Of the present or last intent. */
  readonly changes: readonly Change[];
  /** The sequence number of the last intent. */
  readonly intentSeq?: number;
  /** When it was written (ISO 8601). */
  readonly intentAt?: string;
  /** Of the params that it was to act with. */
  readonly intentDigest?: string;
  /** Intents whose outcome was never written. */
  readonly doubted?: readonly Change[];
  /** What the last finish left: of this run, else carried from an earlier one. */
  readonly carried?: Carried;
  readonly failure?: Failure;
  readonly notes: readonly string[];
  /** It tells a system that was there before of a new value of this secret: no step of the recipe's own. */
  readonly tells?: string;
}

/** The state of a run: what its journal says, folded. */
export interface RunState {
  /** Of the last event folded; 0 for none. */
  readonly seq: number;
  readonly status: 'none' | 'running' | 'stopped' | 'ok' | 'abandoned';
  readonly stopReason?: StopReason;
  /** The sequence number of the last start or resume. */
  readonly aliveSince: number;
  readonly startedAt?: string;
  /** When the last event happened. */
  readonly at?: string;
  readonly header?: EventOf<'run.started'>;
  readonly forecast?: readonly StepForecast[];
  /** The sequence number of the forecast: an approval is for one forecast only. */
  readonly forecastSeq?: number;
  readonly steps: ReadonlyMap<StepId, StepState>;
  /** The question that is open. */
  readonly question?: Question;
  readonly answers: ReadonlyMap<string, Json>;
  /** What the operator changed his mind about, in this run: why steps that were done count no more. */
  readonly changedInputs: ReadonlySet<string>;
  /** The step from which the operator wants all looked at again. */
  readonly from?: StepId;
  /** What was in force before a change of mind whose plan has had no answer yet: a no takes it back. */
  readonly unapproved?: Pick<RunState, 'changedInputs' | 'from'> & { readonly inputs: EventOf<'run.started'>['inputs'] };
  /** Of a run that rotates secrets: how far it is. None before the new values are staged. */
  readonly rotation?: 'staged' | 'committed' | 'withdrawn';
  /** The fingerprints of the staged values, by name. */
  readonly stagedFingerprints?: Readonly<Record<string, string>>;
  /** `<step type> <target>` of all that fairlead made in this deployment. */
  readonly made: ReadonlySet<string>;
  /** The recipe's closing words. */
  readonly finish?: string;
}

/** Before the first event. */
export const emptyRun: RunState = {
  seq: 0,
  aliveSince: 0,
  status: 'none',
  steps: new Map(),
  answers: new Map(),
  changedInputs: new Set(),
  made: new Set(),
};

/** The state after one more event. Pure: no clock, nothing is changed in place. */
export function fold(state: RunState, event: JournalEvent): RunState {
  const next = { ...state, seq: event.seq, at: event.at };
  switch (event.type) {
    case 'run.started':
      return {
        ...next,
        status: 'running',
        aliveSince: event.seq,
        startedAt: event.at,
        header: event,
        steps: FixedMap.of(
          event.steps.map((step) => [step.id, { ...pendingStep(step, historyOf(step.id, event)), ...tellsOf(step.id, event) }]),
        ),
        made: new Set(event.made),
        changedInputs: new Set(event.changedInputs),
      };
    case 'run.resumed':
      return goneOn(next, event);
    case 'plan.forecast':
      return { ...next, forecast: event.forecast, forecastSeq: event.seq, steps: undone(state.steps, event.forecast) };
    case 'question.asked':
      return { ...next, question: event.question };
    case 'question.answered': {
      const { question, ...rest } = planAnswered(next, event);
      const answers = new Map(state.answers).set(event.id, event.answer);
      return question === undefined || question.id === event.id ? { ...rest, answers } : { ...next, answers };
    }
    case 'secret.generated':
      return event.rotates === undefined ? next : { ...next, steps: telling(state.steps, event) };
    case 'secret.staged':
      return { ...next, rotation: 'staged', stagedFingerprints: event.fingerprints };
    case 'secret.committed':
      return { ...next, rotation: 'committed' };
    case 'secret.withdrawn':
      return { ...next, rotation: 'withdrawn', steps: mapSteps(state.steps, toldAgain) };
    case 'step.started':
      return { ...next, steps: changeStep(state.steps, event.step, (step) => started(step, event)) };
    case 'step.intended':
      return {
        ...next,
        steps: changeStep(state.steps, event.step, (step) => ({
          ...step,
          status: 'intended',
          changes: event.changes,
          intentSeq: event.seq,
          intentAt: event.at,
          ...(event.paramsDigest === undefined ? {} : { intentDigest: event.paramsDigest }),
        })),
      };
    case 'step.finished':
      return {
        ...next,
        steps: changeStep(state.steps, event.step, (step) => finished(step, event)),
        made: madeAfter(state.made, event),
      };
    case 'run.stopped':
      return { ...next, status: 'stopped', stopReason: event.reason };
    case 'run.finished':
      return { ...next, status: event.outcome, ...(event.finish === undefined ? {} : { finish: event.finish }) };
  }
}

/** Another process goes on. What the operator changed his mind about makes a new plan necessary. */
function goneOn(state: RunState, event: EventOf<'run.resumed'>): RunState {
  const { stopReason: _, question: __, from: ___, ...rest } = state;
  const redo = new Set(event.redo);
  const steps = mapSteps(state.steps, (step) => {
    const now = resumed(step, state.question);
    return redo.has(step.id) && isDone(now) ? { ...now, status: 'pending' as const } : now;
  });
  const running: RunState = { ...rest, status: 'running', aliveSince: event.seq, steps };
  if (event.inputs === undefined && event.redo === undefined) return running;
  const { forecast: _____, forecastSeq: ______, ...unplanned } = running;
  const before = { inputs: state.header?.inputs ?? {}, changedInputs: state.changedInputs };
  return {
    ...unplanned,
    unapproved: state.unapproved ?? { ...before, ...(state.from === undefined ? {} : { from: state.from }) },
    ...(event.inputs === undefined || state.header === undefined ? {} : { header: { ...state.header, inputs: event.inputs } }),
    changedInputs: new Set([...state.changedInputs, ...(event.changedInputs ?? [])]),
    ...(event.from === undefined ? {} : { from: event.from }),
  };
}

/** A yes to the plan puts a change of mind in force; a no takes it back. */
function planAnswered(state: RunState, event: EventOf<'question.answered'>): RunState {
  const { unapproved, ...rest } = state;
  if (unapproved === undefined || state.question?.about !== 'plan' || state.question.id !== event.id) return state;
  if (event.answer === 'approve' || state.header === undefined) return rest;
  const { from: _, ...back } = rest;
  return {
    ...back,
    header: { ...state.header, inputs: unapproved.inputs },
    changedInputs: unapproved.changedInputs,
    ...(unapproved.from === undefined ? {} : { from: unapproved.from }),
  };
}

/** A plan made anew in the middle of a run may see that what a step did is gone: it is to be done again. */
function undone(steps: ReadonlyMap<StepId, StepState>, forecast: readonly StepForecast[]): ReadonlyMap<StepId, StepState> {
  const again = forecast.filter(
    ({ step, changes, waitsFor }) =>
      (waitsFor !== undefined || changes.length > 0) && ['ok', 'changed'].includes(steps.get(step)?.status ?? ''),
  );
  if (again.length === 0) return steps;
  let next = steps;
  for (const { step } of again) next = changeStep(next, step, (now) => ({ ...now, status: 'pending' }));
  return next;
}

/** What acted with the new value has to act once more, with the old one. */
function toldAgain(step: StepState): StepState {
  return step.attempt > 0 && step.status !== 'in-doubt' ? { ...step, status: 'pending', tries: 0 } : step;
}

function isDone(step: StepState): boolean {
  return step.status === 'ok' || step.status === 'changed' || step.status === 'skipped';
}

/** Folds events that are all at hand. */
export function foldAll(events: Iterable<JournalEvent>): RunState {
  let state = emptyRun;
  for (const event of events) state = fold(state, event);
  return state;
}

/** A task acts each time that it is asked for: what a step of the recipe left under the same id is not its own. */
function historyOf(id: StepId, { kind, carried }: EventOf<'run.started'>): Carried | undefined {
  return kind === 'converge' || kind === 'orphans' || kind === 'rotate' ? carried[id] : undefined;
}

function pendingStep(step: { id: StepId; title: string; uses: string }, carried: Carried | undefined): StepState {
  const base = {
    id: step.id,
    title: step.title,
    uses: step.uses,
    status: 'pending' as const,
    attempt: 0,
    tries: 0,
    changes: [],
    notes: [],
  };
  return carried === undefined ? base : { ...base, carried };
}

function tellsOf(id: StepId, { untold = [] }: EventOf<'run.started'>): Pick<StepState, 'tells'> {
  const found = untold.find(({ steps }) => steps.includes(id));
  return found === undefined ? {} : { tells: found.secret };
}

/** The steps that tell the system of a new value are steps of the run from now on, in their place. */
function telling(
  steps: ReadonlyMap<StepId, StepState>,
  { name, rotates }: EventOf<'secret.generated'>,
): ReadonlyMap<StepId, StepState> {
  const added = (rotates?.steps ?? [])
    .filter(({ id }) => !steps.has(id))
    .map((step): [StepId, StepState] => [step.id, { ...pendingStep(step, undefined), tells: name }]);
  const all = [...steps];
  const place = all.findIndex(([id]) => id === rotates?.before);
  return FixedMap.of(all.toSpliced(place === -1 ? all.length : place, 0, ...added));
}

function started(step: StepState, event: EventOf<'step.started'>): StepState {
  const { failure: _, endedAt: __, ...rest } = step;
  return {
    ...rest,
    status: 'running',
    attempt: event.attempt,
    tries: step.tries + 1,
    begunAt: step.begunAt ?? event.at,
    startedAt: event.at,
    startedSeq: event.seq,
    changes: [],
    notes: [],
  };
}

function finished(step: StepState, event: EventOf<'step.finished'>): StepState {
  const { failure: _, doubted, ...rest } = step;
  return {
    ...rest,
    status: event.outdated === true ? 'pending' : event.outcome,
    endedAt: event.at,
    finishedSeq: event.seq,
    notes: event.notes ?? [],
    ...(event.carried === undefined ? {} : { carried: event.carried }),
    ...(event.failure === undefined ? {} : { failure: event.failure }),
    ...((event.outcome === 'failed' || event.outcome === 'unreachable') && doubted !== undefined ? { doubted } : {}),
  };
}

/**
 * What a crash or a stop leaves behind: a step that ran has to start again, one that intended is in doubt. `open`: the question
 * that had no answer.
 */
function resumed(step: StepState, open: Question | undefined): StepState {
  return { ...afterStop(step, open), tries: 0 };
}

function afterStop(step: StepState, open: Question | undefined): StepState {
  // What is done by hand is done once somebody says so: nobody did.
  const isUndone = open?.about === 'manual' && open.step === step.id && step.doubted === undefined;
  if (step.status === 'intended' && isUndone) return { ...step, status: 'pending' };
  if (step.status === 'running' && step.doubted !== undefined) return { ...step, status: 'in-doubt' };
  if (step.status === 'running' || step.status === 'failed' || step.status === 'unreachable')
    return { ...step, status: 'pending' };
  if (step.status === 'intended') {
    return { ...step, status: 'in-doubt', doubted: [...(step.doubted ?? []), ...step.changes] };
  }
  return step;
}

function madeAfter(made: ReadonlySet<string>, event: EventOf<'step.finished'>): ReadonlySet<string> {
  if (event.made === undefined && event.unmade === undefined) return made;
  const next = new Set(made);
  for (const target of event.unmade ?? []) next.delete(target);
  for (const target of event.made ?? []) next.add(target);
  return next;
}

function changeStep(
  steps: ReadonlyMap<StepId, StepState>,
  id: StepId,
  change: (step: StepState) => StepState,
): ReadonlyMap<StepId, StepState> {
  const step = steps.get(id);
  return step === undefined ? steps : fixed(steps).with(id, change(step));
}

function mapSteps(steps: ReadonlyMap<StepId, StepState>, change: (step: StepState) => StepState): ReadonlyMap<StepId, StepState> {
  return FixedMap.of([...steps].map(([id, step]) => [id, change(step)]));
}

/** A run's steps are the same from its first event to its last. */
function fixed(steps: ReadonlyMap<StepId, StepState>): FixedMap<StepId, StepState> {
  return steps instanceof FixedMap ? steps : FixedMap.of(steps);
}

/** The steps of a rotation on its way back that failed and were left as they are: what they look after may know the new value. */
export function leftAlone({ rotation, steps }: RunState): readonly StepState[] {
  if (rotation !== 'withdrawn') return [];
  return [...steps.values()].filter(({ status }) => status === 'failed' || status === 'unreachable');
}
