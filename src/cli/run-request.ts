import type { StandingAnswers } from '../engine/policy.ts';
import type { RunOptions } from '../model/events.ts';
import type { GivenInputs } from './input-rules.ts';

/** How `run`, `resume` and `task` are asked to go about it. */
export interface RunRequest {
  readonly standing: StandingAnswers;
  readonly options: RunOptions;
  readonly inputs: GivenInputs;
  readonly name?: string;
}
