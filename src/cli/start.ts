import { enableCompileCache } from 'node:module';
import { bareOptions } from './bare-options.ts';
import { isKnownTerminal, wantsPlain } from './known-terminal.ts';

/** Runs the app where a person wants it, else the command that was asked for; the exit code. */
export async function start(argv: readonly string[]): Promise<number> {
  leaveGoneFolder();
  // V8's code of the bundle, kept beside it: where that can't be written, nothing is kept. The sources stay without litter.
  if (import.meta.filename.endsWith('.js')) enableCompileCache(`${import.meta.dirname}/cache`);
  const options = bareOptions(argv);
  const drawable = isKnownTerminal(process.env) && !wantsPlain(process.env);
  if (options !== undefined && process.stdin.isTTY && process.stdout.isTTY && drawable) {
    // Most of the program is loaded after the first frame: nobody waits for it before.
    const { openBare, reportUncaught } = await import('./open-bare.ts');
    onUncaught((error) => reportUncaught(error, options));
    return openBare(options, argv);
  }
  const { reportUncaught, runCommandLine } = await import('./command-line.ts');
  onUncaught((error) => reportUncaught(error, argv));
  return runCommandLine(argv);
}

/** A folder that was removed under the shell is none to work in: much of what we load, and every program we start, asks for it. */
function leaveGoneFolder(): void {
  try {
    process.cwd();
  } catch {
    process.chdir('/');
    process.stderr.write('fairlead: The folder that you are in was removed; / stands in its place.\n');
  }
}

/** Ends the process after an error that nobody caught, and says so last: only then a terminal that was drawn on is its own again. */
function onUncaught(report: (error: unknown) => number): void {
  process.on('uncaughtException', (error) => {
    process.on('exit', () => {
      process.exitCode = report(error);
    });
    process.exit();
  });
}
