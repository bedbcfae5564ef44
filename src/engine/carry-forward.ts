import type { EventMap } from '../model/events.ts';
import type { RunState } from '../model/run-state.ts';
import type { Carried } from '../model/step.ts';

/** What a deployment's next run starts from. */
export type Heritage = Pick<EventMap['run.started'], 'carried' | 'made' | 'inputs'>;

/**
 * What the last run of a deployment leaves to the next: for each step what its last finish left, and all that
 * fairlead made. After an uninstall nothing counts as done any more. Pure.
 */
export function carryForward(last: RunState | undefined): Heritage {
  const header = last?.header;
  if (last === undefined || header === undefined) return { carried: {}, made: [], inputs: {} };
  const made = [...last.made].sort();
  if (header.kind === 'uninstall' && last.status === 'ok') return { carried: {}, made, inputs: header.inputs };
  const carried: Record<string, Carried> = { ...header.carried };
  if (header.kind === 'converge') {
    for (const step of last.steps.values()) {
      if (step.carried !== undefined) carried[step.id] = step.carried;
    }
  }
  return { carried, made, inputs: header.inputs };
}
