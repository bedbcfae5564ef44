import type { PlannedRun } from '../model/dispatch.ts';
import type { Plan } from './prepare-run.ts';
import type { RunRequest } from './run-request.ts';

/** A run that was planned, with all that is needed to begin it. The request holds secrets as they were typed: it stays in memory. */
export interface PreparedRun {
  /** What `run` takes: a recipe's name or path. */
  readonly ref: string;
  readonly deployment: string;
  readonly request: RunRequest;
  /** The deployment's latest run when this was planned: another one since makes the plan out of date. */
  readonly latestRun?: string;
  readonly plan: Plan;
}

/** A view gets the plan only; what stands behind it is found again by the very same object. */
const prepared = new WeakMap<PlannedRun, PreparedRun>();

/** Keeps what stands behind a plan. */
export function prepare(planned: PlannedRun, run: PreparedRun): PlannedRun {
  prepared.set(planned, run);
  return planned;
}

/** What stands behind a plan; undefined for one that was not made here. */
export function preparedOf(planned: PlannedRun): PreparedRun | undefined {
  return prepared.get(planned);
}
