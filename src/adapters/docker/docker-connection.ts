import { setTimeout as pause } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { noSpace, permissionDenied, refused, unreachable } from './docker-failures.ts';

/** An engine's refusal before it is put into our words. */
export interface EngineRefusal {
  /** HTTP status. */
  readonly status: number | undefined;
  /** The engine's own words. */
  readonly said: string;
  readonly cause: unknown;
}

/** The way to one engine. */
export interface DockerConnection {
  /** Where it is expected: `unix:///var/run/docker.sock`. */
  readonly where: string;
  /** It listens on a socket of this machine. */
  readonly local: boolean;
  /**
   * Runs one call. No answer becomes `NotYet('docker')`, no permission `docker.permission-denied`; other
   * refusals go through `explain` and, where it has no word for them, become `docker.refused`.
   */
  call<T>(
    act: string,
    run: (docker: Dockerode) => Promise<T>,
    explain?: (refusal: EngineRefusal) => Error | undefined,
  ): Promise<T>;
}

const NO_ANSWER = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTSOCK',
]);

/** A connection by `socket` (a path), else by `DOCKER_HOST`, else by the usual socket. Nothing is opened yet. */
export function createDockerConnection(socket: string | undefined): DockerConnection {
  const address = process.env.DOCKER_HOST ?? '';
  const path = socket ?? (address === '' ? '/var/run/docker.sock' : unixPath(address));
  const where = path === undefined ? address : `unix://${path}`;
  let opened: Promise<Dockerode> | undefined;

  const open = async (): Promise<Dockerode> => {
    // Loading it takes about 200 ms, so only those who need an engine pay for it.
    const { default: Docker } = await import('dockerode');
    return path === undefined ? new Docker() : new Docker({ socketPath: path, host: undefined });
  };

  return {
    where,
    local: path !== undefined,
    async call(act, run, explain) {
      opened ??= open();
      try {
        return await run(await opened);
      } catch (error) {
        throw inOurWords(error, act, where, explain);
      }
    },
  };
}

/** Waits, or returns false at once when aborted. */
export async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pause(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

function unixPath(address: string): string | undefined {
  return address.startsWith('unix://') ? address.slice('unix://'.length) : undefined;
}

function inOurWords(
  error: unknown,
  act: string,
  where: string,
  explain: ((refusal: EngineRefusal) => Error | undefined) | undefined,
): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError' || 'failure' in error) return error;
  const { code, statusCode, json } = error as Error & { code?: string; statusCode?: number; json?: unknown };
  if (code === 'EACCES' || code === 'EPERM') return permissionDenied(where, error);
  if (code !== undefined && NO_ANSWER.has(code)) return unreachable(where, error);
  const said = wordsOf(json) ?? error.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
  const refusal = { status: statusCode, said, cause: error };
  const known = explain?.(refusal);
  if (known !== undefined) return known;
  if (/no space left on device/i.test(said)) return noSpace(act, said, error);
  return refused(act, said, statusCode, error);
}

function wordsOf(json: unknown): string | undefined {
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  return typeof message === 'string' ? message : undefined;
}
