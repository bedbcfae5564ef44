import type { StepForecast } from './events.ts';
import type { Change } from './step.ts';

/** Does it change something, when it is done? What is waited for, or asked of a program that only reads, does not. */
export function changesWorld({ action }: Change): boolean {
  return action !== 'check' && action !== 'read';
}

/** Is a step done by nothing but programs that only read? Then it leaves no doubt behind, and counts as `ok`. */
export function onlyReads({ changes }: { readonly changes: readonly Change[] }): boolean {
  return changes.length > 0 && changes.every(({ action }) => action === 'read');
}

/**
 * The steps of a plan that need the operator's yes; none: it goes on without one. What a program that only reads will say
 * needs none. What is not known yet does, and so does a wait, which may send something.
 */
export function needingYes(forecast: readonly StepForecast[]): readonly StepForecast[] {
  return forecast.filter((step) => step.waitsFor !== undefined || (step.changes.length > 0 && !onlyReads(step)));
}
