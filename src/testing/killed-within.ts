import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from './fairlead-process.ts';

const killAtLine = fileURLToPath(new URL('./crash/kill-at-line.ts', import.meta.url));

/** The environment in which a fairlead sends itself a signal at that moment: see `crash/kill-at-line.ts`. Default: SIGKILL. */
export function killedAt(moment: string, signal: NodeJS.Signals = 'SIGKILL'): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${killAtLine}`, FAIRLEAD_KILL_AT: moment, FAIRLEAD_KILL_WITH: signal };
}

/** In the middle of what a run is killed. */
export interface Middle {
  readonly step: string;
  /** Is it there? A look that fails says no. */
  isAt(): Promise<boolean>;
}

/**
 * Starts a run of `--json`, and kills its process (SIGKILL) as soon as that step is at work and in the middle; where nobody
 * looked in time, at its end, before that is written down.
 */
export async function killedWithin(fairlead: Fairlead, { step, isAt }: Middle, args: readonly string[]): Promise<void> {
  await inStateOf(fairlead, beforeTheEndOf(step), async (killed) => {
    const begun = Promise.withResolvers<ChildProcess>();
    const end = killed.start(args, (line, child) => {
      const event = JSON.parse(line) as JournalEvent;
      if (event.type === 'step.intended' && event.step === step) begun.resolve(child);
    });
    const child = await Promise.race([begun.promise, end.then(({ stderr }) => Promise.reject(new Error(`it ended: ${stderr}`)))]);
    let over = false;
    void end.finally(() => {
      over = true;
    });
    await expect.poll(async () => over || (await isAt().catch(() => false)), { interval: 20 }).toBe(true);
    child.kill('SIGKILL');
    return end;
  });
}

/** Runs it in the same state folder until it kills itself: once its step has come to its end, and before that is written down. */
export function killedBeforeTheEndOf(step: string, fairlead: Fairlead, args: readonly string[]): Promise<void> {
  return inStateOf(fairlead, beforeTheEndOf(step), (killed) => killed.run(...args));
}

/** Runs it in the same state folder until it kills itself: before it types that answer to a program, which waits for it. */
export function killedBeforeTyping(
  answer: string,
  fairlead: Fairlead,
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<void> {
  return inStateOf(fairlead, `typing ${answer}`, (killed) => killed.start(args, onLine));
}

const beforeTheEndOf = (step: string): string => `before "type":"step.finished","step":"${step}"`;

async function inStateOf({ stateDir }: Fairlead, moment: string, act: (killed: Fairlead) => Promise<FairleadEnd>): Promise<void> {
  const killed = await createFairlead({ FAIRLEAD_STATE_DIR: stateDir, ...killedAt(moment) });
  try {
    const { code, stderr } = await act(killed);
    expect(code, stderr).toBeNull();
  } finally {
    await killed.cleanUp();
  }
}
