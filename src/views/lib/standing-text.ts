import type { DeploymentSummary, Health, RunSummary } from '../../model/catalogue.ts';
import type { StopReason } from '../../model/events.ts';
import { type Meaning, paint, type Style, sign } from './style.ts';
import { words } from './words.ts';

const REASONS: Readonly<Record<StopReason, string>> = {
  failed: 'a step failed',
  'operator-needed': 'needs an operator',
  interrupted: 'interrupted',
  unreachable: 'host not reachable',
};

/** How a deployment stands, in a few words; of one that is installed also how well it is, where that is known. */
export function standingText({ standing, unfinished, asks }: DeploymentSummary, health: Health | undefined): string {
  switch (standing) {
    case 'running':
      return asks === true ? 'waits for your answer' : 'running now';
    case 'stopped':
      return `${taskText(unfinished)}stopped${unfinished?.stopReason === undefined ? '' : `: ${REASONS[unfinished.stopReason]}`}`;
    case 'broken-off':
      return `${taskText(unfinished)}broken off: its process died`;
    case 'installed':
      return health === undefined || health.word === '-' ? 'installed' : `installed, ${health.word}`;
    case 'abandoned':
      return 'given up';
    case 'uninstalled':
      return 'uninstalled';
    case 'empty':
      return 'nothing done yet';
    case 'damaged':
      return 'its record is damaged';
  }
}

/** What is installed stands as it did where only a task of it did not come to its end. */
function taskText(unfinished: RunSummary | undefined): string {
  return unfinished?.kind === 'task' ? 'task ' : '';
}

/** A run that has come to its end: what it was for, and whether it was given up. */
export function lastText({ what, abandoned }: RunSummary): string {
  return abandoned === true ? `${what}, given up` : what;
}

/** What became of a run that has not come to its end, as the end of a sentence: `stopped: a step failed`. */
export function endText({ stopReason }: RunSummary): string {
  const sentences: Readonly<Record<StopReason, string>> = {
    failed: 'stopped: a step failed',
    'operator-needed': 'stopped: it needs an answer, and nobody was there',
    interrupted: 'was stopped by hand, or by the system',
    unreachable: 'stopped: the host could not be reached',
  };
  return stopReason === undefined ? 'broke off: its process died, or the machine did' : sentences[stopReason];
}

/** `lighthouse 1.0.0, begun on 2026-01-01 at 12:00 UTC; stopped: a step failed`. */
export function beginningText(run: RunSummary): string {
  const begun = run.startedAt.replace(/^(.{10})T(.{5}).*$/, '$1 at $2 UTC');
  return `${lastText(run)}, begun on ${begun}${run.stopReason === undefined ? '' : `; ${endText(run)}`}`;
}

/** The sign of how it stands and how well it is: at one look, also without colours. */
export function standingSign({ standing, asks }: DeploymentSummary, health: Health | undefined, style: Style): string {
  const [name, meaning] = asks === true ? (['doubt', 'asking'] as const) : signOf(standing, health);
  return paint(sign(name, style), meaning, style);
}

function signOf(
  standing: DeploymentSummary['standing'],
  health: Health | undefined,
): readonly [Parameters<typeof sign>[0], Meaning] {
  switch (standing) {
    case 'running':
      return ['running', 'asking'];
    case 'stopped':
    case 'broken-off':
      return ['warning', 'changed'];
    case 'damaged':
      return ['failed', 'bad'];
    case 'abandoned':
    case 'uninstalled':
    case 'empty':
      return ['skipped', 'faint'];
    case 'installed':
      if (health === undefined) return ['pending', 'faint'];
      if (health.dot === 'good') return ['dot', 'good'];
      return health.dot === 'bad' ? ['failed', 'bad'] : ['unknown', 'faint'];
  }
}

/** `lighthouse 1.0.0`, sanitised; nothing where it is not known. */
export function recipeText({ recipe }: DeploymentSummary, style: Style): string {
  return recipe === undefined ? '' : words(`${recipe.name} ${recipe.version}`, style);
}
