import { type PlanGroup, type PlanRow, type PlanShown, planRows } from './plan-shown.ts';

/** A plan on the screen, and where the operator is in it. */
export interface PlanPartState {
  readonly plan: PlanShown;
  /** The row that is chosen, counted over the rows of the list and then the actions. */
  readonly cursor: number;
  /** The groups whose steps are shown. */
  readonly open: readonly PlanGroup[];
  /** Where the keys go: the list, the detail of the chosen step, or the whole plan as one text. */
  readonly view: 'list' | 'detail' | 'all';
  /** The first line shown of the detail, or of the whole. */
  readonly top: number;
}

/** A plan that has just come to the screen. */
export function planPartOf(plan: PlanShown): PlanPartState {
  const open: readonly PlanGroup[] = ['todo'];
  const first = planRows(plan, open).findIndex(({ kind }) => kind === 'step');
  return { plan, cursor: Math.max(0, first), open, view: 'list', top: 0 };
}

/** The rows of the list as it stands. */
export function rowsOf({ plan, open }: PlanPartState): readonly PlanRow[] {
  return planRows(plan, open);
}

/** The row of the list that is chosen; undefined where an action is. */
export function chosenRow(state: PlanPartState): PlanRow | undefined {
  return rowsOf(state)[state.cursor];
}

/** The number of the action that is chosen, from 0; undefined where a row of the list is. */
export function chosenAction(state: PlanPartState): number | undefined {
  const at = state.cursor - rowsOf(state).length;
  return at >= 0 && at < state.plan.actions.length ? at : undefined;
}
