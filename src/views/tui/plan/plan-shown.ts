import type { StepForecast } from '../../../model/events.ts';
import { onlyReads } from '../../../model/plan-effect.ts';
import { markOf } from '../../lib/plan-text.ts';

/** A step of a plan, as the recipe has it. */
export interface PlanStep {
  readonly id: string;
  readonly title: string;
  /** The name of its step type; empty where it is not known. */
  readonly uses: string;
  /** What it is for, in the recipe's words. */
  readonly explain?: string;
  /** A word has to be typed before it acts. */
  readonly danger?: true;
}

/** Something to choose below a plan. */
export interface PlanAction {
  /** The key that chooses it as well: it is shown, and what it does is its page's. */
  readonly key: string;
  readonly label: string;
  /** What happens then, in a few words. */
  readonly explain: string;
}

/** A plan, and what is to be said and chosen with it. All texts as they came: they are made safe when they are drawn. */
export interface PlanShown {
  /** All steps of the recipe, in its order: their numbers are counted here. */
  readonly steps: readonly PlanStep[];
  /** Those that were looked at. */
  readonly forecast: readonly StepForecast[];
  /** Sentences above the list. */
  readonly notes: readonly string[];
  readonly actions: readonly PlanAction[];
}

/** What a step will do with this run: something, nothing as it is as wanted, nothing as it is left out. */
export type PlanGroup = 'todo' | 'wanted' | 'skipped';

/** A row of the list of a plan. */
export type PlanRow =
  | { readonly kind: 'group'; readonly group: PlanGroup; readonly count: number; readonly open: boolean }
  | { readonly kind: 'step'; readonly step: StepForecast };

const GROUPS: readonly PlanGroup[] = ['todo', 'wanted', 'skipped'];

/** The group of a step. One that may ask something is among those that do something. */
export function groupOf(step: StepForecast): PlanGroup {
  const mark = markOf(step);
  if (mark === 'skipped') return 'skipped';
  return mark === 'nothing' && step.adopts === undefined && step.drift !== true ? 'wanted' : 'todo';
}

/** Is there nothing that this plan would do, ask the operator or wait for? Programs that only read do nothing. */
export function isIdle(forecast: readonly StepForecast[]): boolean {
  return forecast.every((step) => groupOf(step) !== 'todo' || (onlyReads(step) && step.adopts === undefined));
}

/**
 * The rows of the list: what will be done first, then what stays as it is, each in the order of the recipe. What is done for
 * is folded into one row until it is opened. A plan of one group that does something needs no headings.
 */
export function planRows({ forecast }: PlanShown, open: readonly PlanGroup[]): readonly PlanRow[] {
  const groups = GROUPS.map((group) => [group, forecast.filter((step) => groupOf(step) === group)] as const).filter(
    ([, steps]) => steps.length > 0,
  );
  const bare = groups.length === 1 && groups[0]?.[0] === 'todo';
  return groups.flatMap(([group, steps]): readonly PlanRow[] => {
    const shown = bare || open.includes(group);
    const rows = shown ? steps.map((step): PlanRow => ({ kind: 'step', step })) : [];
    return bare ? rows : [{ kind: 'group', group, count: steps.length, open: shown }, ...rows];
  });
}

/** A step of the forecast with what the recipe says of it, and its number in the recipe, from 1. */
export function stepOf(plan: PlanShown, id: string): PlanStep & { readonly number: number } {
  const { byId } = indexOf(plan);
  return byId.get(id) ?? { id, title: id, uses: '', number: 0 };
}

interface Index {
  readonly byId: ReadonlyMap<string, PlanStep & { readonly number: number }>;
}

/** Steps are looked up for each row of each frame. */
const indexes = new WeakMap<readonly PlanStep[], Index>();

function indexOf({ steps }: PlanShown): Index {
  const known = indexes.get(steps);
  if (known !== undefined) return known;
  const index = { byId: new Map(steps.map((step, at) => [step.id, { ...step, number: at + 1 }])) };
  indexes.set(steps, index);
  return index;
}
