import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { createFairlead, type Fairlead } from './fairlead-process.ts';

const killAtLine = fileURLToPath(new URL('./crash/kill-at-line.ts', import.meta.url));

/** In the middle of what a run is killed. */
export interface Middle {
  readonly step: string;
  /** Is it there? A look that fails says no. */
  isAt(): Promise<boolean>;
  /** Sees each line as it comes; where it fails, the test does. */
  readonly onLine?: (line: string) => void | Promise<void>;
}

/** Starts a run of `--json`, and kills its process (SIGKILL) as soon as that step is at work and in the middle. */
export async function killedWithin(fairlead: Fairlead, { step, isAt, onLine }: Middle, args: readonly string[]): Promise<void> {
  const begun = Promise.withResolvers<ChildProcess>();
  const end = fairlead.start(args, (line, child) => {
    Promise.resolve(onLine?.(line)).catch(begun.reject);
    const event = JSON.parse(line) as JournalEvent;
    if (event.type === 'step.intended' && event.step === step) begun.resolve(child);
  });
  const child = await Promise.race([begun.promise, end.then(({ stderr }) => Promise.reject(new Error(`it ended: ${stderr}`)))]);
  await expect.poll(() => isAt().catch(() => false), { timeout: 60_000, interval: 20 }).toBe(true);
  child.kill('SIGKILL');
  expect((await end).code).toBeNull();
}

/** Runs it in the same state folder until it kills itself: once its step has come to its end, and before that is written down. */
export async function killedBeforeTheEndOf(step: string, { stateDir }: Fairlead, args: readonly string[]): Promise<void> {
  const killed = await createFairlead({
    FAIRLEAD_STATE_DIR: stateDir,
    NODE_OPTIONS: `--import=${killAtLine}`,
    FAIRLEAD_KILL_AT: `before "type":"step.finished","step":"${step}"`,
  });
  try {
    expect((await killed.run(...args)).code).toBeNull();
  } finally {
    await killed.cleanUp();
  }
}
