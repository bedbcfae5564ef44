import type { EventOf, JournalEvent, StepForecast } from '../model/events.ts';
import { fail, OperatorNeeded } from '../model/failure.ts';
import type { Request, RunControl, RunFeed, WatchFrom } from '../model/feed.ts';
import type { RecipeStep } from '../model/recipe.ts';
import { emptyRun, foldAll, type RunState } from '../model/run-state.ts';
import { SecretText } from '../model/secrets.ts';
import type { StepId } from '../model/step-id.ts';
import { createAsker } from './ask.ts';
import type { Performing } from './attempt.ts';
import { type ChangeOfMind, redoOf } from './change-of-mind.ts';
import { type Action, decide } from './decide.ts';
import { carriedOf } from './due.ts';
import { forecast } from './forecast.ts';
import type { Outside } from './outside.ts';
import { performStep } from './perform-step.ts';
import { type StandingAnswers, underAnswers } from './policy.ts';
import type { Program } from './program.ts';
import { createPublisher, type Publisher } from './publish.ts';
import { commit, forgetStaged, stage, withdraw } from './rotation.ts';
import { scopeOf } from './scope.ts';
import { settle, takeStock } from './settle-doubt.ts';
import { awaitSurvivors } from './survivors.ts';
import { pause } from './time-limit.ts';

/** A run under way. */
export interface Run extends RunControl {
  /** From the first event; each call gives a feed of its own, at any time. Live items are those from the call on. */
  feed(from?: WatchFrom): RunFeed;
  /** Goes on until the run finishes or stops; the state it ended in. Throws what is no fact of the run: a bug, a failed append. */
  go(): Promise<RunState>;
}

/** How a run is set going. */
export interface RunSetUp {
  readonly program: Program;
  readonly outside: Outside;
  readonly standing: StandingAnswers;
  /** Is somebody there to answer questions? */
  readonly attended: boolean;
  /** A new run's first event, or the events of the run to resume. */
  readonly begin:
    | { readonly header: RunHeader; readonly forecast?: readonly StepForecast[] }
    | { readonly past: readonly JournalEvent[]; readonly fairlead: string; readonly change?: ChangeOfMind };
}

/** A run's first event, before it is numbered. */
export type RunHeader = Omit<EventOf<'run.started'>, 'v' | 'seq' | 'at' | 'prev' | 'sum'>;

/** Prepares a run; nothing is written before `go`. */
export function createRun(setUp: RunSetUp): Run {
  const past = 'past' in setUp.begin ? setUp.begin.past : [];
  const state = past.length === 0 ? emptyRun : foldAll(past);
  const publisher = createPublisher(setUp.outside.journal, setUp.outside.vault, past, state);
  const abort = new AbortController();
  const enough = new AbortController();
  let stopAfterStep = false;
  // Who was told to stop after the step and then has to wait for others would not come to its end.
  const heedWish = (): void => {
    if (stopAfterStep) abort.abort(interrupted());
  };
  const asker = createAsker(
    publisher,
    setUp.standing,
    setUp.program.options,
    setUp.attended,
    setUp.outside.vault,
    setUp.program.recipe.secrets,
    heedWish,
  );
  const waiting = waitingFor(heedWish);

  return {
    feed: (from) => publisher.feed(from),
    request(request: Request) {
      if (request.kind === 'answer' || request.kind === 'terminal') asker.receive(request);
      else if (request.kind === 'leave') asker.leave();
      // While a question is open, or another run has the host, there is no end of a step to wait for.
      else if (abort.signal.aborted && request.when === 'now') enough.abort(interrupted());
      else if (request.when === 'now' || asker.isWaiting() || waiting.forHost) abort.abort(interrupted());
      else stopAfterStep = true;
    },
    async go() {
      try {
        await begin(setUp, publisher);
        await heedSurvivors(setUp, publisher, abort.signal, () => stopAfterStep);
        const run: Performing = {
          program: underAnswers(setUp.program, setUp.standing),
          outside: setUp.outside,
          publisher,
          asker,
          signal: abort.signal,
          waiting,
          enough: enough.signal,
        };
        await loop(run, () => stopAfterStep);
        return publisher.state;
      } finally {
        publisher.close();
      }
    },
  };
}

/** `onHost` hears each time that another run has the host. */
function waitingFor(onHost: () => void): Performing['waiting'] {
  let forHost = false;
  return {
    get forHost() {
      return forHost;
    },
    set forHost(waits) {
      forHost = waits;
      if (waits) onHost();
    },
  };
}

async function begin(setUp: RunSetUp, publisher: Publisher): Promise<void> {
  if ('header' in setUp.begin) {
    await publisher.append(setUp.begin.header);
    const { forecast: known } = setUp.begin;
    if (known !== undefined) await publisher.append({ type: 'plan.forecast', forecast: known });
    return;
  }
  const { fairlead, change } = setUp.begin;
  const redo = change === undefined ? {} : { ...change, redo: redoOf(setUp.program, publisher.state, change) };
  await publisher.append({ type: 'run.resumed', pid: process.pid, fairlead, ...redo });
}

/** What can't be ended is an operator's to end: the run stops there, resumable. */
async function heedSurvivors(
  setUp: RunSetUp,
  publisher: Publisher,
  signal: AbortSignal,
  stopWanted: () => boolean,
): Promise<void> {
  try {
    await awaitSurvivors(setUp.outside, publisher, setUp.standing, signal, stopWanted);
  } catch (error) {
    await publisher.append({ type: 'run.stopped', reason: 'operator-needed' }, { sync: true });
    throw error;
  }
}

/** decide → perform → append, until the run ends. */
async function loop(run: Performing, stopWanted: () => boolean): Promise<void> {
  const { publisher } = run;
  while (publisher.state.status === 'running') {
    try {
      if (stopWanted() || run.signal.aborted)
        await publisher.append({ type: 'run.stopped', reason: 'interrupted' }, { sync: true });
      else await perform(decide(publisher.state, run.program), run);
    } catch (error) {
      const reason = stopReasonOf(error, run);
      if (reason === undefined) throw error;
      await publisher.append({ type: 'run.stopped', reason }, { sync: true });
    }
  }
}

function stopReasonOf(error: unknown, run: Performing): 'interrupted' | 'operator-needed' | undefined {
  if (error instanceof OperatorNeeded) return 'operator-needed';
  if (run.signal.aborted) return 'interrupted';
  const left = [...run.publisher.state.steps.values()].some((step) => step.status === 'intended');
  return left ? 'operator-needed' : undefined;
}

async function perform(action: Action, run: Performing): Promise<void> {
  const { publisher, program, outside } = run;
  switch (action.kind) {
    case 'forecast': {
      const found = await forecast(program, publisher.state, outside, run.signal);
      await publisher.append({ type: 'plan.forecast', forecast: found });
      return;
    }
    case 'ask':
      await run.asker.ask(action.question, run.signal);
      return;
    case 'step':
      if (action.waitMs > 0) await pause(action.waitMs, run.signal);
      run.signal.throwIfAborted();
      await performStep(stepOf(action.step, program), run);
      return;
    case 'skip':
      await skip(action.step, action.because, run);
      return;
    case 'settle':
      await settle(stepOf(action.step, program), run);
      return;
    case 'take-stock':
      await takeStock(stepOf(action.step, program), run);
      return;
    case 'stop':
      await publisher.append({ type: 'run.stopped', reason: action.reason }, { sync: true });
      return;
    case 'stage':
      await stage(program, outside, publisher);
      return;
    case 'commit':
      await commit(outside, publisher);
      return;
    case 'withdraw':
      await withdraw(outside, publisher);
      return;
    case 'finish': {
      if (action.outcome === 'abandoned') await forgetStaged(outside, publisher.state);
      const finish = action.outcome === 'ok' ? closingWords(run) : undefined;
      await publisher.append(
        { type: 'run.finished', outcome: action.outcome, ...(finish === undefined ? {} : { finish }) },
        { sync: true },
      );
      return;
    }
  }
}

async function skip(step: StepId, because: StepId, run: Performing): Promise<void> {
  const attempt = (run.publisher.state.steps.get(step)?.attempt ?? 0) + 1;
  const failure = fail('step.depends-on-failed', `It builds on step ${because}, which failed and was skipped.`, {
    hints: ['Mend that step, then run `fairlead resume`.'],
  }).failure;
  await run.publisher.append({ type: 'step.finished', step, attempt, outcome: 'skipped', failure });
}

function closingWords(run: Performing): string | undefined {
  const { finish, recipe } = run.program;
  if (finish === undefined) return undefined;
  const known = finish.references.every(({ root, name, field }) => {
    if (root !== 'steps') return true;
    const carried = carriedOf(name as StepId, run.publisher.state);
    return carried !== undefined && (field === undefined || field in carried.outputs);
  });
  // Without its closing words a run is done all the same.
  if (!known) return undefined;
  const words = finish.evaluate(scopeOf(recipe, run.publisher.state));
  return words instanceof SecretText
    ? words.parts.map((part) => (typeof part === 'string' ? part : '•••')).join('')
    : String(words);
}

function stepOf(id: StepId, program: Program): RecipeStep {
  const step = program.steps.find((candidate) => candidate.id === id);
  if (step === undefined) throw fail('step.unknown', `There is no step ${id}.`, { fault: 'bug' });
  return step;
}

function interrupted(): Error {
  return fail('run.interrupted', 'The run was interrupted.', { hints: ['Run `fairlead resume` to go on.'] });
}

/** What a plan without a run starts from: the header that a run would write, folded. */
export function virtualState(header: RunHeader): RunState {
  const zeros = '0'.repeat(64);
  return foldAll([{ ...header, v: 1, seq: 1, at: new Date(0).toISOString(), prev: zeros, sum: zeros }]);
}
