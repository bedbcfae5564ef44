import { formatDuration } from '../../model/duration.ts';
import { failureOf, NotYet } from '../../model/failure.ts';
import type { DockerEngine } from '../../model/ports.ts';
import type { ReadContext } from '../../model/step.ts';
import { waitUntil } from './wait-until.ts';

/** An engine that is restarted is away for seconds; after so many milliseconds it counts as gone. */
const PATIENCE_MS = 60_000;

/** Engines that have answered: where none ever did, there is nothing to wait for. */
const answered = new WeakSet<DockerEngine>();

/** Says this error that the Docker Engine does not answer? */
export function isEngineAway(error: unknown): boolean {
  return error instanceof NotYet && failureOf(error).code === 'docker.unreachable';
}

/**
 * Asks the engine; where it has answered before and doesn't now, asks again until it does, for a minute at most: somebody
 * restarts it. Throws what `ask` throws, and the signal's reason on an abort.
 */
export async function rideOut<T>(
  ctx: Pick<ReadContext, 'docker' | 'signal' | 'progress'>,
  ask: () => Promise<T>,
  patience = PATIENCE_MS,
): Promise<T> {
  let away: unknown;
  const attempt = async (): Promise<{ readonly value: T } | undefined> => {
    try {
      const value = await ask();
      answered.add(ctx.docker);
      return { value };
    } catch (error) {
      if (!isEngineAway(error) || !answered.has(ctx.docker)) throw error;
      away = error;
      return undefined;
    }
  };
  const first = await attempt();
  if (first !== undefined) return first.value;
  const later = await waitUntil(
    (left) => {
      ctx.progress(`waiting for the Docker Engine, which does not answer; ${formatDuration(left)} left`);
      return attempt();
    },
    { limit: patience, signal: ctx.signal },
  );
  if (later === undefined) throw away;
  return later.value;
}
