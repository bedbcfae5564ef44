import type { StepForecast } from '../../../model/events.ts';
import { foldLine, foldLines } from '../../lib/fold-line.ts';
import { countPlan, foldCounts, markSign, summaryLines } from '../../lib/plan-text.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import { chosenAction, chosenRow, type PlanPartState, rowsOf } from './plan-part-state.ts';
import { isIdle } from './plan-shown.ts';
import { stepDetail } from './step-detail.ts';
import { askedOnTheWay } from './step-tags.ts';

/** Room for a plan, in cells. */
export interface PlanRoom {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}

/** How a plan is laid out in its room. */
export interface PlanLayout {
  readonly head: readonly string[];
  readonly foot: readonly string[];
  /** The rows between head and foot: of the list, the detail, or the whole. */
  readonly rows: number;
  /** Of the list; with `detail` beside it where there is room for both. */
  readonly list: number;
  /** Columns of the detail. */
  readonly detail: number;
  /** Are list and detail beside each other? */
  readonly wide: boolean;
}

/** From so many columns on there is room for the list and the detail. */
const WIDE = 110;
/** Between the two. */
export const GAP = 3;

/** Lays a plan out. */
export function layOut(state: PlanPartState, room: PlanRoom): PlanLayout {
  const { columns, rows, style } = room;
  const wide = columns >= WIDE && state.view !== 'all';
  // A text that is read has all the room; what counts is in the list.
  const text = state.view !== 'list' && !wide;
  const foot = text ? [] : footLines(state, columns, style);
  const head = text ? [] : headLines(state, columns, style);
  const list = wide ? Math.floor(columns * 0.45) : columns;
  const detail = wide ? columns - list - GAP : columns;
  const left = Math.max(1, rows - head.length - foot.length);
  return { head, foot, rows: left, list, detail, wide };
}

/** The counts, and what is to be known before anything else. */
function headLines({ plan }: PlanPartState, columns: number, style: Style): readonly string[] {
  const { forecast, notes } = plan;
  const counts = isIdle(forecast) ? foldLine(idleText(forecast, style), columns) : summaryLines(forecast, columns);
  const asked = askedOnTheWay(plan);
  const warned =
    asked === '' ? [] : foldCounts(`${sign('warning', style)} You will be asked on the way: ${asked}.`, columns, '    ');
  return [
    ...counts.map((line) => paint(line, 'strong', style)),
    ...notes.flatMap((note) => foldLine(words(note, style), columns)),
    ...warned.map((line) => paint(line, 'asking', style)),
    '',
  ];
}

function idleText(forecast: readonly StepForecast[], style: Style): string {
  const { nothing, read } = countPlan(forecast);
  const skipped = forecast.length - nothing - read;
  const isOrAre = (count: number): string => (count === 1 ? 'is' : 'are');
  const steps = (count: number): string => (count === 1 ? '1 step' : `${count} steps`);
  const wanted = `${steps(nothing)} ${isOrAre(nothing)} as wanted`;
  const left = skipped === 0 ? '' : `, ${skipped} ${isOrAre(skipped)} left out`;
  if (read === 0) return `Nothing to do: ${wanted}${left}.`;
  const reading = `${nothing === 0 ? steps(read) : read} only ${read === 1 ? 'reads' : 'read'} (${markSign('read', { ...style, colour: false })})`;
  return `Nothing to change: ${nothing === 0 ? '' : `${wanted}, `}${reading}${left}.`;
}

/** The actions, each with what happens then. */
function footLines(state: PlanPartState, columns: number, style: Style): readonly string[] {
  const { actions } = state.plan;
  if (actions.length === 0) return [];
  const width = Math.max(...actions.map(({ key }) => key.length));
  const chosen = state.view === 'list' ? chosenAction(state) : undefined;
  const indent = ' '.repeat(width + 4);
  const lines = actions.flatMap(({ key, label, explain }, at) => {
    const name = `${at === chosen ? sign('pointer', style) : ' '} ${key.padEnd(width)}  ${label}`;
    const [first = '', ...rest] = foldLine(`${name}: ${words(explain, style)}`, columns);
    const painted = `${paint(name, at === chosen ? 'chosen' : 'strong', style)}${first.slice(name.length)}`;
    return [painted, ...rest.map((line) => `${indent}${line.trimStart()}`)];
  });
  return ['', ...lines];
}

/** The detail of the chosen row, in the columns that it has. */
export function detailOf(state: PlanPartState, columns: number, style: Style): readonly string[] {
  const row = chosenRow(state);
  if (row?.kind === 'step') return stepDetail(state.plan, row.step, columns, style);
  if (row?.kind !== 'group') return [];
  return foldLines(GROUP_WORDS[row.group], columns).map((line) => paint(line, 'faint', style));
}

const GROUP_WORDS = {
  todo: ['What a run will do, in this order, each step once those before it are done.'],
  wanted: ['These are as wanted: the run looks at them again, and goes on.', 'Enter shows them, or folds them away.'],
  skipped: [
    'Their conditions do not hold. What they made in earlier runs, if anything, stays.',
    'Enter shows them, or folds them away.',
  ],
} as const;

/** The whole plan as one text: every step in its order, with all of its changes. */
export function wholePlan({ plan }: PlanPartState, columns: number, style: Style): readonly string[] {
  return plan.forecast.flatMap((step, at) => [...(at === 0 ? [] : ['']), ...stepDetail(plan, step, columns, style)]);
}

/** The lines that are scrolled in the present view; undefined in the list. */
export function scrolledText(
  state: PlanPartState,
  layout: PlanLayout,
  { columns, style }: PlanRoom,
): readonly string[] | undefined {
  if (state.view === 'all') return wholePlan(state, columns, style);
  return state.view === 'detail' ? detailOf(state, layout.detail, style) : undefined;
}

/** How many rows can be chosen: those of the list, and the actions. */
export function choosable(state: PlanPartState): number {
  return rowsOf(state).length + state.plan.actions.length;
}
