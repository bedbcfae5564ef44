import { type Serving, serveRun } from '../adapters/run-socket/serve-run.ts';
import { fail } from '../model/failure.ts';
import type { OpenedRun } from './open-run.ts';
import { version } from './version.ts';

/** Lets others watch a run: `fairlead attach`, the terminal app. Throws `run.no-socket`. */
export async function serveOpened({ id, deployment, paths, run }: OpenedRun): Promise<Serving> {
  try {
    return await serveRun({ path: paths.socket, run, greeting: { fairlead: version, run: id, deployment } });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw fail('run.no-socket', `The process of the run can't listen at ${paths.socket} (${code}).`, {
      fault: 'environment',
      hints: [
        'Keep the records where sockets can be made: --state-dir DIR.',
        'Without a terminal a run needs none: fairlead … --yes </dev/null',
      ],
      cause,
    });
  }
}
