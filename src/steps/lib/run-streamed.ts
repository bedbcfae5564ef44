import { EVIDENCE_LINES } from '../../model/failure.ts';
import type { Command, Executed } from '../../model/ports.ts';
import type { ApplyContext } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';

/** A longer line (in characters) is no evidence that anybody reads; cut, it could end with half a secret. */
const LONGEST_EVIDENCE = 16 * 1024;

/** A line that a program printed, as a failure may quote it. */
export function evidenceLine(line: string): string {
  return line.length < LONGEST_EVIDENCE ? sanitize(line) : `[a line of ${line.length} characters or more]`;
}

/** What running a program takes of an apply's context. */
export type RunContext = Pick<ApplyContext, 'host' | 'signal' | 'output'>;

/** How a program ended, with the end of its output in the order in which it came. */
export interface Streamed extends Executed {
  /** The last 40 lines of standard output and standard error, without escape sequences. */
  readonly tail: readonly string[];
}

/**
 * Runs a program and gives each of its lines out as it comes. `onLine` sees a line first and returns false to keep
 * it out of the output: a line of progress, say. Throws if the step was aborted before it started.
 */
export async function runStreamed(ctx: RunContext, command: Command, onLine?: (line: string) => boolean): Promise<Streamed> {
  ctx.signal.throwIfAborted();
  const tail: string[] = [];
  const executed = await ctx.host.exec(command, {
    signal: ctx.signal,
    onLine: (line) => {
      if (onLine?.(line) === false) return;
      tail.push(evidenceLine(line));
      if (tail.length > EVIDENCE_LINES) tail.shift();
      ctx.output(line);
    },
  });
  return { ...executed, tail };
}
