import type { Run } from '../engine/run.ts';
import { exitCodes } from '../model/failure.ts';
import type { View } from '../model/feed.ts';
import type { RunState } from '../model/run-state.ts';
import { createNdjsonView } from '../views/ndjson/ndjson-view.ts';
import { createTextView } from '../views/text/text-view.ts';
import { askLine } from './ask-line.ts';
import type { Console } from './output.ts';

/** Sets a run going with the view that fits, until it ends; its exit code. */
export async function driveRun(run: Run, console: Console): Promise<number> {
  const watching = viewFor(console).follow(run.feed(), run);
  const release = listenForSignals(run, console);
  try {
    const state = await run.go();
    await watching;
    return exitCodeOfRun(state);
  } finally {
    release();
  }
}

/** The view for this console: the journal's lines with `--json`, else plain lines. */
export function viewFor(console: Console): View {
  if (console.json) return createNdjsonView(console.out);
  return createTextView({
    write: console.out,
    style: console.style,
    overwrites: console.overwrites,
    ...(console.attended ? { readLine: askLine } : {}),
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

/**
 * Once: stop after the step. Twice: stop now. SIGTERM is like once. A terminal that goes away (SIGHUP) is no reason
 * to stop: output to it is dropped and the run goes on.
 */
function listenForSignals(run: Run, console: Console): () => void {
  let asked = 0;
  const stop = (): void => {
    asked++;
    run.request({ kind: 'stop', when: asked === 1 ? 'after-step' : 'now' });
    console.err(asked === 1 ? '\nStopping after this step; once more stops it now.\n' : '\nStopping now.\n');
  };
  const ignore = (): void => undefined;
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', ignore);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    process.off('SIGHUP', ignore);
  };
}
