import type { Draft, PlannedRun } from '../../../model/dispatch.ts';
import { hasForm, stepsOfDraft } from '../../../model/draft.ts';
import type { Orphan, StepForecast } from '../../../model/events.ts';
import { onlyReads } from '../../../model/plan-effect.ts';
import type { RunState } from '../../../model/run-state.ts';
import { countPlan } from '../../lib/plan-text.ts';
import { isIdle, type PlanAction, type PlanShown, type PlanStep } from './plan-shown.ts';

/** A plan that was made, with what can be done about it, to be shown on its page. */
export function shownPlan(plan: PlannedRun, draft: Draft): PlanShown {
  const told = new Map(stepsOfDraft(draft).map((step) => [step.id as string, step]));
  return {
    steps: plan.steps.map((step): PlanStep => {
      const { explain, danger } = told.get(step.id) ?? {};
      return {
        ...step,
        ...(explain === undefined ? {} : { explain }),
        ...(danger === undefined ? {} : { danger: true }),
      };
    }),
    forecast: plan.forecast,
    notes: notesOf(plan.changedInputs, plan.orphans, draft.deployment),
    actions: actionsFor(plan, backTo(draft)),
  };
}

/** What the operator can say to a plan; the first is yes. */
function actionsFor({ forecast, user }: PlannedRun, back: string): readonly PlanAction[] {
  const where = user === undefined ? 'on this host' : `on this host, as ${user}`;
  if (!isIdle(forecast)) return [{ key: 'y', label: 'Do it', explain: `${willHappen(forecast)}; ${where}` }];
  const goBack: PlanAction = { key: 'i', label: 'Go back', explain: back };
  if (forecast.some(onlyReads)) {
    return [{ key: 'y', label: 'Do it', explain: `${willHappen(forecast)}, changes nothing; ${where}` }, goBack];
  }
  const checks: PlanAction = {
    key: 'y',
    label: 'Run the checks anyway',
    explain: 'looks at every step again and keeps a record of it; changes nothing that is as wanted',
  };
  return [checks, goBack];
}

/** Where the way back from a plan leads. */
export function backTo(draft: Draft): string {
  return hasForm(draft) ? 'to the form, as it was filled in' : 'to the list of tasks';
}

/** What a plan will do, in words: `creates 12, changes 3, runs 2`, counted in steps. */
export function willHappen(forecast: readonly StepForecast[]): string {
  const counts = countPlan(forecast);
  const parts = [
    [counts.create, 'creates'],
    [counts.update, 'changes'],
    [counts.delete, 'deletes'],
    [counts.run, 'runs'],
    [counts.check, 'waits for'],
    [counts.read, 'reads'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, does]) => `${does} ${count}`);
  const later = counts.knownAfterApply;
  const more = later === 0 ? [] : [`${later} ${said.length === 0 ? '' : 'more '}known on the way`];
  return [...said, ...more].join(', ') || 'asks first';
}

/** The plan that a run asks about, to be shown with what can be answered. Empty before the run has made one. */
export function planOfRun({ header, forecast = [], changedInputs }: RunState, actions: readonly PlanAction[]): PlanShown {
  const notes = header === undefined ? [] : notesOf([...changedInputs], header.orphans, header.deployment);
  return { steps: header?.steps ?? [], forecast, notes, actions };
}

function notesOf(changed: readonly string[], orphans: readonly Orphan[] = [], deployment: string): readonly string[] {
  const names = orphans.map(({ step }) => step).join(', ');
  return [
    ...(changed.length === 0 ? [] : [`Another value than before: ${changed.join(', ')}.`]),
    ...(orphans.length === 0
      ? []
      : [
          `The recipe does not have these steps any more, and what they made is left as it is: ${names}. ` +
            `It is removed with: fairlead task ${deployment} remove-orphans`,
        ]),
  ];
}
