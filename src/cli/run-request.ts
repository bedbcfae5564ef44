import type { StandingAnswers } from '../engine/policy.ts';
import type { RunOptions } from '../model/events.ts';

/** How `run`, `resume` and `task` are asked to go about it. */
export interface RunRequest {
  readonly standing: StandingAnswers;
  readonly options: RunOptions;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly name?: string;
}
