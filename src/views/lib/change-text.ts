import type { EventOf, StepForecast } from '../../model/events.ts';
import { paint, type Style } from './style.ts';
import { words } from './words.ts';

/** What comes before a plan: the steps that a change of mind invalidates, and those that the recipe has no more. */
export function changeOfMindLines(
  forecast: readonly StepForecast[],
  header: Pick<EventOf<'run.started'>, 'deployment' | 'orphans'> | undefined,
  style: Style,
): readonly string[] {
  return [...invalidatedLines(forecast, style), ...orphanLines(header, style)];
}

function invalidatedLines(forecast: readonly StepForecast[], style: Style): readonly string[] {
  const invalidated = forecast.filter(({ invalidatedBy }) => invalidatedBy !== undefined);
  if (invalidated.length === 0) return [];
  const width = Math.max(...invalidated.map(({ step }) => step.length));
  return [
    paint('These steps were done, and count no more:', 'asking', style),
    ...invalidated.map(({ step, invalidatedBy }) => {
      const why = (invalidatedBy ?? []).map(reasonText).join(', ');
      return `    ${words(step, style).padEnd(width)}  ${words(why, style)}`;
    }),
    '',
  ];
}

/** Why a step that was done counts no more: `input:port` in words. */
export function reasonText(reason: string): string {
  const [kind, name] = reason.split(':', 2);
  switch (kind) {
    case 'input':
      return `another value of ${name}`;
    case 'step':
      return `builds on ${name}`;
    case 'from':
      return 'you go on from there';
    default:
      return 'what it is to do has changed';
  }
}

function orphanLines(
  header: Pick<EventOf<'run.started'>, 'deployment' | 'orphans'> | undefined,
  style: Style,
): readonly string[] {
  const orphans = header?.orphans ?? [];
  if (header === undefined || orphans.length === 0) return [];
  return [
    paint('The recipe does not have these steps any more; what they made is left as it is:', 'asking', style),
    ...orphans.map(({ step, run, sharedWith }) => {
      const shared = sharedWith === undefined ? '' : `; ${words(sharedWith, style)} needs a part of it: remove the rest by hand`;
      return `    ${words(step, style)}  (done last in run ${words(run, style)}${shared})`;
    }),
    `    Remove it with: fairlead task ${words(header.deployment, style)} remove-orphans`,
    '',
  ];
}
