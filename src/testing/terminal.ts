import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));

/** How long a text may be awaited: a busy machine is slow, a wrong program is silent for ever. */
const PATIENCE_MS = 90_000;

/** The program at a terminal (80×24), with somebody who reads and types. */
export interface Terminal {
  /** All that was written to the terminal so far, escape sequences too. */
  readonly written: string;
  /** Waits until a text is written after the one that was seen last; fails with what was written instead. */
  see(text: string | RegExp): Promise<void>;
  /** Types a line and Enter. See the prompt first: nothing reads before. */
  type(line: string): void;
  /** Presses Ctrl-C. */
  pressCtrlC(): void;
  /** Ends the input as Ctrl-D does. */
  pressCtrlD(): void;
  /** The process id of the program. */
  program(): number;
  /** Waits for the end; the exit code as a shell sees it. */
  end(): Promise<number>;
  /** Takes the terminal away from a program that still runs, as a lost connection does. */
  hangUp(): Promise<void>;
}

/** What shows a run does so in lines here; for the app there is `openFairlead`. */
function inLines(args: readonly string[]): readonly string[] {
  const shows = ['run', 'resume', 'task', 'attach'].includes(args[0] ?? '') || (args[0] === 'secrets' && args[1] === 'rotate');
  return shows ? [...args, '--no-tui'] : args;
}

/** Starts fairlead at a pseudo-terminal (util-linux `script` makes it). */
export function openTerminal(args: readonly string[], environment: Readonly<Record<string, string>>): Terminal {
  // One that has no size of its own says 0 columns; a person's has some.
  const command = `stty cols 80 rows 24; exec ${[launcher, ...inLines(args)].map(quoted).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    env: { ...terminalEnvironment(), SHELL: '/bin/sh', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let written = '';
  let seen = 0;
  let ended = false;
  let look = (): void => undefined;
  const take = (chunk: string): void => {
    written += chunk;
    look();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  // Who types after the end types into nothing.
  child.stdin.on('error', () => undefined);
  const code = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => {
      ended = true;
      look();
      resolve(exit ?? -1);
    });
  });

  const find = (text: string | RegExp): number | undefined => {
    const rest = written.slice(seen);
    if (typeof text === 'string') {
      const at = rest.indexOf(text);
      return at === -1 ? undefined : seen + at + text.length;
    }
    const match = text.exec(rest);
    return match === null ? undefined : seen + match.index + match[0].length;
  };

  return {
    get written() {
      return written;
    },
    see: (text) =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error): void => {
          clearTimeout(timer);
          look = () => undefined;
          if (error === undefined) resolve();
          else reject(error);
        };
        const unseen = (why: string): void =>
          settle(new Error(`${String(text)} was not seen ${why}; the terminal shows:\n${written.slice(seen)}`));
        const timer = setTimeout(() => unseen('in time'), PATIENCE_MS);
        look = () => {
          const at = find(text);
          if (at !== undefined) {
            seen = at;
            settle();
          } else if (ended) unseen('before the end');
        };
        look();
      }),
    type: (line) => void child.stdin.write(`${line}\r`),
    pressCtrlC: () => void child.stdin.write('\u0003'),
    pressCtrlD: () => void child.stdin.write('\u0004'),
    program: () => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()),
    end: () => code,
    async hangUp() {
      if (!ended) child.kill('SIGKILL');
      await code;
    },
  };
}

/** What the surroundings of a test say about colours and terminals must not decide. */
function terminalEnvironment(): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, ...environment } = process.env;
  return { ...environment, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
}

/** `script` takes shell text. */
function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
