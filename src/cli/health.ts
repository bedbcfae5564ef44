import type { Health } from '../model/catalogue.ts';
import { NotYet } from '../model/failure.ts';
import type { ContainerDetail, DockerEngine } from '../model/ports.ts';
import { installedRun, type ReadableRun, stateOf } from './deployments.ts';

/** The containers of its compose projects, in a word: `healthy`, `1 of 3 not well`; `-` where it has none. */
export async function healthOf(
  runs: readonly ReadableRun[],
  docker: Pick<DockerEngine, 'containers' | 'container'>,
): Promise<Health> {
  const installed = installedRun(runs);
  const none: Health = { dot: 'unknown', word: '-' };
  if (installed === undefined) return none;
  const { steps } = await stateOf(installed);
  const projects = [...steps.values()].flatMap(({ uses, carried }) =>
    uses === 'compose.up' && typeof carried?.outputs.project === 'string' ? [carried.outputs.project] : [],
  );
  if (projects.length === 0) return none;
  try {
    const listed = (await Promise.all(projects.map((project) => docker.containers({ project })))).flat();
    const details = await Promise.all(listed.map(({ id }) => docker.container(id)));
    const ill = details.filter((one) => one === undefined || !isWell(one));
    if (details.length === 0) return { dot: 'bad', word: 'no containers' };
    if (ill.length === 0) return { dot: 'good', word: 'healthy' };
    return { dot: 'bad', word: `${ill.length} of ${details.length} not well` };
  } catch (error) {
    if (error instanceof NotYet) return { dot: 'unknown', word: 'no engine' };
    throw error;
  }
}

function isWell({ state, health, exitCode }: ContainerDetail): boolean {
  return state === 'running' ? health !== 'unhealthy' : state === 'exited' && exitCode === 0;
}
