import { readJournal } from '../journal/read-journal.ts';
import type { RunEntry, StateFolder } from '../journal/state-folder.ts';
import type { JournalEvent } from '../model/events.ts';
import { FairleadError, fail } from '../model/failure.ts';
import { foldAll, type RunState } from '../model/run-state.ts';

/** A run whose journal can be read. */
export type ReadableRun = Extract<RunEntry, { header: unknown }>;

/** How far a run is, from its last event alone. */
export type RunStanding = 'ok' | 'abandoned' | 'unfinished';

/** Has a run come to its end? */
export function standingOf(run: ReadableRun): RunStanding {
  return run.last.type === 'run.finished' ? run.last.outcome : 'unfinished';
}

/**
 * The runs of a deployment, oldest first. A journal that can't be read is a failure: its truth is needed. Only the ends of each
 * are verified, with `whole` every line.
 */
export async function runsOf(
  folder: StateFolder,
  name: string,
  options: { readonly whole?: boolean } = {},
): Promise<readonly ReadableRun[]> {
  return (await folder.listRuns(name, options)).map(readable);
}

function readable(run: RunEntry): ReadableRun {
  if ('failure' in run) throw new FairleadError(run.failure);
  return run;
}

/** The run that something happened in last: what the next one starts from. */
export function latestRun(runs: readonly ReadableRun[]): ReadableRun | undefined {
  return runs.reduce<ReadableRun | undefined>(
    (best, run) => (best === undefined || run.last.at >= best.last.at ? run : best),
    undefined,
  );
}

/** The newest run that has not come to its end. */
export function unfinishedRun(runs: readonly ReadableRun[]): ReadableRun | undefined {
  return runs.findLast((run) => standingOf(run) === 'unfinished');
}

/**
 * The run that tasks, drift and the next run take the recipe and the inputs from: the newest converging one that came
 * to a good end, else the newest one; undefined where nothing was installed since the last uninstall.
 */
export function installedRun(runs: readonly ReadableRun[]): ReadableRun | undefined {
  const since = runs.slice(runs.findLastIndex(uninstalls) + 1).filter((run) => run.header.kind === 'converge');
  return since.findLast((run) => standingOf(run) === 'ok') ?? since.at(-1);
}

function uninstalls(run: ReadableRun): boolean {
  return run.header.kind === 'uninstall' && standingOf(run) === 'ok';
}

/** All events of a run, verified. */
export async function eventsOf(run: ReadableRun): Promise<readonly JournalEvent[]> {
  return (await readJournal(run.paths.journal)).events;
}

/** A run's state. */
export async function stateOf(run: ReadableRun): Promise<RunState> {
  return foldAll(await eventsOf(run));
}

/** A deployment's installed run, or the failure that says what there is. */
export async function needInstalled(folder: StateFolder, name: string): Promise<ReadableRun> {
  const runs = await runsOf(folder, name);
  const installed = installedRun(runs);
  if (installed !== undefined) return installed;
  const gone = runs.findLast(uninstalls);
  if (gone !== undefined) {
    throw fail('deployment.uninstalled', `${name} was uninstalled (run ${gone.id}).`, {
      hints: [`Install it again: fairlead run ${gone.header.recipe.name} --name ${name}`],
    });
  }
  const all = await folder.deployments();
  const there = await Promise.all(all.map((one) => isInstalled(folder, one)));
  const known = all.filter((_, index) => there[index]);
  throw fail('deployment.unknown', `There is no deployment ${name}.`, {
    hints: [
      known.length === 0 ? 'Nothing is deployed yet; `fairlead list` shows the recipes.' : `Deployments: ${known.join(', ')}.`,
    ],
  });
}

/** One that can't be read counts as there: somebody has to look after it. */
async function isInstalled(folder: StateFolder, name: string): Promise<boolean> {
  return runsOf(folder, name).then(
    (runs) => installedRun(runs) !== undefined,
    () => true,
  );
}

/**
 * A run by its id, or the newest unfinished one of a deployment, or of all deployments where only one has any. A
 * journal that can't be read is a failure where its deployment is meant, or could be.
 */
export async function findRun(
  folder: StateFolder,
  named: string | undefined,
  wanted: 'unfinished' | 'any',
): Promise<{ readonly deployment: string; readonly run: ReadableRun }> {
  const all = await Promise.all(
    (await folder.deployments()).map(async (deployment) => ({
      deployment,
      runs: await folder.listRuns(deployment),
    })),
  );
  const newest = (runs: readonly RunEntry[]): ReadableRun | undefined => {
    const whole = runs.map(readable);
    return wanted === 'unfinished' ? unfinishedRun(whole) : whole.at(-1);
  };
  if (named !== undefined) {
    for (const { deployment, runs } of all) {
      const found = runs.find((candidate) => candidate.id === named);
      if (found !== undefined) {
        // Which run is the newest, and what the others left, counts for one that goes on; not for one that is only shown.
        const run = readable(found);
        if (wanted === 'unfinished') newest(runs);
        if (wanted === 'unfinished' && standingOf(run) !== 'unfinished') {
          throw fail('run.finished', `Run ${named} of ${deployment} has come to its end (${standingOf(run)}): that is final.`, {
            hints: ['`fairlead runs` lists the runs. To converge again, run the recipe.'],
          });
        }
        return { deployment, run };
      }
      if (deployment !== named) continue;
      const run = newest(runs);
      if (run !== undefined) return { deployment, run };
    }
    throw fail('run.unknown', `There is no ${wanted === 'unfinished' ? 'unfinished ' : ''}run ${named}.`, {
      hints: ['`fairlead runs` lists the runs; a deployment’s name stands for its newest one.'],
    });
  }
  const open = all.flatMap(({ deployment, runs }) => {
    const damaged = runs.find((run) => 'failure' in run);
    const run = damaged ?? newest(runs);
    return run === undefined ? [] : [{ deployment, run }];
  });
  const [only] = open;
  if (only !== undefined && open.length === 1) return { deployment: only.deployment, run: readable(only.run) };
  const none = wanted === 'unfinished' ? 'There is no unfinished run.' : 'There is no run yet.';
  throw fail('run.which', open.length === 0 ? none : 'Several runs could be meant.', {
    hints:
      open.length === 0
        ? ['`fairlead status` shows the deployments.']
        : open.map(({ deployment, run }) => `${run.id} (${deployment}${'failure' in run ? ', damaged' : ''})`),
  });
}
