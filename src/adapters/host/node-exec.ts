import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync, constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { ChildrenRegister, ProgramEntry } from '../../model/children.ts';
import { type FairleadError, fail } from '../../model/failure.ts';
import type { Command, ExecOptions, Executed } from '../../model/ports.ts';
import type { Text } from '../../model/secrets.ts';
import { createBoundedOutput } from '../lib/bounded-output.ts';
import { cantBecome, noSuchProgram, noSuchUser, noSuchWorkingDirectory, notExecutable } from './host-failures.ts';
import { findLoginUser, type LoginUser } from './login-user.ts';
import { leavePipe, type OutputPipe, openOutputPipe } from './output-pipe.ts';
import { endGroup, GRACE_MS, signalGroup } from './process-group.ts';

/** What running programs on this machine takes from outside. */
export interface NodeExecOptions {
  reveal(text: Text): Promise<string>;
  /** Lists each program while it runs. */
  readonly children?: ChildrenRegister;
}

/** A program under way. */
interface Started {
  readonly child: ChildProcessByStdio<Writable | null, Readable | null, Readable | null>;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** What is spawned: `command`, turned into plain strings. */
interface Spawn {
  readonly argv: readonly string[];
  readonly env: Record<string, string>;
  readonly stdin: string | undefined;
  readonly cwd: string | undefined;
  readonly uid?: number;
  readonly gid?: number;
}

/** So long after a program's end we still read its pipes, in milliseconds: a daemon may hold them open for ever. */
const DRAIN_MS = 250;

/** The last line of an output that goes on, and is not read on: its writer should not count on us. */
const LEFT_BEHIND = '[it left something running that still writes here; give it a log file]';

/** Runs one program in a session of its own, and resolves when it has ended. See `Host.exec`. */
export async function execOnNode(command: Command, options: ExecOptions, host: NodeExecOptions): Promise<Executed> {
  options.signal.throwIfAborted();
  const prepared = await prepare(command, host);
  options.signal.throwIfAborted();
  const entry = host.children?.program(command.argv);
  let started: Started;
  try {
    started = start(prepared, entry);
  } catch (error) {
    entry?.ended();
    throw await spawnFailure(error, prepared, command);
  }
  const { pid } = started.child;
  if (pid === undefined) {
    entry?.ended();
    const error = await new Promise<unknown>((resolve) => started.child.once('error', resolve));
    for (const pipe of [started.stdout, started.stderr]) pipe.destroy();
    throw await spawnFailure(error, prepared, command);
  }
  entry?.started(pid);
  return follow(started, pid, prepared.stdin, options, entry);
}

function start({ argv, env, stdin, cwd, uid, gid }: Spawn, entry: ProgramEntry | undefined): Started {
  const [program, ...args] = argv as [string, ...string[]];
  const { pipes } = entry ?? {};
  const named: OutputPipe[] = [];
  try {
    if (pipes !== undefined) for (const path of [pipes.stdout, pipes.stderr]) named.push(openOutputPipe(path));
    const [out, err] = named;
    const child = spawn(program, args, {
      env: { ...env, ...entry?.environment },
      cwd,
      detached: true,
      stdio: [stdin === undefined ? 'ignore' : 'pipe', out?.writer ?? 'pipe', err?.writer ?? 'pipe'],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    }) as Started['child'];
    return { child, stdout: (out?.reader ?? child.stdout) as Readable, stderr: (err?.reader ?? child.stderr) as Readable };
  } catch (error) {
    for (const { reader } of named) reader.destroy();
    throw error;
  } finally {
    for (const { writer } of named) closeSync(writer);
  }
}

function follow(
  { child, ...pipes }: Started,
  pid: number,
  stdin: string | undefined,
  options: ExecOptions,
  entry: ProgramEntry | undefined,
): Promise<Executed> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    let stopping: { readonly reason: unknown; readonly deadline: number; readonly timer: NodeJS.Timeout } | undefined;
    let finished = false;

    const stop = (reason: unknown): void => {
      if (stopping !== undefined || finished) return;
      signalGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS);
      stopping = { reason, deadline: performance.now() + GRACE_MS, timer };
    };
    const onAbort = (): void => stop(signal.reason);
    const onLine = options.onLine && lineGiver(options.onLine, stop);
    const stdout = createBoundedOutput(onLine);
    const stderr = createBoundedOutput(onLine);

    const finish = (code: number | null, killedBy: NodeJS.Signals | null): void => {
      if (finished) return;
      finished = true;
      entry?.ended();
      signal.removeEventListener('abort', onAbort);
      stdout.end();
      stderr.end();
      if (stopping === undefined) {
        resolve({ code, signal: killedBy, stdout: stdout.text(), stderr: stderr.text() });
        return;
      }
      clearTimeout(stopping.timer);
      const { reason, deadline } = stopping;
      endGroup(pid, deadline).then(() => reject(reason), reject);
    };

    const outputs = [
      [pipes.stdout, stdout, entry?.pipes?.stdout],
      [pipes.stderr, stderr, entry?.pipes?.stderr],
    ] as const;
    const closed = outputs.map(([pipe, output]) => {
      pipe.on('data', (chunk: Uint8Array) => {
        if (!finished) output.push(chunk);
      });
      pipe.on('error', () => undefined);
      return new Promise((close) => pipe.once('close', close));
    });
    child.on('error', () => undefined);
    child.once('exit', (code, killedBy) => {
      // After a late timer, one more turn of the loop reads what already lies in the pipes.
      const drained = setTimeout(() => setImmediate(() => setImmediate(() => leave(code, killedBy))), DRAIN_MS);
      void Promise.all(closed).then(() => {
        clearTimeout(drained);
        finish(code, killedBy);
      });
    });
    const leave = (code: number | null, killedBy: NodeJS.Signals | null): void => {
      // While the entry is on the list, and so the pipes have their names: whoever kills us now, the next engine finds them.
      for (const [pipe, , path] of outputs) {
        if (path !== undefined && leavePipe(path)) pipe.destroy();
        // Still read, and no longer waited for: a daemon that writes to a closed pipe would die of it.
        else (pipe as Readable & { unref?(): void }).unref?.();
      }
      finish(code, killedBy);
      if (stopping === undefined) onLine?.(LEFT_BEHIND);
    };

    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    // EPIPE: the program ended, or closed its input, before it read all. Its exit code tells whether that matters.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

/** A listener that throws ends the program: its error must reach whoever runs it, not the event loop. */
function lineGiver(onLine: (line: string) => void, stop: (reason: unknown) => void): (line: string) => void {
  return (line) => {
    try {
      onLine(line);
    } catch (error) {
      stop(error);
    }
  };
}

async function prepare(command: Command, host: NodeExecOptions): Promise<Spawn> {
  const program = command.argv[0] ?? '';
  if (program === '' || command.argv.some((word) => word.includes('\0'))) {
    throw fail('host.bad-command', 'A command is empty, or holds a NUL character.', { fault: 'bug' });
  }
  const user = command.user === undefined ? undefined : await findLoginUser(command.user);
  if (command.user !== undefined && user === undefined) throw noSuchUser(program, command.user);
  const env = await environmentOf(command, user, host);
  const stdin = command.stdin === undefined ? undefined : await host.reveal(command.stdin);
  // Our own folder may be one that the user can't enter.
  const cwd = command.cwd ?? (user === undefined ? undefined : '/');
  const plain: Spawn = { argv: command.argv, env, stdin, cwd };
  const own = process.getuid?.();
  if (user === undefined || user.uid === own) return plain;
  if (own !== 0) throw cantBecome(program, user.name);
  if (user.groups.length === 0) return { ...plain, uid: user.uid, gid: user.gid };
  // `spawn` drops all further groups, and can't set them.
  if ((await findProgram(program, env.PATH, constants.X_OK)) === undefined) throw noSuchProgram(program);
  const become = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, `--groups=${user.groups.join(',')}`, '--'];
  return { ...plain, argv: [...become, ...command.argv] };
}

async function environmentOf(
  command: Command,
  user: LoginUser | undefined,
  host: NodeExecOptions,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  // Compose files say `${UID:-1001}`: an exported UID of the operator's shell would win over `.env`.
  delete env.UID;
  delete env.GID;
  // Programs' output is read by steps: it is English, in UTF-8.
  env.LC_ALL ??= 'C.UTF-8';
  env.LANG ??= 'C.UTF-8';
  if (user !== undefined) Object.assign(env, { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell });
  for (const [name, value] of Object.entries(command.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = await host.reveal(value);
  }
  return env;
}

/** Where a shell without a PATH looks. */
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The first place where the program is and passes `mode`; undefined where there is none. */
async function findProgram(program: string, path = USUAL_PATH, mode = constants.F_OK): Promise<string | undefined> {
  const places = program.includes('/') ? [program] : path.split(delimiter).map((folder) => join(folder, program));
  for (const place of places) {
    const found = await access(place, mode).then(
      () => true,
      () => false,
    );
    if (found) return place;
  }
  return undefined;
}

async function spawnFailure(error: unknown, prepared: Spawn, command: Command): Promise<unknown> {
  const program = command.argv[0] ?? '';
  const { code } = error as NodeJS.ErrnoException;
  const { cwd } = prepared;
  if (cwd !== undefined && !(await isFolder(cwd))) return noSuchWorkingDirectory(program, cwd);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return noSuchProgram(prepared.argv[0] ?? program);
    case 'EACCES':
      // Also the answer where another user may not enter a folder of our PATH, and the program is in none.
      return (await findProgram(program, prepared.env.PATH)) === undefined ? noSuchProgram(program) : notExecutable(program);
    case 'ENOEXEC':
      return notExecutable(program);
    case 'EPERM':
      return command.user === undefined ? notExecutable(program) : cantBecome(program, command.user);
    case 'E2BIG':
      return fail('host.command-too-long', `The arguments of ${program} are longer than the system allows.`, {
        hints: ['Give the data on standard input or in a file.'],
      });
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return outOfResources(program, code);
    default:
      return error;
  }
}

function outOfResources(program: string, code: string): FairleadError {
  return fail('host.out-of-resources', `Can't start ${program}: the system has no room for another process (${code}).`, {
    fault: 'environment',
    hints: ['See `free -h` and `ulimit -a`; end what is not needed, then resume.'],
    retryable: true,
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
