import type { Around } from '../page.ts';
import { lentTerminal, type RunPageState, sideOf } from './run-page-state.ts';

/** How the page's room is shared out, in cells. */
export interface RunLayout {
  /** Of the steps, with the line that parts them from the rest; 0 where the right side has all the width. */
  readonly left: number;
  readonly right: number;
  readonly rows: number;
}

/** At 80 columns the steps have 30; on a wider screen titles are cut less. */
const LEFT = { least: 30, most: 48, share: 0.35 } as const;

/** The layout for a page of this size. Whoever chooses a step sees the steps. */
export function layoutOf(state: RunPageState, { columns, rows }: Pick<Around, 'columns' | 'rows'>): RunLayout {
  // A plan has the steps in it, and a terminal needs all the width that there is.
  const needsAll = state.ask?.question.about === 'plan' || lentTerminal(state) !== undefined;
  const left =
    (state.focus === 'ask' && needsAll) || (state.wide && state.focus !== 'steps')
      ? 0
      : Math.round(clamp(columns * LEFT.share, LEFT.least, LEFT.most));
  return { left, right: columns - left - (left === 0 ? 0 : 1), rows };
}

/** The surroundings of the right side alone. */
export function rightOf(state: RunPageState, around: Around): Around {
  return { ...around, columns: layoutOf(state, around).right };
}

/** Is a question open that is not in sight now? */
export function questionHidden(state: RunPageState): boolean {
  return state.ask !== undefined && sideOf(state) !== 'ask';
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value));
}
