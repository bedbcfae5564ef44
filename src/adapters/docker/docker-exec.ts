import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import type { Command, ExecOptions, Executed } from '../../model/ports.ts';
import type { Reveal } from '../../model/secrets.ts';
import { type DockerConnection, paused } from './docker-connection.ts';
import { noSuchContainer, notRunning } from './docker-failures.ts';
import { demultiplex } from './docker-frames.ts';
import { createLastBytes, createLineSplitter } from './output-tail.ts';

/** What a program may print before its beginning is forgotten. */
const KEPT_BYTES = 1024 * 1024;
const GRACE_MS = 3000;

/** Runs a program in a container without a terminal. On abort the program is ended, with what it started. */
export async function execInContainer(
  connection: DockerConnection,
  reveal: Reveal['reveal'],
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
  const { exec, stream } = await connection.call(
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
      // The socket is taken over in any case: only so can input be ended while output goes on.
      return { exec, stream: (await exec.start({ hijack: true, stdin: true })) as Duplex };
    },
    ({ status, cause }) => {
      if (status === 404) return noSuchContainer(name, cause);
      return status === 409 ? notRunning(name, cause) : undefined;
    },
  );

  let ended = false;
  const onAbort = (): void => {
    void endProgram(connection, exec, () => ended).finally(() => stream.destroy());
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  const kept = { out: createLastBytes(KEPT_BYTES), err: createLastBytes(KEPT_BYTES) };
  const lines = { out: createLineSplitter(onLine), err: createLineSplitter(onLine) };
  try {
    // A program that doesn't read its input closes it; that is its right.
    stream.on('error', () => undefined);
    stream.end(stdin);
    await connection.call(`run ${command.argv[0]} in ${name}`, async () => {
      for await (const { from, data } of demultiplex(stream, false)) {
        kept[from].push(data);
        lines[from].push(data);
      }
    });
    ended = true;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  signal.throwIfAborted();
  lines.out.end();
  lines.err.end();
  const code = await exitCode(connection, exec, signal);
  return { code, signal: null, stdout: kept.out.text(), stderr: kept.err.text() };
}

/** The output may end a moment before the engine has noted the exit code. */
async function exitCode(connection: DockerConnection, exec: Dockerode.Exec, signal: AbortSignal): Promise<number | null> {
  for (let wait = 10; wait < GRACE_MS; wait *= 2) {
    const seen = await connection.call('look at a program in a container', () => exec.inspect());
    if (!seen.Running) return seen.ExitCode;
    if (!(await paused(wait, signal))) break;
  }
  signal.throwIfAborted();
  return null;
}

/** The engine has no call that ends an exec'd program: its group is signalled on the host, where that is allowed. */
async function endProgram(connection: DockerConnection, exec: Dockerode.Exec, ended: () => boolean): Promise<void> {
  if (!connection.local) return;
  const patience = AbortSignal.timeout(GRACE_MS);
  try {
    let seen = await exec.inspect();
    // A program that has only just begun has no process id in the engine's books yet.
    while (seen.Running && seen.Pid === 0 && (await paused(20, patience))) seen = await exec.inspect();
    const { Pid: pid, ContainerID: container } = seen;
    if (!seen.Running || !(await belongsTo(pid, container))) return;
    process.kill(-pid, 'SIGTERM');
    while (!ended() && (await paused(50, patience))) if (!(await belongsTo(pid, container))) return;
    if (await belongsTo(pid, container)) process.kill(-pid, 'SIGKILL');
  } catch {
    // Not ours to signal (no root), or gone already: the caller stops waiting in either case.
  }
}

/** A number alone may name another process: of another machine behind the socket, or a later one here. */
async function belongsTo(pid: number, container: string): Promise<boolean> {
  if (pid <= 1) return false;
  try {
    return (await readFile(`/proc/${pid}/cgroup`, 'utf8')).includes(container);
  } catch {
    return false;
  }
}
