import { lockHolder } from '../journal/lock.ts';
import type { StateFolder } from '../journal/state-folder.ts';
import { fail } from '../model/failure.ts';
import { findRun, runsOf, standingOf, unfinishedRun } from './deployments.ts';

/** A run that a living process has. */
export interface RunningRun {
  readonly deployment: string;
  readonly run: string;
}

/** The running run of that id or deployment; without a name the only one. Throws what else there is, and the way on. */
export async function findRunning(folder: StateFolder, named: string | undefined): Promise<RunningRun> {
  const running = (await Promise.all((await folder.deployments()).map((name) => runningIn(folder, name)))).flat();
  if (named !== undefined) {
    const found = running.find(({ deployment, run }) => run === named || deployment === named);
    return found ?? notRunning(folder, named);
  }
  const [only, ...others] = running;
  if (only === undefined) {
    throw fail('run.none-running', 'No run is under way.', {
      hints: ['`fairlead status` shows the deployments; `fairlead resume` goes on with an unfinished run.'],
    });
  }
  if (others.length === 0) return only;
  throw fail('run.which', 'Several runs are under way.', {
    hints: running.map(({ deployment, run }) => `fairlead attach ${deployment} (${run})`),
  });
}

async function runningIn(folder: StateFolder, deployment: string): Promise<readonly RunningRun[]> {
  if ((await lockHolder(folder.deployment(deployment).lock)) === undefined) return [];
  const run = unfinishedRun(await runsOf(folder, deployment));
  return run === undefined ? [] : [{ deployment, run: run.id }];
}

async function notRunning(folder: StateFolder, named: string): Promise<never> {
  const { deployment, run } = await findRun(folder, named, 'any');
  if (standingOf(run) !== 'unfinished') {
    throw fail(
      'run.finished',
      `Run ${run.id} of ${deployment} has come to its end (${standingOf(run)}): there is nothing to watch.`,
      {
        hints: ['`fairlead runs` lists the runs.'],
      },
    );
  }
  throw fail('run.not-running', `No process has run ${run.id} of ${deployment}.`, {
    hints: [`Go on with it: fairlead resume ${run.id}`],
  });
}
