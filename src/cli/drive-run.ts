import type { Run } from '../engine/run.ts';
import { exitCodes, FairleadError, failureOf } from '../model/failure.ts';
import type { RunControl, View } from '../model/feed.ts';
import type { RunState } from '../model/run-state.ts';
import { createNdjsonView } from '../views/ndjson/ndjson-view.ts';
import { createTextView, type TextTerminal } from '../views/text/text-view.ts';
import { createLineReader, type LineReader } from './ask-line.ts';
import { askSecret } from './ask-secret.ts';
import type { OpenedRun } from './open-run.ts';
import { type Console, printFailure } from './output.ts';
import { withoutSecrets } from './remembered-secrets.ts';
import { runFailure } from './run-failure.ts';
import { serveLater } from './serve-later.ts';

/** Does a run in this process, until it ends or stops; its exit code. */
export async function driveHere(opened: OpenedRun, console: Console): Promise<number> {
  const serving = serveLater(opened);
  let thrown: unknown;
  try {
    return await driveRun(opened.run, console).finally(async () => {
      await serving.refuse();
      await opened.close();
    });
  } catch (error) {
    thrown = error;
    throw error;
  } finally {
    await serving.end(thrown === undefined ? undefined : withoutSecrets(failureOf(thrown)));
  }
}

async function driveRun(run: Run, console: Console): Promise<number> {
  const lines = createLineReader(console);
  // A view that dies never takes the run with it: what it had to say is lost, the record is not.
  const watching = viewFor(console, lines)
    .follow(run.feed(), run)
    .catch((error: unknown) => printFailure(console, error));
  const release = listenForSignals(run, console, lines);
  try {
    const state = await run.go();
    await watching;
    const failure = runFailure(state);
    if (console.json && failure !== undefined) printFailure(console, new FairleadError(failure));
    return exitCodeOfRun(state);
  } finally {
    release();
  }
}

/** The view for this console: the journal's lines with `--json`, else plain lines. */
export function viewFor(console: Console, lines: LineReader, more: Partial<TextTerminal> = {}): View {
  if (console.json) return createNdjsonView(console.out);
  return createTextView({
    write: console.out,
    style: console.style,
    overwrites: console.overwrites,
    ...(console.columns() === undefined ? {} : { columns: () => console.columns() ?? 80 }),
    ...(console.attended ? { readLine: lines.read, readSecret: (prompt, signal) => askSecret(console, prompt, signal) } : {}),
    ...more,
  });
}

/** The exit code that a run's end means. */
export function exitCodeOfRun(state: RunState): number {
  if (state.status !== 'stopped') return exitCodes.done;
  switch (state.stopReason) {
    case 'operator-needed':
      return exitCodes.operatorNeeded;
    case 'interrupted':
      return exitCodes.interrupted;
    default:
      return exitCodes.failed;
  }
}

/** The run is over and its exit code is known: a wish to stop that comes too late does not take that away. */
const tooLate = (): void => undefined;

/** Something new is begun after a run: from now on a signal does again what it does to any program. */
export function heedSignalsAgain(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, tooLate);
}

/**
 * Once: stop after the step, or at once where a question is open. Twice: stop now. SIGTERM is like once. A terminal
 * that goes away (SIGHUP) is no reason to stop: a run in a process of its own goes on, one in this process until something needs
 * an answer.
 */
export function listenForSignals(run: RunControl, console: Console, lines: LineReader): () => void {
  let asked = 0;
  let stopped = false;
  const stop = (): void => {
    asked++;
    const stopping = stopped;
    const when = asked === 1 && !lines.isOpen() ? 'after-step' : 'now';
    run.request({ kind: 'stop', when });
    stopped ||= when === 'now';
    const said = stopping
      ? 'Leaving what still runs to itself.'
      : stopped
        ? 'Stopping now.'
        : 'Stopping after this step; once more stops it now.';
    console.err(`\n${said}\n`);
  };
  const leave = (): void => run.request({ kind: 'leave' });
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', leave);
  return () => {
    const listeners = [
      ['SIGINT', stop],
      ['SIGTERM', stop],
      ['SIGHUP', leave],
    ] as const;
    for (const [signal, listener] of listeners) {
      process.off(signal, listener);
      process.on(signal, tooLate);
    }
  };
}
