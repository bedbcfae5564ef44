import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import type { ChildrenRegister } from '../../model/children.ts';
import { failureOf, NotYet } from '../../model/failure.ts';
import type { Command, ExecOptions, Executed } from '../../model/ports.ts';
import type { Reveal } from '../../model/secrets.ts';
import { createBoundedOutput } from '../lib/bounded-output.ts';
import { type DockerConnection, type EngineRefusal, paused } from './docker-connection.ts';
import { engineRestarted, noSuchContainer, notRunning } from './docker-failures.ts';
import { demultiplex } from './docker-frames.ts';

const GRACE_MS = 3000;

/** What running programs in containers takes from outside. */
export interface DockerExecOptions {
  readonly reveal: Reveal['reveal'];
  /** Lists each program while it runs. */
  readonly children?: ChildrenRegister;
  /** Programs at terminals end with us, also where we are killed: nobody lists them who would look for them later. */
  readonly guarded?: true;
}

/** Runs a program in a container without a terminal. On abort the program is ended, with what it started. */
export async function execInContainer(
  connection: DockerConnection,
  { reveal, children }: DockerExecOptions,
  name: string,
  command: Command,
  { signal, onLine }: ExecOptions,
): Promise<Executed> {
  signal.throwIfAborted();
  const env: string[] = [];
  for (const [key, value] of Object.entries(command.env ?? {})) {
    if (value !== undefined) env.push(`${key}=${await reveal(value)}`);
  }
  const stdin = command.stdin === undefined ? undefined : await reveal(command.stdin);
  const entry = children?.exec(name, command.argv);
  for (const [key, value] of Object.entries(entry?.environment ?? {})) env.push(`${key}=${value}`);
  const started = connection.call(
    `run ${command.argv[0]} in ${name}`,
    async (docker) => {
      const exec = await docker.getContainer(name).exec({
        Cmd: [...command.argv],
        Env: env,
        AttachStdin: stdin !== undefined,
        AttachStdout: true,
        AttachStderr: true,
        Tty: false,
        ...(command.user === undefined ? {} : { User: command.user }),
        ...(command.cwd === undefined ? {} : { WorkingDir: command.cwd }),
      });
      entry?.created(exec.id);
      // The socket is taken over in any case: only so can input be ended while output goes on.
      return { exec, stream: (await exec.start({ hijack: true, stdin: true })) as Duplex };
    },
    execRefused(name),
  );
  // Refused, it has not begun. Where the engine went away in between it may have: the entry stays, and is looked at later.
  started.catch((error: unknown) => {
    if (!(error instanceof NotYet)) entry?.ended();
  });
  const { exec, stream } = await started;

  let ended = false;
  const onAbort = (): void => {
    void endProgram(connection, exec, { ended: () => ended, graceMs: GRACE_MS })
      .then((gone) => gone && entry?.ended())
      .finally(() => stream.destroy());
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  let broken: { readonly error: unknown } | undefined;
  // A listener that throws ends the following: its error must reach whoever runs the program, not the event loop.
  const give =
    onLine &&
    ((line: string): void => {
      try {
        if (broken === undefined) onLine(line);
      } catch (error) {
        broken = { error };
        stream.destroy();
      }
    });
  const output = { out: createBoundedOutput(give), err: createBoundedOutput(give) };
  try {
    // A program that doesn't read its input closes it; that is its right.
    stream.on('error', () => undefined);
    stream.end(stdin);
    await connection.call(`run ${command.argv[0]} in ${name}`, async () => {
      for await (const { from, data } of demultiplex(stream, false)) output[from].push(data);
    });
    ended = true;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    output.out.end();
    output.err.end();
  }
  signal.throwIfAborted();
  const code = await exitCode(connection, exec, name, signal);
  // Without one it runs on, and has only closed its output.
  if (code !== null) entry?.ended();
  return { code, signal: null, stdout: output.out.text(), stderr: output.err.text() };
}

/** Why an engine does not run a program in a container. */
export function execRefused(name: string): (refusal: EngineRefusal) => Error | undefined {
  return ({ status, cause }) => {
    if (status === 404) return noSuchContainer(name, cause);
    return status === 409 ? notRunning(name, cause) : undefined;
  };
}

/** An engine forgets a program with its container, and every program when it is restarted. */
async function stateOf(connection: DockerConnection, exec: Dockerode.Exec, name: string): Promise<Dockerode.ExecInspectInfo> {
  const forgotten = ({ status, cause }: EngineRefusal): Error | undefined =>
    status === 404 ? noSuchContainer(name, cause) : undefined;
  try {
    return await connection.call('look at a program in a container', () => exec.inspect(), forgotten);
  } catch (error) {
    if (failureOf(error).code !== 'docker.no-such-container') throw error;
    await connection.call('look at a container', (docker) => docker.getContainer(name).inspect(), forgotten);
    throw engineRestarted(connection.where, name, error);
  }
}

/** The exit code; null where it runs on. The output may end a moment before the engine has noted the code. */
export async function exitCode(
  connection: DockerConnection,
  exec: Dockerode.Exec,
  name: string,
  signal: AbortSignal,
): Promise<number | null> {
  for (let wait = 10; wait < GRACE_MS; wait *= 2) {
    const seen = await stateOf(connection, exec, name);
    if (!seen.Running) return seen.ExitCode;
    if (!(await paused(wait, signal))) break;
  }
  signal.throwIfAborted();
  return null;
}

/**
 * The engine has no call that ends an exec'd program: its group is signalled on the host, where that is allowed: SIGTERM,
 * and SIGKILL after `graceMs`. Never throws; true where it is known to be gone.
 */
export async function endProgram(
  connection: DockerConnection,
  exec: Dockerode.Exec,
  { ended, graceMs }: { readonly ended: () => boolean; readonly graceMs: number },
): Promise<boolean> {
  if (!connection.local) return false;
  const patience = AbortSignal.timeout(graceMs);
  try {
    let seen = await exec.inspect();
    // A program that has only just begun has no process id in the engine's books yet.
    while (seen.Running && seen.Pid === 0 && (await paused(20, patience))) seen = await exec.inspect();
    const { Pid: pid, ContainerID: container } = seen;
    if (!seen.Running) return true;
    if (!(await belongsTo(pid, container))) return false;
    process.kill(-pid, 'SIGTERM');
    while (!ended() && (await paused(50, patience))) if (!(await belongsTo(pid, container))) return true;
    if (await belongsTo(pid, container)) process.kill(-pid, 'SIGKILL');
    return true;
  } catch {
    // Not ours to signal (no root), or gone already: the caller stops waiting in either case.
    return false;
  }
}

/** A number alone may name another process: of another machine behind the socket, or a later one here. */
export async function belongsTo(pid: number, container: string): Promise<boolean> {
  if (pid <= 1) return false;
  try {
    return (await readFile(`/proc/${pid}/cgroup`, 'utf8')).includes(container);
  } catch {
    return false;
  }
}
