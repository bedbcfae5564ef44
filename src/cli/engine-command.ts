import { appendFileSync, closeSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Serving } from '../adapters/run-socket/serve-run.ts';
import type { Run } from '../engine/run.ts';
import type { StepForecast } from '../model/events.ts';
import { exitCodes, type Failure, fail, failureOf } from '../model/failure.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import { type OpenedRun, openRun } from './open-run.ts';
import { type Console, exitCodeOf, printFailure, processConsole } from './output.ts';
import { takeEnvironment } from './own-environment.ts';
import { withoutSecrets } from './remembered-secrets.ts';
import { decodeOrder, type EngineAnswer, type EngineOrder } from './run-spec.ts';
import { serveOpened } from './serve-opened.ts';
import { type Session, sessionWith } from './session.ts';

/** The pipe that the answer goes to. */
const ANSWER = 3;
/** So long is waited for the first view, so that it sees all of the beginning, in milliseconds. */
const FIRST_VIEW_MS = 1_000;

/** `fairlead engine`: the process of a run that was begun at a terminal. Not for people. */
export async function runEngine(): Promise<number> {
  const order = await readOrder();
  const said = createSaid();
  let begun: { readonly opened: OpenedRun; readonly serving: Serving };
  const session = sessionFor(order, said.say);
  try {
    begun = await begin(order, session);
  } catch (error) {
    const failure = withoutSecrets(failureOf(error));
    answer({ failure, said: said.soFar() });
    return exitCodeOf(failure);
  }
  answer({ ready: begun.opened.id, said: said.soFar() });
  const failure = await drive(order, begun, session.console);
  return failure === undefined ? exitCodes.done : exitCodeOf(failure);
}

async function readOrder(): Promise<EngineOrder> {
  if (process.stdin.isTTY === true) {
    throw fail('usage.not-for-people', 'fairlead starts this command itself, for the process of a run.', {
      hints: ['`fairlead --help` lists the commands.'],
    });
  }
  return decodeOrder(await text(process.stdin));
}

/** What is said before the answer goes with it; after it, into the log. */
function createSaid(): { readonly say: (words: string) => void; soFar(): string } {
  let early: string[] | undefined = [];
  return {
    say: (words) => void (early?.push(words) ?? process.stderr.write(words)),
    soFar() {
      const words = early?.join('') ?? '';
      early = undefined;
      return words;
    },
  };
}

function sessionFor({ stateDir, environment }: EngineOrder, say: (words: string) => void): Session {
  const whole = { ...takeEnvironment(process.env), ...environment };
  const console = { ...processConsole({ plain: true }, whole), out: say, err: say };
  return sessionWith({ stateDir }, [], whole, console);
}

async function begin(order: EngineOrder, session: Session): Promise<{ readonly opened: OpenedRun; readonly serving: Serving }> {
  const opened = await openRun(order.spec, session, { attended: true });
  try {
    keepLog(order.log, opened.paths.log);
    return { opened, serving: await serveOpened(opened) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function drive(
  { spec }: EngineOrder,
  { opened, serving }: { readonly opened: OpenedRun; readonly serving: Serving },
  console: Console,
): Promise<Failure | undefined> {
  const { run, paths } = opened;
  const crash = (error: unknown): void => serving.crash(withoutSecrets(failureOf(error)));
  process.prependListener('uncaughtException', crash);
  heedSignals(run);
  if (spec.kind === 'start' && spec.approved === true) void approveAsShown(run, spec.forecast);
  await Promise.race([serving.watched, pause(FIRST_VIEW_MS)]);
  let failure: Failure | undefined;
  try {
    await run.go().finally(() => {
      serving.refuse();
      return opened.close();
    });
  } catch (error) {
    failure = withoutSecrets(failureOf(error));
    printFailure(console, error);
  }
  await serving.end(failure);
  dropIfEmpty(paths.log);
  return failure;
}

/** Nobody reads the answer where the one who started us has died meanwhile: the run goes on all the same. */
function answer(words: EngineAnswer): void {
  try {
    writeSync(ANSWER, `${JSON.stringify(words)}\n`);
    closeSync(ANSWER);
  } catch {
    // As said.
  }
}

/** SIGTERM and SIGINT: stop after the step; once more: now. A hang-up is none of our business: we have no terminal. */
function heedSignals(run: Run): void {
  let asked = 0;
  const stop = (): void => run.request({ kind: 'stop', when: asked++ === 0 ? 'after-step' : 'now' });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => undefined);
}

/** The operator has said yes to this plan before there was a run: it is asked again only where the plan is another one. */
async function approveAsShown(run: Run, shown: readonly StepForecast[]): Promise<void> {
  let same = false;
  for await (const item of run.feed().items) {
    if (item.type === 'plan.forecast')
      same = canonicalJson(item.forecast as unknown as Json) === canonicalJson(shown as unknown as Json);
    if (item.type !== 'question.asked' || item.question.about !== 'plan') continue;
    const { id } = item.question;
    // The question is open when what wrote it down has come to its end.
    if (same) setImmediate(() => run.request({ kind: 'answer', id, answer: 'approve' }));
    return;
  }
}

/** The log becomes the run's; what an earlier process of it said stays in front. */
function keepLog(log: string, kept: string): void {
  try {
    const before = readIfThere(kept);
    if (before !== undefined) appendFileSync(log, before);
    renameSync(log, kept);
  } catch {
    // A run is more than its log.
  }
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function dropIfEmpty(log: string): void {
  try {
    if (statSync(log).size === 0) rmSync(log);
  } catch {
    // Never there, or it can't be removed: an empty file disturbs nobody.
  }
}
