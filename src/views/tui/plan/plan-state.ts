import type { Draft, PlannedRun, Typed } from '../../../model/dispatch.ts';
import { type Loaded, loading } from '../loaded.ts';
import type { PlanPartState } from './plan-part-state.ts';

/** What a run would change, before anything is written. */
export interface PlanState {
  readonly kind: 'plan';
  readonly draft: Draft;
  /** What was typed: kept to begin with, never drawn. */
  readonly typed: Typed;
  /** The number of this page's question for a plan: the answer to another one is not for it. */
  readonly asked: number;
  /** When it was asked for, in milliseconds since the epoch. */
  readonly since: number;
  readonly plan: Loaded<PlannedRun>;
  /** The step that is looked at, while the plan is being made. */
  readonly looking?: string;
  /** The plan as it is shown; absent until it is there. */
  readonly part?: PlanPartState;
  /** Of a plan that failed: the first line shown. */
  readonly top: number;
  /** The run that a living process has, where that is why there is no plan. */
  readonly held?: string;
}

/** The page while the plan is being made. */
export function planOf(
  draft: Draft,
  typed: Typed,
  { asked, since }: { readonly asked: number; readonly since: number },
): PlanState {
  return { kind: 'plan', draft, typed, asked, since, plan: loading, top: 0 };
}
