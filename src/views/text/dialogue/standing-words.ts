import type { DeploymentStanding, DeploymentSummary, RunSummary } from '../../../model/catalogue.ts';
import type { StopReason } from '../../../model/events.ts';

const STANDINGS: Readonly<Record<DeploymentStanding, string>> = {
  running: 'a run is under way',
  stopped: 'its run has stopped and can be resumed',
  'broken-off': 'its run broke off and can be resumed',
  installed: 'installed',
  abandoned: 'given up',
  uninstalled: 'uninstalled',
  empty: 'nothing was done yet',
  damaged: 'its record is damaged',
};

const REASONS: Readonly<Record<StopReason, string>> = {
  failed: 'a step failed',
  'operator-needed': 'an operator was needed',
  interrupted: 'it was interrupted',
  unreachable: 'the host could not be reached',
};

/** How a deployment stands, in words. */
export function standingWords({ standing }: DeploymentSummary): string {
  return STANDINGS[standing];
}

/** `lighthouse 1.0.0, begun on 2026-01-01 at 12:00 UTC; it stopped because a step failed`. */
export function runWords({ what, startedAt, stopReason }: RunSummary): string {
  const begun = startedAt.replace(/^(.{10})T(.{5}).*$/, '$1 at $2 UTC');
  return `${what}, begun on ${begun}${stopReason === undefined ? '' : `; it stopped because ${REASONS[stopReason]}`}`;
}
