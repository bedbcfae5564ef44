import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EventOf, JournalEvent } from '../model/events.ts';
import { type Failure, FairleadError, fail, failureOf } from '../model/failure.ts';
import { corruptJournal } from './journal-line.ts';
import { errorCode, notWritable, reasonOf } from './not-writable.ts';
import { readJournal } from './read-journal.ts';
import { readEnds } from './run-ends.ts';

/** Where a deployment's records lie. */
export interface DeploymentPaths {
  readonly dir: string;
  /** A cache, rebuilt from the journals. */
  readonly record: string;
  readonly vault: string;
  /** Held for the length of a run. */
  readonly lock: string;
  readonly runs: string;
}

/** Where a run's records lie. */
export interface RunPaths {
  readonly dir: string;
  readonly journal: string;
  /** The recipe's folder as it was. */
  readonly recipe: string;
  /** What each step printed. */
  readonly output: string;
  /** The files that a step replaced, encrypted to the vault. */
  readonly backups: string;
  /** What the run has started and what has not ended; made with the first of them. */
  readonly children: string;
  /** What the operator saw. */
  readonly cast: string;
  /** Where the run's process listens for views as long as it lives. */
  readonly socket: string;
  /** What a process of the run's own had to say that is no fact of the run; kept only where there is something. */
  readonly log: string;
}

/** A run, as a list shows it: its header and its last event; or why its journal can't be read. */
export type RunEntry =
  | { readonly id: string; readonly paths: RunPaths; readonly header: EventOf<'run.started'>; readonly last: JournalEvent }
  | { readonly id: string; readonly paths: RunPaths; readonly failure: Failure };

/** The record on disk: `<state-dir>/deployments/<name>/…`. Folders are 0700, files 0600. */
export interface StateFolder {
  readonly dir: string;
  /** The key to all vaults in this folder, as `age -i` reads it. */
  readonly identity: string;
  /** Names of deployments, sorted; none where nothing is kept yet. */
  deployments(): Promise<readonly string[]>;
  /** Paths only; nothing is made. Throws `state.bad-name`. */
  deployment(name: string): DeploymentPaths;
  /** Paths only; nothing is made. Throws `state.bad-name`. */
  runFolder(name: string, runId: string): RunPaths;
  /** Held around each apply on a host. */
  hostLock(machineId: string): string;
  /** Makes a deployment's folder, if need be, and proves that it can be written: `state.not-writable`. */
  makeDeployment(name: string): Promise<DeploymentPaths>;
  /** Makes a run's folders. */
  makeRun(name: string, runId: string): Promise<RunPaths>;
  /**
   * Runs of a deployment, oldest first. A folder without a single event is no run, unless steps have left something
   * in it: then its journal was lost. Only the ends of each journal are verified, with `whole` every line.
   */
  listRuns(name: string, options?: { readonly whole?: boolean }): Promise<readonly RunEntry[]>;
}

const DEPLOYMENT_NAME = /^[a-z0-9](?:[a-z0-9_.-]{0,61}[a-z0-9])?$/;
const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/;

/** A new run's id; ids sort by the second in which they were made: `20261122T195530Z-1f3a`. */
export function newRunId(date: Date): string {
  const stamp = date.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}

/**
 * The moment to date a new run with: now, or where the clock was set back the next full second after all that these runs (of
 * one deployment) tell of. So a run that begins later is always the newer one, by its id too.
 */
export function momentAfter(runs: readonly RunEntry[], now: Date = new Date()): Date {
  const ends = runs.map((run) => Date.parse('last' in run ? run.last.at : stampOf(run.id)));
  const last = Math.max(...ends);
  return now.getTime() > last ? now : new Date((Math.floor(last / 1000) + 1) * 1000);
}

/** Is this a run's id? */
export function isRunId(id: string): boolean {
  return RUN_ID.test(id);
}

/** The second in a run's id, as ISO 8601. */
function stampOf(id: string): string {
  return id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z');
}

/** May a deployment be called this? Lower case letters, digits, and `-`, `_`, `.` between them; 63 at most. */
export function isDeploymentName(name: string): boolean {
  return DEPLOYMENT_NAME.test(name) && !name.includes('..');
}

/** The state folder at `dir`. Nothing is made before it is needed; what only looks works on a read-only folder. */
export function createStateFolder(dir: string): StateFolder {
  const deployments = join(dir, 'deployments');

  const deployment = (name: string): DeploymentPaths => {
    if (!isDeploymentName(name)) {
      throw fail('state.bad-name', `A deployment can't be called ${JSON.stringify(name)}.`, {
        hints: ['Use lower case letters and digits, with - _ or . between them; 63 characters at most.'],
      });
    }
    const folder = join(deployments, name);
    return {
      dir: folder,
      record: join(folder, 'deployment.json'),
      vault: join(folder, 'vault.age'),
      lock: join(folder, 'lock'),
      runs: join(folder, 'runs'),
    };
  };

  const runFolder = (name: string, runId: string): RunPaths => {
    if (!isRunId(runId)) {
      throw fail('state.bad-name', `There can't be a run ${JSON.stringify(runId)}.`, {
        hints: ['`fairlead runs` lists the runs.'],
      });
    }
    const folder = join(deployment(name).runs, runId);
    return {
      dir: folder,
      journal: join(folder, 'journal.ndjson'),
      recipe: join(folder, 'recipe'),
      output: join(folder, 'output'),
      backups: join(folder, 'backups'),
      children: join(folder, 'children'),
      cast: join(folder, 'session.cast'),
      socket: join(folder, 'engine.sock'),
      log: join(folder, 'engine.log'),
    };
  };

  return {
    dir,
    identity: join(dir, 'identity.txt'),
    deployment,
    runFolder,
    hostLock: (machineId) => join(dir, 'hosts', `${machineId.replaceAll(/[^A-Za-z0-9_-]/g, '_')}.lock`),
    deployments: async () => (await namesIn(deployments)).filter(isDeploymentName),
    async makeDeployment(name) {
      const paths = deployment(name);
      await makeFolder(paths.runs);
      await makeFolder(join(dir, 'hosts'));
      return paths;
    },
    async makeRun(name, runId) {
      const paths = runFolder(name, runId);
      await makeFolder(paths.output);
      await makeFolder(paths.backups);
      return paths;
    },
    async listRuns(name, { whole = false } = {}) {
      const ids = (await namesIn(deployment(name).runs)).filter((id) => isRunId(id));
      const runs = await Promise.all(ids.map((id) => readRun(id, runFolder(name, id), whole)));
      return runs.filter((run) => run !== undefined).sort(byStart);
    },
  };
}

async function readRun(id: string, paths: RunPaths, whole: boolean): Promise<RunEntry | undefined> {
  try {
    const ends = await readEnds(paths.journal);
    if (ends !== undefined) {
      if (whole) await readJournal(paths.journal);
      return { id, paths, ...ends };
    }
    const left = await Promise.all([paths.output, paths.backups].map(namesIn));
    if (left.flat().length === 0) return undefined;
    const message = `The journal ${paths.journal} is empty, although steps of this run have left something behind.`;
    return { id, paths, failure: corruptJournal(paths.journal, message, 0).failure };
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    return { id, paths, failure: failureOf(error) };
  }
}

/** By the moment in the header: ids tell two runs of one second apart, but not which was first. */
function byStart(a: RunEntry, b: RunEntry): number {
  const second = a.id.slice(0, 16).localeCompare(b.id.slice(0, 16));
  if (second !== 0) return second;
  const atOf = (run: RunEntry): string => ('header' in run ? run.header.at : '');
  return atOf(a).localeCompare(atOf(b)) || a.id.localeCompare(b.id);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw fail('state.unreadable', `The folder ${folder} can't be read: ${reasonOf(cause)}.`, {
      fault: 'environment',
      hints: ['Run fairlead as the user that owns its state folder, or name another with --state-dir DIR.'],
      cause,
    });
  }
}

/** Makes a folder (0700) and all that leads to it, and writes the new names through to the disk. */
async function makeFolder(folder: string): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    if (first === undefined) return;
    for (let path = folder; path.length >= first.length; path = dirname(path)) {
      await using parent = await open(dirname(path), 'r');
      await parent.sync();
    }
  } catch (cause) {
    throw notWritable(folder, cause);
  }
}
