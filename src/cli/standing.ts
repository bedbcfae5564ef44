import type { DeploymentStanding } from '../model/catalogue.ts';
import { failureOf } from '../model/failure.ts';
import { installedRun, type ReadableRun, standingOf, unfinishedRun } from './deployments.ts';

/** How a deployment stands whose record can be read. `held`: a living process runs it. */
export function deploymentStanding(runs: readonly ReadableRun[], held: boolean): DeploymentStanding {
  if (held) return 'running';
  const unfinished = unfinishedRun(runs);
  if (unfinished !== undefined) return unfinished.last.type === 'run.stopped' ? 'stopped' : 'broken-off';
  const installed = installedRun(runs);
  if (installed === undefined) return runs.length === 0 ? 'empty' : 'uninstalled';
  return standingOf(installed) === 'ok' ? 'installed' : 'abandoned';
}

/** What a run was for, in a few words. */
export function whatFor({ header: { options, recipe } }: ReadableRun): string {
  if (options.rotate !== undefined) return `rotate ${options.rotate}`;
  return options.task ?? `${recipe.name} ${recipe.version}`;
}

/** Is this a record that can't be read, and no other trouble? */
export function isDamage(error: unknown): boolean {
  return failureOf(error).code.startsWith('journal.');
}
