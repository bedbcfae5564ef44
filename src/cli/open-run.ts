import { createRun, type Run } from '../engine/run.ts';
import { keepRecord } from '../journal/deployment-record.ts';
import type { RunPaths } from '../journal/state-folder.ts';
import type { Recipe } from '../model/recipe.ts';
import { lockDeployment } from './lock-deployment.ts';
import { openResumed } from './open-resumed.ts';
import { openStarted, type Ready } from './open-started.ts';
import type { RunSpec } from './run-spec.ts';
import { secretValues } from './secret-environment.ts';
import type { Session } from './session.ts';
import { outsideOf } from './world.ts';

/** A run with all that it needs, the deployment's lock held; nothing of it is done yet. */
export interface OpenedRun {
  readonly id: string;
  readonly deployment: string;
  readonly paths: RunPaths;
  readonly run: Run;
  /** Closes the journal, then gives up the lock. */
  close(): Promise<void>;
}

/** How a run is opened. */
export interface Opening {
  /** Is somebody there to answer questions, or may somebody come? */
  readonly attended: boolean;
  /** The recipe of a run that starts, where it was read already. */
  readonly recipe?: Recipe;
}

/** Takes the lock and opens what the run needs, in the process that will do it. Throws what keeps it from beginning. */
export async function openRun(spec: RunSpec, session: Session, opening: Opening): Promise<OpenedRun> {
  const { deployment, request } = spec;
  const { folder } = session;
  if (spec.kind === 'start') await folder.makeDeployment(deployment);
  const lock = await lockDeployment(deployment, whatFor(spec), session);
  try {
    const ready: Ready =
      spec.kind === 'start' ? await openStarted(spec, session, opening.recipe) : await openResumed(spec, session);
    const { program, world, journal, paths, begin } = ready;
    const run = createRun({
      program,
      outside: outsideOf(world, journal, paths, folder),
      standing: { ...request.standing, secrets: secretValues(session.environment) },
      attended: opening.attended,
      begin,
    });
    const close = async (): Promise<void> => {
      try {
        await journal.close().finally(() => keepRecord(folder, deployment));
      } finally {
        await lock.release();
      }
    };
    return { id: spec.run, deployment, paths, run, close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function whatFor(spec: RunSpec): string {
  if (spec.kind === 'resume') return 'resume';
  return spec.request.options.rotate === undefined ? 'run' : 'secrets rotate';
}
