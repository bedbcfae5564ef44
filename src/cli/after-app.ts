import { exitCodes, FairleadError } from '../model/failure.ts';
import { doneText } from '../views/lib/recap-text.ts';
import { wordLines, words } from '../views/lib/words.ts';
import type { RunPicture } from '../views/tui/run/run-picture.ts';
import { exitCodeOfRun } from './drive-run.ts';
import { type Console, exitCodeOf, printFailure } from './output.ts';
import { runFailure } from './run-failure.ts';

/**
 * What stays on the screen when the app has given it back: how the run that was watched ended, its closing words, or how to
 * come back to it. The exit code that it means.
 */
export function afterApp({ state, down, deployment, past }: RunPicture, console: Console): number {
  const { style } = console;
  if (past) return exitCodes.done;
  if (down !== undefined && down !== 'over') {
    printFailure(console, new FairleadError(down));
    return exitCodeOf(down);
  }
  switch (state.status) {
    // Begun, and let go before a word of it was heard.
    case 'none':
    case 'running':
      console.out(`The run goes on. Come back to it with: fairlead attach ${words(deployment, style)}\n`);
      return exitCodes.done;
    case 'ok':
      console.out(
        `${[doneText(state, style), ...(state.finish === undefined ? [] : ['', ...wordLines(state.finish, style)])].join('\n')}\n`,
      );
      break;
    case 'abandoned':
      console.out('Given up: nothing further was done.\n');
      break;
    default: {
      const failure = runFailure(state);
      if (failure !== undefined) printFailure(console, new FairleadError(failure));
    }
  }
  return exitCodeOfRun(state);
}
