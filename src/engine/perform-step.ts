import type { EventMap } from '../model/events.ts';
import { EVIDENCE_LINES, type Failure, FairleadError, failureOf, NotYet, OperatorNeeded } from '../model/failure.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import { changesWorld, onlyReads } from '../model/plan-effect.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { Redactor } from '../model/redactor.ts';
import type { ApplyContext, Change } from '../model/step.ts';
import { actingFor, openOutput, type StepOutput } from './acting.ts';
import { agreeWithData } from './agree-with-data.ts';
import { type Attempt, lookOnce, type Performing, progress, verify, waitUntilHolds } from './attempt.ts';
import { type Decided, decidedAtFirst, undecided } from './hand-edit.ts';
import { createHostHold } from './host-hold.ts';
import { happenedOf, leaveBehind, madeBy } from './leave-behind.ts';
import { hostOf, type Look, look, typeOf } from './look.ts';
import { makeSecretsOf } from './make-secrets.ts';
import { rotatedNames } from './rotation.ts';
import { referencesOf, scopeFor } from './scope.ts';
import { timeLimit, within } from './time-limit.ts';

/** A check without a `timeout` waits this long. */
const CHECK_TIMEOUT_MS = 5 * 60_000;
/** An act without a `timeout` may take this long: longer than any honest pull, shorter than a lost night. */
const APPLY_TIMEOUT_MS = 60 * 60_000;
/** How long the look after a failure may take. */
const LOOK_BACK_MS = 10_000;

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
  const atMostMs = step.timeoutMs ?? (type.apply === undefined ? CHECK_TIMEOUT_MS : APPLY_TIMEOUT_MS);
  const limit = timeLimit(atMostMs);
  const signal = AbortSignal.any([run.signal, limit.signal]);
  const output = openOutput(step, number, run.outside, publisher, EVIDENCE_LINES);
  const hold = createHostHold(
    () => hostOf(step, run.outside),
    run.outside,
    run,
    limit,
    (who) => progress({ run, step }, `the host is busy: ${who}`),
  );
  const acting = actingFor(step, number, run.outside, publisher, run.asker, output, hold, signal);
  const finish = (end: Finish): Promise<unknown> => {
    output.settle();
    return publisher.append({ type: 'step.finished', step: step.id, attempt: number, ...end });
  };
  try {
    const scope = scopeFor(step, run.program.recipe, publisher.state);
    const attempt = { run, step, number, type, scope, acting, hold, signal, atMostMs };
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
    await hold.giveUp();
    await output.close();
  }
}

async function outcomeOf(attempt: Attempt): Promise<Finish> {
  const { run, step, type, scope } = attempt;
  const { publisher, outside } = run;
  if (step.when !== undefined && step.when.evaluate(scope) !== true) return { outcome: 'skipped' };
  await makeSecretsOf(step, run.program.recipe, outside, publisher, (spec) => agreeWithData(spec, attempt));
  const doubted = (publisher.state.steps.get(step.id)?.doubted ?? []).filter(changesWorld);
  const { found, decided } = type.apply === undefined ? await holding(attempt) : await readyToAct(attempt);
  if (found.changes.length === 0) return asItIs(attempt, found, doubted);
  // An attempt that was left behind when its time was up, and comes to itself later, must not act any more.
  attempt.signal.throwIfAborted();
  if (onlyReads(found)) return justRead(attempt, found);
  const acts = type.actsOnce?.(found.params) === true;
  await publisher.append(
    { type: 'step.intended', step: step.id, attempt: attempt.number, changes: found.changes, paramsDigest: found.digest },
    { sync: acts },
  );
  const context: ApplyContext = { ...found.context, ...attempt.acting };
  const applied = await type.apply?.(found.params, found.changes, context, found.state);
  await attempt.hold.giveUp();
  const verified = acts ? found : await verify(attempt, decided);
  const carried = await leaveBehind(
    step,
    publisher.state,
    outside,
    found.digest,
    { ...verified.outputs, ...applied },
    true,
    publisher.redactor(),
    verified,
  );
  const happened = [...happenedOf(doubted, found.changes), ...found.changes];
  return { outcome: 'changed', carried, ...withNotes(verified.notes), ...madeBy(step, happened) };
}

/**
 * A program is asked that changes nothing: no intent is written down, since a crash leaves nothing in doubt, and what comes
 * after it has no cause to act. What it says may be otherwise the next time, so looking again proves nothing.
 */
async function justRead(attempt: Attempt, found: Look): Promise<Finish> {
  const { step, run, type, acting } = attempt;
  const { publisher, outside } = run;
  const told = await type.apply?.(found.params, found.changes, { ...found.context, ...acting }, found.state);
  const outputs = { ...found.outputs, ...told };
  const carried = await leaveBehind(step, publisher.state, outside, found.digest, outputs, false, publisher.redactor(), found);
  return { outcome: 'ok', carried, ...withNotes(found.notes) };
}

/** What was seen last before acting, and what was decided about hand edits. */
interface Ready {
  readonly found: Look;
  readonly decided: Decided;
}

async function holding(attempt: Attempt): Promise<Ready> {
  return { found: await waitUntilHolds(attempt), decided: undecided };
}

/**
 * Looks, asks what has to be asked, and takes the host. Whatever took a person's time, or another run's, may have
 * changed the world: it is looked at again, and asked again about what was not there before. Who only reads needs no host to
 * itself.
 */
async function readyToAct(attempt: Attempt): Promise<Ready> {
  let decided = decidedAtFirst(attempt.run.program);
  let agreed: string | undefined;
  while (true) {
    const found = await lookOnce(attempt, decided);
    if (found.changes.length === 0) return { found, decided };
    const changes = canonicalJson(found.changes as unknown as Json);
    if (Object.keys(found.edits.drift).length > 0) decided = await decideOnEdits(attempt, found, decided);
    else if (attempt.step.danger !== undefined && agreed !== changes) {
      await askForWord(attempt, found);
      agreed = changes;
    } else if (onlyReads(found) || !(await attempt.hold.take())) return { found, decided };
  }
}

/** Nothing is to be done. The act that a crash left in doubt turns out to have happened: that is a change of this run. */
async function asItIs(attempt: Attempt, found: Look, doubted: readonly Change[]): Promise<Finish> {
  const { step, run } = attempt;
  const { publisher, outside } = run;
  const changed = doubted.length > 0;
  const { digest, outputs } = found;
  const carried = await leaveBehind(step, publisher.state, outside, digest, outputs, changed, publisher.redactor(), found);
  return { outcome: changed ? 'changed' : 'ok', carried, ...withNotes(found.notes), ...madeBy(step, doubted) };
}

/**
 * May what was edited hold a value that is being rotated? A rotation that left the old value there would end with two. A part
 * of its own that holds no secret may stay as a person left it.
 */
function mayHoldRotated(step: RecipeStep, { publisher }: Performing, { changes, edits, managed }: Look): boolean {
  const rotated = new Set(rotatedNames(publisher.state));
  if (!referencesOf(step).some(({ root, name }) => root === 'secrets' && rotated.has(name ?? ''))) return false;
  // A change names a part of a file as its property, or behind the file's path.
  const plain = changes.flatMap(({ target, property, secret }) =>
    secret === true ? [] : [property === undefined ? target : `${target} ${property}`],
  );
  const edited = managed.filter(({ part }) => part in edits.drift);
  return !edited.every(({ file, part }) => plain.includes(`${file} ${part}`));
}

/** Somebody changed by hand what this step manages, and it would be overwritten. */
async function decideOnEdits({ acting, step, run }: Attempt, found: Look, decided: Decided): Promise<Decided> {
  const parts = Object.keys(found.edits.drift);
  const answer = await acting.ask({
    about: 'drift',
    data: { title: step.title, parts, changes: found.changes as unknown as Json },
    takes: { choices: mayHoldRotated(step, run, found) ? ['overwrite', 'stop'] : ['overwrite', 'keep', 'stop'] },
  });
  if (answer === 'stop') throw new OperatorNeeded(`drift:${step.id}`);
  return answer === 'keep'
    ? { ...decided, keep: { ...decided.keep, ...found.edits.drift } }
    : { ...decided, overwrite: { ...decided.overwrite, ...found.edits.drift } };
}

/** A danger is agreed to by typing a word; no option but a named answer stands for it. */
async function askForWord(attempt: Attempt, found: Look): Promise<void> {
  const { title, explain, danger } = attempt.step;
  const word = String(danger?.evaluate(attempt.scope));
  await attempt.acting.ask({
    about: 'danger',
    // A target names what is touched; what that costs, and what stays, only the recipe can say.
    data: { title, targets: found.changes.map((change) => change.target), ...(explain === undefined ? {} : { explain }) },
    takes: { word },
  });
}

async function failed(step: RecipeStep, run: Performing, error: unknown, output: StepOutput): Promise<Finish> {
  const told = step.sensitive ? withoutOutput(error) : withTail(failureOf(error), output);
  const failure = withoutHalfSecrets(told, run.publisher.redactor());
  const outcome = failure.code === 'host.unreachable' ? 'unreachable' : 'failed';
  const now = run.publisher.state.steps.get(step.id);
  const intended = [...(now?.doubted ?? []), ...(now?.status === 'intended' ? now.changes : [])];
  if (!intended.some((change) => change.action === 'create' || change.action === 'delete')) return { outcome, failure };
  const scope = scopeFor(step, run.program.recipe, run.publisher.state);
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
  const params = step.params.evaluate(scopeFor(step, run.program.recipe, run.publisher.state));
  return typeOf(step, run.program.types).whenInDoubt(params) === 'ask';
}

function withTail(failure: Failure, output: StepOutput): Failure {
  if (failure.evidence !== undefined || output.tail.length === 0) return failure;
  return { ...failure, evidence: { tail: [...output.tail] } };
}

/** A program that was killed may have begun a secret in its last line, which the failure quotes. */
function withoutHalfSecrets(failure: Failure, redactor: Redactor): Failure {
  const { message, evidence } = failure;
  return {
    ...failure,
    message: redactor.redactCut(message),
    ...(evidence === undefined ? {} : { evidence: { ...evidence, tail: evidence.tail.map((line) => redactor.redactCut(line)) } }),
  };
}

/** What a sensitive step printed may be the very secret that it was to catch, and a message may quote it. */
function withoutOutput(error: unknown): Failure {
  const says = error instanceof FairleadError ? error.recipeSays : undefined;
  const message = `It failed${says === undefined ? '.' : `: ${says}`} What it said is not shown: the step is sensitive.`;
  const { evidence, ...rest } = failureOf(error);
  // Its hints would send the operator to lines that nobody can read any more.
  const hints = says === undefined && evidence !== undefined && evidence.tail.length > 0 ? [UNSEEN] : rest.hints;
  return { ...rest, message, hints, ...(evidence?.exit === undefined ? {} : { evidence: { exit: evidence.exit, tail: [] } }) };
}

const UNSEEN = 'Look at its inputs, and at the log of what it works on: what it printed may hold a secret, and is kept nowhere.';

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
