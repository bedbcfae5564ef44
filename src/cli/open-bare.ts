import { failureOf } from '../model/failure.ts';
import { runApp } from './app.ts';
import { reportCrash } from './crash.ts';
import { exitCodeOf, printFailure, processConsole } from './output.ts';
import { type CommonOptions, openSession } from './session.ts';

/** Runs the app as `fairlead` alone asks for it; the exit code. */
export async function openBare(options: CommonOptions, argv: readonly string[]): Promise<number> {
  const session = openSession(options, argv);
  try {
    return await runApp(session);
  } catch (error) {
    printFailure(session.console, error);
    return exitCodeOf(failureOf(error));
  }
}

/** For what nobody has caught: says it, and answers the exit code. */
export function reportUncaught(error: unknown, options: CommonOptions): number {
  return reportCrash(error, processConsole(options, process.env));
}
