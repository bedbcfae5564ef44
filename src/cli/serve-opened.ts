import { type Serving, serveRun } from '../adapters/run-socket/serve-run.ts';
import type { OpenedRun } from './open-run.ts';
import { version } from './version.ts';

/** Lets others watch a run: `fairlead attach`, the terminal app. */
export function serveOpened({ id, deployment, paths, run }: OpenedRun): Promise<Serving> {
  return serveRun({ path: paths.socket, run, greeting: { fairlead: version, run: id, deployment } });
}
