import type { Draft, PlannedRun, Typed } from '../../../model/dispatch.ts';
import { type Loaded, loading } from '../loaded.ts';

/** What a run would change, before anything is written. */
export interface PlanState {
  readonly kind: 'plan';
  readonly draft: Draft;
  /** What was typed: kept to begin with, never drawn. */
  readonly typed: Typed;
  readonly plan: Loaded<PlannedRun>;
  /** The row that is chosen. */
  readonly cursor: number;
}

/** The page while the plan is being made. */
export function planOf(draft: Draft, typed: Typed): PlanState {
  return { kind: 'plan', draft, typed, plan: loading, cursor: 0 };
}
