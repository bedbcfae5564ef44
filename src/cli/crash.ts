import { exitCodes, FairleadError, failureOf } from '../model/failure.ts';
import { type Console, printFailure } from './output.ts';

/** So much of a stack tells where it happened. */
const STACK_LINES = 10;

/**
 * Says what went wrong where nobody caught it, without the secrets that it may quote: Node's own report would print the
 * error whole, with all that hangs on it. The exit code.
 */
export function reportCrash(error: unknown, console: Console): number {
  const failure = failureOf(error);
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  printFailure(
    console,
    new FairleadError({ ...failure, fault: 'bug', evidence: { tail: stack.slice(0, STACK_LINES).map((line) => line.trim()) } }),
  );
  return exitCodes.bug;
}
