import { createPipedPrograms } from '../adapters/docker/piped-program.ts';
import { exitCodes, fail } from '../model/failure.ts';
import type { TerminalProgram } from '../model/ports.ts';
import { sizeOf, takeTerminal } from '../views/tui/embedded/take-terminal.ts';
import { meantContainer } from './deployed-containers.ts';
import { printFailure } from './output.ts';
import type { Session } from './session.ts';
import { createTerminals, guardedEngine, IMAGE_SHELL, terminalEnvironment } from './terminals.ts';

/** Signals that end us, and their numbers: an exit code tells which it was. */
const ENDING = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 } as const;

/** What shells and engines end with where a program is not there, or can't be run. */
const NOT_RUN = new Set([126, 127]);

/**
 * `fairlead exec DEPLOYMENT SERVICE [-- CMD…]`: runs a program, by default the image's shell, in a container of a deployment. At a
 * terminal the program has the terminal; else its input and output are ours. Its exit code is ours. Nothing is recorded.
 */
export async function execInService(
  deployment: string,
  service: string,
  command: readonly string[],
  session: Session,
): Promise<number> {
  const containers = await createTerminals(session).containers(deployment);
  const { container } = meantContainer(service, deployment, containers);
  const argv = command.length === 0 ? IMAGE_SHELL : command;
  const ending = createEnding();
  try {
    const code = session.console.attended
      ? await atTerminal(container, argv, session, ending)
      : await piped(container, argv, ending);
    if (command.length === 0 && NOT_RUN.has(code)) {
      session.console.err(`fairlead: the image of ${container} may have no shell; name a program that it has: -- PROGRAM\n`);
    }
    if (session.console.json && code !== 0) {
      printFailure(session.console, fail('exec.failed', `The program in ${container} ended with exit code ${code}.`));
    }
    return code;
  } catch (error) {
    if (ending.by === undefined) throw error;
    return 128 + ENDING[ending.by];
  } finally {
    ending.close();
  }
}

/** The program has this terminal until it ends. */
async function atTerminal(container: string, argv: readonly string[], session: Session, ending: Ending): Promise<number> {
  const { stdin, stdout } = process;
  const env = terminalEnvironment(session.environment.TERM);
  const program = await guardedEngine().openTerminal(container, { argv, env }, { ...sizeOf(stdout), signal: ending.signal });
  const taken = takeTerminal({
    stdin,
    stdout,
    typed: program.type,
    resized: (columns, rows) => void program.resize(columns, rows),
    gone: () => ending.end('SIGHUP'),
  });
  try {
    for await (const bytes of program.output) await taken.write(bytes);
    return await codeOf(program, session);
  } finally {
    taken.giveBack();
  }
}

async function codeOf(program: TerminalProgram, session: Session): Promise<number> {
  const code = await program.ended();
  if (code !== null) return code;
  session.console.err('fairlead: the program has left its terminal, and goes on in the container.\n');
  return exitCodes.done;
}

/** Its input is ours, unless that is a terminal: then somebody else may be reading there. */
async function piped(container: string, argv: readonly string[], ending: Ending): Promise<number> {
  const programs = createPipedPrograms({ reveal: async (text) => String(text) });
  const code = await programs.run(
    container,
    { argv },
    {
      signal: ending.signal,
      ...(process.stdin.isTTY ? {} : { stdin: process.stdin }),
      write: (from, bytes) => written(from === 'out' ? process.stdout : process.stderr, bytes, ending),
    },
  );
  return code ?? exitCodes.done;
}

/** Where the reader went away the program is ended, as in every pipe. */
function written(stream: NodeJS.WriteStream, bytes: Uint8Array, ending: Ending): Promise<void> {
  return new Promise((resolve) => {
    stream.write(bytes, (error) => {
      if (error) ending.end('SIGPIPE');
      resolve();
    });
  });
}

/** What ends us also ends the program. */
interface Ending {
  readonly signal: AbortSignal;
  /** Undefined where nothing did. */
  readonly by: keyof typeof ENDING | undefined;
  end(by: keyof typeof ENDING): void;
  close(): void;
}

function createEnding(): Ending {
  const controller = new AbortController();
  let by: keyof typeof ENDING | undefined;
  const end = (name: keyof typeof ENDING): void => {
    by ??= name;
    controller.abort();
  };
  const names = Object.keys(ENDING) as (keyof typeof ENDING)[];
  const listeners = names.map((name) => [name, () => end(name)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    signal: controller.signal,
    get by() {
      return by;
    },
    end,
    close() {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}
