import { Aborted, red, say } from './environment.ts';
import type { Flags, Known } from './flags.ts';

/** A command of `tootctl`: the flags that it knows, and what it does. */
export interface Command {
  readonly flags?: Known;
  /** Words that it needs, by the names that its help has for them. */
  readonly words?: readonly string[];
  run(flags: Flags): void | Promise<void>;
}

/** Ends a command with 1; what it says is red at a terminal. */
export const failWith = (message: string): Aborted => new Aborted('Thor::Error', red(message));

/** What stands behind a result that was none. */
export const dryRun = (flags: Flags): string => (flags.has('dry-run') ? ' (DRY RUN)' : '');

/** The bar of something that is over: at a terminal with figures, elsewhere without. */
export function showProgress(count: number): void {
  if (process.stdout.isTTY) say(`${count}/${count} |${'='.repeat(60)}| Time: 00:00:00`);
  else say(`Progress: |${'='.repeat(68)}|`);
}
