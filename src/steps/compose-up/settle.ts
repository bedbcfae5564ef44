import { formatDuration } from '../../model/duration.ts';
import { EVIDENCE_LINES, type FairleadError, fail } from '../../model/failure.ts';
import type { ContainerDetail, DockerEngine } from '../../model/ports.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { tailOf } from '../lib/compose-failures.ts';
import { SERVICE_LABEL } from '../lib/compose-files.ts';
import { containerGone } from '../lib/container-gone.ts';
import { rideOut } from '../lib/ride-out.ts';
import { evidenceLine } from '../lib/run-streamed.ts';
import { waitUntil } from '../lib/wait-until.ts';
import { inPlace, RESTARTS, readContainers, type SeenService, STEADY_MS, standing } from './seen.ts';

/** What is waited for: a service, how many containers, and of what kind. */
export interface Expected {
  readonly name: string;
  readonly scale: number;
  readonly oneShot: SeenService['oneShot'];
}

interface Waiting {
  readonly service: string;
  readonly why: string;
  readonly container?: ContainerDetail;
}

/** An engine that is restarted stops its containers, and starts again those with such a policy; so long it may take to go. */
const STARTED_AGAIN_MS = 15_000;
/** While another service is still starting, more of them are forgiven. */
const RESTARTS_WHILE_OTHERS_START = 10;
const LOG_LINES = 20;

/** Watches a project's containers from before `up` until they stand. */
export interface Watch {
  /** The container that restarts over and over, as soon as that is seen; undefined while there is none. */
  loop(): Promise<FairleadError | undefined>;
  /** The container for which `up` waited in vain: one that restarts, is unhealthy or ended; undefined where none is. */
  blame(): Promise<FairleadError | undefined>;
  /** Waits until all services stand; throws `compose.unhealthy`, `.restarting`, `.exited` or `.not-finished`. */
  settle(limit: number, progress: (text: string) => void): Promise<void>;
}

/**
 * Starts to watch. `before` is what was there before `up`: its restarts are not counted, and what has run since
 * then is known to be steady. `argv` is shown as evidence.
 */
export function watchProject(
  docker: DockerEngine,
  project: string,
  expected: readonly Expected[],
  before: readonly ContainerDetail[],
  argv: readonly string[],
  signal: AbortSignal,
): Watch {
  /** By container: the fewest restarts seen (a start by hand counts from 0 again), and since when this start is known. */
  const restarts = new Map(before.map((container) => [container.id, container.restartCount]));
  const steadySince = new Map(before.map(({ id, startedAt }) => [`${id} ${startedAt}`, Number.NEGATIVE_INFINITY]));

  const endedSince = new Map<string, number>();

  const countRestarts = (container: ContainerDetail): number => {
    const fewest = Math.min(restarts.get(container.id) ?? 0, container.restartCount);
    restarts.set(container.id, fewest);
    return container.restartCount - fewest;
  };
  const isSteady = ({ id, startedAt }: ContainerDetail): boolean => {
    const key = `${id} ${startedAt}`;
    const since = steadySince.get(key) ?? performance.now();
    steadySince.set(key, since);
    return performance.now() - since >= STEADY_MS;
  };
  /** Docker itself restarts such a container when it ends; where it stays down, the engine may be on its way down itself. */
  const mayBeStartedAgain = ({ id, startedAt, restartPolicy }: ContainerDetail): boolean => {
    if (restartPolicy !== 'always' && restartPolicy !== 'unless-stopped') return false;
    const key = `${id} ${startedAt}`;
    const since = endedSince.get(key) ?? performance.now();
    endedSince.set(key, since);
    return performance.now() - since < STARTED_AGAIN_MS;
  };
  const failure = (code: string, message: string, container: ContainerDetail | undefined): Promise<FairleadError> =>
    withLog(docker, code, message, container, argv, signal);

  const exited = (container: ContainerDetail): Promise<FairleadError> =>
    failure('compose.exited', `${container.name} ended with exit code ${container.exitCode}.`, container);
  const looping = (container: ContainerDetail): Promise<FairleadError> =>
    failure('compose.restarting', `${container.name} starts, ends and is restarted over and over.`, container);
  const wasThere = ({ id, startedAt }: ContainerDetail): boolean =>
    before.some((container) => container.id === id && container.startedAt === startedAt);

  const findLoop = async (found: ReadonlyMap<string, readonly ContainerDetail[]>): Promise<FairleadError | undefined> => {
    const all = expected.flatMap(({ name }) => found.get(name) ?? []);
    const othersStart = all.some((container) => container.health === 'starting' && countRestarts(container) === 0);
    const patience = othersStart ? RESTARTS_WHILE_OTHERS_START : RESTARTS;
    const restless = all.find((container) => countRestarts(container) >= patience);
    return restless === undefined ? undefined : looping(restless);
  };

  const judge = async ({ name, scale, oneShot }: Expected, containers: readonly ContainerDetail[]): Promise<Waiting[]> => {
    if (containers.length < scale) return [{ service: name, why: 'not there yet' }];
    const waiting: Waiting[] = [];
    for (const container of containers.slice(0, scale)) {
      const ended = container.state === 'exited' || container.state === 'dead';
      if (ended && !inPlace(container, oneShot) && !mayBeStartedAgain(container)) throw await exited(container);
      const why = whyWaiting(container, oneShot, isSteady(container));
      if (why !== undefined) waiting.push({ service: name, why, container });
    }
    return waiting;
  };

  return {
    async loop() {
      return findLoop(await readContainers(docker, project));
    },
    async blame() {
      const found = await readContainers(docker, project);
      for (const { name, oneShot } of expected) {
        for (const container of found.get(name) ?? []) {
          if (container.state === 'restarting' || countRestarts(container) > 0) return looping(container);
          // Where the engine could not start it (`error`), compose has said why.
          if (container.health === 'unhealthy') return failure('compose.unhealthy', `${container.name} is unhealthy.`, container);
          const ended = container.state === 'exited' && container.error === '' && !inPlace(container, oneShot);
          if (ended && !wasThere(container)) return exited(container);
        }
      }
      return undefined;
    },
    async settle(limit, progress) {
      let last: Waiting[] = [];
      const seen = new Map<string, ContainerDetail>();
      const settled = await waitUntil(
        async (left) => {
          const found = await rideOut({ docker, signal, progress }, () => readContainers(docker, project));
          const removed = missing(expected, found, seen);
          if (removed !== undefined) throw containerGone(removed.name, 'it was coming up', { argv, tail: [] });
          const loop = await findLoop(found);
          if (loop !== undefined) throw loop;
          last = (await Promise.all(expected.map((service) => judge(service, found.get(service.name) ?? [])))).flat();
          if (last.length === 0) return true;
          const names = last.map(({ service, why }) => `${service} (${why})`).join(', ');
          progress(`waiting for ${names}; ${formatDuration(left)} left`);
          return undefined;
        },
        { limit, signal },
      );
      if (settled === undefined) throw await tooLate(last, limit, failure);
    },
  };
}

/** A container that was seen before and is gone, of a service that now has too few; remembers what it sees in `seen`. */
function missing(
  expected: readonly Expected[],
  found: ReadonlyMap<string, readonly ContainerDetail[]>,
  seen: Map<string, ContainerDetail>,
): ContainerDetail | undefined {
  const there = new Set([...found.values()].flat().map(({ id }) => id));
  const short = new Set(expected.filter(({ name, scale }) => (found.get(name)?.length ?? 0) < scale).map(({ name }) => name));
  const removed = [...seen.values()].find(({ id, labels }) => !there.has(id) && short.has(labels[SERVICE_LABEL] ?? ''));
  for (const container of [...found.values()].flat()) seen.set(container.id, container);
  return removed;
}

function whyWaiting(container: ContainerDetail, oneShot: SeenService['oneShot'], steady: boolean): string | undefined {
  if (container.state !== 'running') return inPlace(container, oneShot) ? undefined : container.state;
  if (oneShot === 'listed') return 'has to finish';
  if (container.health === undefined) return steady ? undefined : 'just started';
  return container.health === 'healthy' ? undefined : `health: ${container.health}`;
}

async function tooLate(
  waiting: readonly Waiting[],
  limit: number,
  failure: (code: string, message: string, container: ContainerDetail | undefined) => Promise<FairleadError>,
): Promise<FairleadError> {
  const worst = waiting.find(({ container }) => container?.health === 'unhealthy') ?? waiting[0];
  const container = worst?.container;
  const name = container?.name ?? worst?.service ?? 'the project';
  const time = formatDuration(limit);
  if (container?.state === 'restarting')
    return failure('compose.restarting', `${name} was still restarting after ${time}.`, container);
  if (container?.state === 'running' && worst?.why.startsWith('health')) {
    return failure('compose.unhealthy', `${name} was not healthy within ${time} (${worst.why}).`, container);
  }
  return failure('compose.not-finished', `${name} was not done within ${time}: ${worst?.why}.`, container);
}

async function withLog(
  docker: DockerEngine,
  code: string,
  message: string,
  container: ContainerDetail | undefined,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<FairleadError> {
  const lines: string[] = [];
  if (container !== undefined) {
    try {
      for await (const { text } of docker.logs(container.id, { tail: LOG_LINES, follow: false, signal }))
        lines.push(evidenceLine(text));
    } catch {
      signal.throwIfAborted();
      lines.push('(its log could not be read)');
    }
  }
  const health = container?.health === undefined ? [] : tailOf(container.healthOutput ?? '', EVIDENCE_LINES - LOG_LINES - 1);
  const said = container?.error ? [`engine: ${sanitize(container.error)}`] : [];
  const tail = [...lines.slice(-LOG_LINES), ...said, ...health.map((line) => `health check: ${line}`)].slice(-EVIDENCE_LINES);
  const exit = container !== undefined && standing(container).startsWith('exited') ? { exit: container.exitCode } : {};
  return fail(code, message, {
    fault: 'environment',
    hints: [
      `Read the container's log${container === undefined ? '' : `: \`docker logs ${container.name}\``}; it is left as it is.`,
      code === 'compose.exited'
        ? 'A service that is meant to end with 0 belongs into `one_shot`.'
        : 'Where it only needs more time, raise `wait` in the recipe.',
    ],
    retryable: true,
    evidence: { argv, tail, ...exit },
  });
}
