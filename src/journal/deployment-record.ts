import { readdir, readFile, stat } from 'node:fs/promises';
import type { EventOf } from '../model/events.ts';
import { notWritable } from './not-writable.ts';
import { replaceFile } from './replace-file.ts';
import type { RunEntry, StateFolder } from './state-folder.ts';

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
}

/** The record as the journals of a deployment tell it; undefined where no run can be read. */
export function recordFrom(runs: readonly RunEntry[]): DeploymentRecord | undefined {
  const headers = runs.flatMap((run) => ('header' in run ? [run.header] : []));
  const header = headers.findLast((one) => one.kind === 'converge') ?? headers.at(-1);
  if (header === undefined) return undefined;
  const { deployment, run, recipe, inputs, hosts, at } = header;
  return { v: 1, deployment, run, recipe, inputs, hosts, since: at };
}

/**
 * The record of a deployment, from `deployment.json`; from its journals where that is missing, unreadable or older
 * than the last run. It is only a cache, so that one which can't be written is no failure here.
 */
export async function readRecord(folder: StateFolder, name: string): Promise<DeploymentRecord | undefined> {
  const cached = await readCache(folder, name);
  if (cached !== undefined) return cached;
  const runs = await folder.listRuns(name);
  const record = recordFrom(runs);
  if (record === undefined) return undefined;
  // While a run is beginning, its folder is there and its header is not: a cache written now would hide it.
  const folders = await readdir(folder.deployment(name).runs);
  if (folders.length === runs.length) await writeRecord(folder, name, record).catch(() => undefined);
  return record;
}

/** Writes `deployment.json`. Throws `state.not-writable`. */
export async function writeRecord(folder: StateFolder, name: string, record: DeploymentRecord): Promise<void> {
  const { record: file } = folder.deployment(name);
  try {
    await replaceFile(file, `${JSON.stringify(record, undefined, 2)}\n`);
  } catch (cause) {
    throw notWritable(file, cause);
  }
}

async function readCache(folder: StateFolder, name: string): Promise<DeploymentRecord | undefined> {
  const paths = folder.deployment(name);
  try {
    const [cache, runs] = await Promise.all([stat(paths.record), stat(paths.runs)]);
    // A new run is a new name in that folder, which changes its time.
    if (cache.mtimeMs <= runs.mtimeMs) return undefined;
    const record: unknown = JSON.parse(await readFile(paths.record, 'utf8'));
    return isRecord(record, name) ? record : undefined;
  } catch {
    return undefined;
  }
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
