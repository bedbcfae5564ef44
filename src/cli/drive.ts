import type { Program } from '../engine/program.ts';
import { createRun, type RunSetUp } from '../engine/run.ts';
import { keepRecord } from '../journal/deployment-record.ts';
import type { Journal } from '../journal/journal-file.ts';
import type { RunPaths } from '../journal/state-folder.ts';
import { driveRun } from './drive-run.ts';
import type { RunRequest } from './run-request.ts';
import { secretValues } from './secret-environment.ts';
import type { Session } from './session.ts';
import { outsideOf, type World } from './world.ts';

/** A run with all that it needs, the deployment's lock held. */
export interface Drive {
  readonly program: Program;
  readonly deployment: string;
  readonly request: RunRequest;
  readonly session: Session;
  readonly world: World;
  readonly journal: Journal;
  readonly paths: RunPaths;
  readonly begin: RunSetUp['begin'];
}

/** Sets it going until it ends or stops; closes the journal; the exit code. */
export async function drive(given: Drive): Promise<number> {
  const { program, deployment, request, session, world, journal, paths, begin } = given;
  try {
    const run = createRun({
      program,
      outside: outsideOf(world, journal, paths, session.folder),
      standing: { ...request.standing, secrets: secretValues(session.environment) },
      attended: session.console.attended,
      begin,
    });
    return await driveRun(run, session.console);
  } finally {
    await journal.close().finally(() => keepRecord(session.folder, deployment));
  }
}
