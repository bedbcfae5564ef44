import type { Duplex, Readable } from 'node:stream';
import type { Command } from '../../model/ports.ts';
import { createDockerConnection } from './docker-connection.ts';
import { type DockerExecOptions, endProgram, execRefused, exitCode } from './docker-exec.ts';
import { demultiplex } from './docker-frames.ts';
import { guardSession } from './guard-session.ts';

const GRACE_MS = 3000;

/** How a program's input and output are ours. */
export interface PipedOptions {
  /** Aborted: the program is ended. */
  readonly signal: AbortSignal;
  /** To its end; without it the program's input is empty. */
  readonly stdin?: Readable;
  /** Each piece, as it came; the next one waits for it. */
  write(from: 'out' | 'err', bytes: Uint8Array): Promise<void>;
}

/** Runs programs in containers without a terminal, byte for byte. */
export interface PipedPrograms {
  /** The exit code; null where it runs on and has only closed its output. Throws the signal's reason after an abort. */
  run(container: string, command: Omit<Command, 'stdin'>, options: PipedOptions): Promise<number | null>;
}

/** They end with us, also where we are killed. `socket` is a path; without it `DOCKER_HOST` is obeyed. */
export function createPipedPrograms({ reveal, socket }: DockerExecOptions & { readonly socket?: string }): PipedPrograms {
  const connection = createDockerConnection(socket);
  return {
    async run(name, command, { signal, stdin, write }) {
      signal.throwIfAborted();
      const env: string[] = [];
      for (const [key, value] of Object.entries(command.env ?? {})) {
        if (value !== undefined) env.push(`${key}=${await reveal(value)}`);
      }
      const guard = guardSession(connection);
      for (const [key, value] of Object.entries(guard.environment)) env.push(`${key}=${value}`);
      const act = `run ${command.argv[0]} in ${name}`;
      const started = connection.call(
        act,
        async (docker) => {
          const made = await docker.getContainer(name).exec({
            Cmd: [...command.argv],
            Env: env,
            AttachStdin: stdin !== undefined,
            AttachStdout: true,
            AttachStderr: true,
            Tty: false,
            ...(command.user === undefined ? {} : { User: command.user }),
            ...(command.cwd === undefined ? {} : { WorkingDir: command.cwd }),
          });
          await guard.begin(made);
          return { exec: made, stream: (await made.start({ hijack: true, stdin: true })) as Duplex };
        },
        execRefused(name),
      );
      started.catch(() => guard.done());
      const { exec, stream } = await started;
      // A program that doesn't read its input closes it; that is its right.
      stream.on('error', () => undefined);
      let ended = false;
      let ending: Promise<boolean> | undefined;
      const onAbort = (): void => {
        ending ??= endProgram(connection, exec, { ended: () => ended, graceMs: GRACE_MS }).finally(() => stream.destroy());
      };
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      try {
        if (stdin === undefined) stream.end();
        else stdin.on('error', () => stream.end()).pipe(stream);
        await connection.call(act, async () => {
          for await (const { from, data } of demultiplex(stream, false)) await write(from, data);
        });
        ended = true;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', onAbort);
        stdin?.unpipe(stream);
        if ((await ending) !== false) guard.done();
      }
      signal.throwIfAborted();
      return exitCode(connection, exec, name, signal);
    },
  };
}
