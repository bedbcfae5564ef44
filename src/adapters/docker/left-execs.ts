import { NotYet } from '../../model/failure.ts';
import { createDockerConnection } from './docker-connection.ts';
import { endProgram } from './docker-exec.ts';

/** Programs in containers that somebody else has started and does not wait for any more. */
export interface LeftExecs {
  /**
   * `unknown` where the engine has no such program: it forgets them when it restarts and when the container goes; or
   * where no engine answers. Throws other `docker.*` failures.
   */
  state(id: string): Promise<'running' | 'ended' | 'unknown'>;
  /** SIGTERM to the program's group, 10 seconds, SIGKILL; where we may not, nothing. */
  end(id: string): Promise<void>;
}

/** An engine that hangs counts as one that doesn't answer, in milliseconds. */
const ANSWERS_WITHIN_MS = 10_000;
const GRACE_MS = 10_000;

/** Programs by the ids that the engine gave them. `socket` is a path; without it `DOCKER_HOST` is obeyed. */
export function createLeftExecs({ socket }: { readonly socket?: string } = {}): LeftExecs {
  const connection = createDockerConnection(socket);
  return {
    async state(id) {
      const abortSignal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
      try {
        return await connection.call('look at a program in a container', async (docker) => {
          const { Running } = await docker.getExec(id).inspect({ abortSignal });
          return Running ? 'running' : 'ended';
        });
      } catch (error) {
        if (error instanceof NotYet || abortSignal.aborted || statusOf(error) === 404) return 'unknown';
        throw error;
      }
    },
    async end(id) {
      await connection.call('end a program in a container', (docker) =>
        endProgram(connection, docker.getExec(id), { ended: () => false, graceMs: GRACE_MS }),
      );
    },
  };
}

function statusOf(error: unknown): unknown {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'statusCode' in cause ? cause.statusCode : undefined;
}
