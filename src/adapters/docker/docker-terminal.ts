import { readdir, readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { NotYet } from '../../model/failure.ts';
import type { Command, TerminalOptions, TerminalProgram } from '../../model/ports.ts';
import { type DockerConnection, paused } from './docker-connection.ts';
import { belongsTo, type DockerExecOptions, execRefused, exitCode } from './docker-exec.ts';
import { guardSession } from './guard-session.ts';

/** Ctrl-C, and Ctrl-\ for who does not heed that. */
const INTERRUPT = '\u0003';
const QUIT = '\u001c';

/** How long Ctrl-C is given, and then SIGHUP and SIGTERM; in milliseconds. */
const HEEDS_WITHIN_MS = 500;
const GRACE_MS = 2000;
const LOOK_EVERY_MS = 20;
/** A terminal has no size before its program has begun, which takes the engine a moment. */
const BEGINS_WITHIN_MS = 5000;

/**
 * Starts a program at a terminal in a container. Engines before API 1.42 make every terminal 80 by 24, and it gets its size
 * a moment later.
 */
export async function openTerminalInContainer(
  connection: DockerConnection,
  { reveal, children, guarded }: DockerExecOptions,
  name: string,
  command: Omit<Command, 'stdin'>,
  { columns, rows, signal }: TerminalOptions,
): Promise<TerminalProgram> {
  signal.throwIfAborted();
  const env: string[] = [];
  for (const [key, value] of Object.entries(command.env ?? {})) {
    if (value !== undefined) env.push(`${key}=${await reveal(value)}`);
  }
  const entry = children?.exec(name, command.argv, true);
  for (const [key, value] of Object.entries(entry?.environment ?? {})) env.push(`${key}=${value}`);
  const guard = guarded === true ? guardSession(connection) : undefined;
  for (const [key, value] of Object.entries(guard?.environment ?? {})) env.push(`${key}=${value}`);
  const started = connection.call(
    `run ${command.argv[0]} in ${name}`,
    async (docker) => {
      const exec = await docker.getContainer(name).exec({
        Cmd: [...command.argv],
        Env: env,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: true,
        ...(command.user === undefined ? {} : { User: command.user }),
        ...(command.cwd === undefined ? {} : { WorkingDir: command.cwd }),
        ConsoleSize: [rows, columns],
      });
      entry?.created(exec.id);
      await guard?.begin(exec);
      return { exec, stream: (await exec.start({ hijack: true, stdin: true, Tty: true })) as Duplex };
    },
    execRefused(name),
  );
  started.catch((error: unknown) => {
    guard?.done();
    // Where the engine went away in between it may have begun: the entry stays, and is looked at later.
    if (!(error instanceof NotYet)) entry?.ended();
  });
  const { exec, stream } = await started;
  stream.on('error', () => undefined);

  let over = false;
  const type = (keys: string | Uint8Array): void => {
    if (!over && stream.writable) stream.write(keys);
  };
  let sizing: Promise<unknown> = Promise.resolve();
  const resize = (width: number, height: number): Promise<void> => {
    // Sizes that are on their way at the same time overtake each other.
    const next = sizing.then(() => sizeOf(exec, width, height, () => over));
    sizing = next;
    return next;
  };

  let ending: Promise<void> | undefined;
  const onAbort = (): void => {
    ending ??= (async () => {
      if (await endTerminal(connection, exec, type)) {
        entry?.ended();
        guard?.done();
      }
      over = true;
      stream.destroy();
    })();
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  const afterAbort = async (): Promise<void> => {
    if (!signal.aborted) return;
    await ending;
    signal.throwIfAborted();
  };

  async function* output(): AsyncGenerator<Uint8Array> {
    try {
      const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
      for (;;) {
        const next = await connection.call(`run ${command.argv[0]} in ${name}`, () => chunks.next());
        if (next.done === true) break;
        yield next.value;
      }
    } catch (error) {
      await afterAbort();
      throw error;
    } finally {
      over = true;
    }
    await afterAbort();
  }

  let code: Promise<number | null> | undefined;
  await resize(columns, rows);
  return {
    output: output(),
    type,
    resize,
    ended() {
      code ??= (async () => {
        await afterAbort();
        const seen = await exitCode(connection, exec, name, signal);
        signal.removeEventListener('abort', onAbort);
        if (seen !== null) entry?.ended();
        guard?.done();
        return seen;
      })();
      return code;
    },
  };
}

/** Never throws: where the size can't be set, the program has ended, or the next call will tell what is wrong. */
async function sizeOf(exec: Dockerode.Exec, w: number, h: number, over: () => boolean): Promise<void> {
  const patience = AbortSignal.timeout(BEGINS_WITHIN_MS);
  while (!over()) {
    try {
      await exec.resize({ w, h });
      return;
    } catch {
      const begins = await exec.inspect().then(
        ({ Running, ExitCode }) => Running || ExitCode === null,
        () => false,
      );
      if (!begins || !(await paused(LOOK_EVERY_MS, patience))) return;
    }
  }
}

/**
 * Ends a program as its terminal's user would, by Ctrl-C; then, where that is allowed, all of its session as a terminal
 * that is closed does, and after a grace for good. Never throws; true where it is known to be gone.
 */
async function endTerminal(connection: DockerConnection, exec: Dockerode.Exec, type: (keys: string) => void): Promise<boolean> {
  try {
    const patience = AbortSignal.timeout(GRACE_MS);
    let seen = await exec.inspect();
    // A program that has only just begun has no process id in the engine's books yet.
    while (seen.Running && seen.Pid === 0 && (await paused(LOOK_EVERY_MS, patience))) seen = await exec.inspect();
    const { Pid: pid, ContainerID: container } = seen;
    const session = async (): Promise<readonly number[]> => (connection.local ? sessionOf(pid, container) : []);
    const isGone = async (): Promise<boolean> => !(await exec.inspect()).Running && (await session()).length === 0;
    const gone = async (within: number): Promise<boolean> => {
      const limit = AbortSignal.timeout(within);
      do if (await isGone()) return true;
      while (await paused(LOOK_EVERY_MS, limit));
      return isGone();
    };
    type(INTERRUPT);
    if (await gone(HEEDS_WITHIN_MS)) return true;
    let allowed = connection.local;
    for (const signal of ['SIGHUP', 'SIGTERM', 'SIGKILL'] as const) {
      for (const member of await session()) allowed = signalTo(member, signal) && allowed;
      if (!allowed) type(QUIT);
      if (signal !== 'SIGHUP' && (await gone(GRACE_MS))) return true;
    }
  } catch {
    // The engine is gone, and with it what we know of the program.
  }
  return false;
}

function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * The processes of the session that a program leads: a shell at a terminal gives each of its jobs a group of its own. They
 * are there still where their leader is gone.
 */
async function sessionOf(leader: number, container: string): Promise<readonly number[]> {
  if (leader <= 1) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const members = await Promise.all(pids.map(async (pid) => ((await isIn(pid, leader, container)) ? [pid] : [])));
  return members.flat();
}

async function isIn(pid: number, leader: number, container: string): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name before may hold spaces and brackets; then come state, parent, group, session.
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return session === String(leader) && state !== 'Z' && (await belongsTo(pid, container));
  } catch {
    return false;
  }
}
