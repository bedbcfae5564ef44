import type { StepForecast } from '../../../model/events.ts';
import { reasonText } from '../../lib/change-text.ts';
import { type PlanShown, stepOf } from './plan-shown.ts';

/** What is worth knowing of a planned step at a glance, in a few words each; `asks`: the run will stop there and ask. */
export interface StepTag {
  readonly text: string;
  readonly asks: boolean;
}

/** The tags of a step, the weightiest first. */
export function stepTags(plan: PlanShown, forecast: StepForecast): readonly StepTag[] {
  const { danger, uses } = stepOf(plan, forecast.step);
  if (forecast.skipped === true) return [];
  const acts = forecast.changes.length > 0 || forecast.waitsFor !== undefined;
  return [
    ...(danger === true && acts ? [{ text: 'danger', asks: true }] : []),
    ...(forecast.drift === true ? [{ text: 'edited by hand', asks: true }] : []),
    ...(forecast.adopts === undefined ? [] : [{ text: 'holds old data', asks: true }]),
    ...(uses === 'manual' && acts ? [{ text: 'by hand', asks: true }] : []),
    ...(forecast.waitsFor === undefined
      ? []
      : [{ text: `known after ${numberOr(plan, forecast.waitsFor, 'step ')}`, asks: false }]),
    ...(forecast.invalidatedBy === undefined
      ? []
      : [{ text: `again: ${forecast.invalidatedBy.map(reasonText).join(', ')}`, asks: false }]),
    ...(forecast.kept === undefined ? [] : [{ text: 'keeps a hand edit', asks: false }]),
  ];
}

/** `step 12`, or the step's id where the recipe has no such step. */
export function numberOr(plan: PlanShown, id: string, before: string): string {
  const { number } = stepOf(plan, id);
  return number === 0 ? id : `${before}${number}`;
}

/** What the run will ask on its way, counted: `1 danger, 2 edited by hand`; empty where it asks nothing. */
export function askedOnTheWay(plan: PlanShown): string {
  const counts = new Map<string, number>();
  for (const step of plan.forecast)
    for (const { text, asks } of stepTags(plan, step)) if (asks) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => `${count} ${count === 1 ? text : (OF_SEVERAL[text] ?? text)}`).join(', ');
}

/** Tags that are other words where several steps have them. */
const OF_SEVERAL: Readonly<Record<string, string>> = { danger: 'dangers', 'holds old data': 'hold old data' };
