import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { EventOf } from '../model/events.ts';
import { replaceFile } from './replace-file.ts';
import { isRunId, type RunEntry, type StateFolder } from './state-folder.ts';

/** What `deployment.json` holds: what a list of deployments shows. Never a secret's value. */
export interface DeploymentRecord {
  readonly v: 1;
  readonly deployment: string;
  /** The run that the rest was taken from: the last one that converged, else the last one. */
  readonly run: string;
  readonly recipe: EventOf<'run.started'>['recipe'];
  readonly inputs: EventOf<'run.started'>['inputs'];
  readonly hosts: EventOf<'run.started'>['hosts'];
  /** When that run began (ISO 8601). */
  readonly since: string;
  /** SHA-256 over the ids of all runs that it was made from: it counts as long as these are the runs. */
  readonly runs: string;
}

/** The record as the journals of a deployment tell it; undefined where no run can be read. */
export function recordFrom(runs: readonly RunEntry[]): DeploymentRecord | undefined {
  const headers = runs.flatMap((run) => ('header' in run ? [run.header] : []));
  const header = headers.findLast((one) => one.kind === 'converge') ?? headers.at(-1);
  if (header === undefined) return undefined;
  const { deployment, run, recipe, inputs, hosts, at } = header;
  return { v: 1, deployment, run, recipe, inputs, hosts, since: at, runs: digestOf(runs.map(({ id }) => id)) };
}

/**
 * The record of a deployment, from `deployment.json`; from its journals where that is missing, unreadable or made from
 * other runs than there are.
 */
export async function readRecord(folder: StateFolder, name: string): Promise<DeploymentRecord | undefined> {
  return (await readCache(folder, name)) ?? keepRecord(folder, name);
}

/**
 * Makes the record anew from the journals and writes `deployment.json`. That is only a cache: where it can't be
 * written (a full disk, a read-only one) nothing is lost, and nobody has to hear of it.
 */
export async function keepRecord(folder: StateFolder, name: string): Promise<DeploymentRecord | undefined> {
  const record = recordFrom(await folder.listRuns(name));
  if (record === undefined) return undefined;
  await replaceFile(folder.deployment(name).record, `${JSON.stringify(record, undefined, 2)}\n`).catch(() => undefined);
  return record;
}

async function readCache(folder: StateFolder, name: string): Promise<DeploymentRecord | undefined> {
  const paths = folder.deployment(name);
  try {
    // Not by the files' times: the clock may have been set back since. A run that is about to begin makes a difference too.
    const record: unknown = JSON.parse(await readFile(paths.record, 'utf8'));
    const ids = (await readdir(paths.runs)).filter(isRunId).sort();
    return isRecord(record, name) && record.runs === digestOf(ids) ? record : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(ids: readonly string[]): string {
  return createHash('sha256')
    .update([...ids].sort().join(' '))
    .digest('hex');
}

function isRecord(value: unknown, name: string): value is DeploymentRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<DeploymentRecord>;
  return (
    record.v === 1 &&
    record.deployment === name &&
    typeof record.run === 'string' &&
    typeof record.since === 'string' &&
    [record.recipe, record.inputs, record.hosts].every((part) => typeof part === 'object' && part !== null)
  );
}
