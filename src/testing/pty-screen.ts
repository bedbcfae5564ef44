import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { type IPty, spawn } from 'node-pty';

const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));

/** How long something may be awaited: a busy machine is slow, a wrong program is silent for ever. */
const PATIENCE_MS = 90_000;

/** How a program is shown. */
export interface ScreenOptions {
  /** Default 80. */
  readonly columns?: number;
  /** Default 24. */
  readonly rows?: number;
  /** Added to this process's environment, which says xterm-256color, UTF-8 and nothing of colours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A piece of what a program wrote. */
export interface Portion {
  /** `performance.now()` of this process when it came. */
  readonly at: number;
  readonly bytes: number;
}

/** A program at a terminal of its own: what the terminal shows, somebody who types, and an ear for what is written. */
export interface Screen {
  /** The program's process: leader of a session and of a process group. */
  readonly pid: number;
  /** What the terminal shows, a line for each row, without spaces at the ends. */
  text(): string;
  /** Where the cursor stands, from 0. */
  cursor(): { readonly column: number; readonly row: number };
  /** Modes that a program must leave as it found them. */
  modes(): { readonly alternateScreen: boolean; readonly bracketedPaste: boolean; readonly mouse: boolean };
  /** All that was written so far, escape sequences too. */
  readonly written: string;
  /** How much of it came when. */
  readonly portions: readonly Portion[];
  /** The most bytes that came within any stretch of so many milliseconds. */
  mostBytesWithin(ms: number): number;
  /**
   * Waits until the terminal shows a text, or is as a predicate wants it. Fails with what it shows instead when that takes
   * longer than `ms` (default: a minute and a half) or the program ends before.
   */
  waitFor(wanted: string | RegExp | ((shown: string) => boolean), ms?: number): Promise<void>;
  /** Types characters, or keys of KEYS. */
  type(keys: string): void;
  /** Makes the terminal another size, and tells the program. */
  resize(columns: number, rows: number): void;
  /** How many bytes come within the next `ms`: for programs that must be still, or must not be louder than they may. */
  listen(ms: number): Promise<number>;
  /** Waits for the end; the exit code as a shell sees it (128 and the signal's number). */
  end(ms?: number): Promise<number>;
  /** Takes the terminal away, as a lost connection does: the kernel hangs up on whoever has it. Resolves when the program is gone. */
  hangUp(): Promise<number>;
  /** Hangs up on what still runs, and ends what that does not end. For the end of a test; may be called twice. */
  close(): Promise<void>;
}

/** Starts fairlead at a terminal, by its launcher. */
export function openFairlead(args: readonly string[], options: ScreenOptions = {}): Screen {
  return openScreen([launcher, ...args], options);
}

/** Starts a program at a terminal, which answers what programs ask terminals. */
export function openScreen([program = '', ...args]: readonly string[], options: ScreenOptions = {}): Screen {
  const { columns = 80, rows = 24, cwd = process.cwd() } = options;
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
  const pty: IPty = spawn(program, [...args], {
    cols: columns,
    rows,
    cwd,
    env: { ...plainEnvironment(), ...options.env },
    name: options.env?.TERM ?? 'xterm-256color',
    // Bytes: a character may come in two portions.
    encoding: null,
  });
  const portions: Portion[] = [];
  const written: Buffer[] = [];
  const waiting = new Set<() => void>();
  let unread = 0;
  let exitCode: number | undefined;
  let closed = false;

  const look = (): void => {
    for (const each of [...waiting]) each();
  };
  pty.onData((data: string | Buffer) => {
    const bytes = Buffer.from(data);
    portions.push({ at: performance.now(), bytes: bytes.length });
    written.push(bytes);
    unread++;
    terminal.write(bytes, () => {
      unread--;
      look();
    });
  });
  terminal.onData((answer) => {
    if (exitCode === undefined && !closed) pty.write(answer);
  });
  pty.onExit(({ exitCode: code, signal }) => {
    exitCode = signal === undefined || signal === 0 ? code : 128 + signal;
    look();
  });

  const text = (): string => {
    const buffer = terminal.buffer.active;
    const lines = Array.from({ length: terminal.rows }, (_, row) =>
      buffer
        .getLine(buffer.baseY + row)
        ?.translateToString(true)
        .trimEnd(),
    );
    return lines.join('\n').trimEnd();
  };
  /** Resolves as soon as `done` gives something, looked at whenever something was drawn or ended. */
  const until = <T>(done: () => T | undefined, ms: number, late: () => Error): Promise<T> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        waiting.delete(attempt);
        act();
      };
      const attempt = (): void => {
        try {
          const found = done();
          if (found !== undefined) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error as Error));
        }
      };
      const timer = setTimeout(() => settle(() => reject(late())), ms);
      waiting.add(attempt);
      attempt();
    });
  const shown = (): string => `the terminal shows:\n${text()}`;
  const end = (ms = PATIENCE_MS): Promise<number> =>
    until(
      // What it wrote last is read first.
      () => (unread === 0 ? exitCode : undefined),
      ms,
      () => new Error(`the program did not end in ${ms} ms; ${shown()}`),
    );
  const hangUp = async (): Promise<number> => {
    if (!closed) {
      closed = true;
      // Not in its type: closes this end of the terminal, whereupon the kernel sends SIGHUP to the other.
      if (exitCode === undefined) (pty as IPty & { destroy(): void }).destroy();
    }
    return end();
  };

  return {
    pid: pty.pid,
    text,
    cursor: () => ({ column: terminal.buffer.active.cursorX, row: terminal.buffer.active.cursorY }),
    modes: () => ({
      alternateScreen: terminal.buffer.active.type === 'alternate',
      bracketedPaste: terminal.modes.bracketedPasteMode,
      mouse: terminal.modes.mouseTrackingMode !== 'none',
    }),
    get written() {
      return Buffer.concat(written).toString();
    },
    portions,
    mostBytesWithin: (ms) => mostWithin(portions, ms),
    waitFor: async (wanted, ms = PATIENCE_MS) => {
      const isThere = (): boolean => {
        const now = text();
        if (typeof wanted === 'function') return wanted(now);
        return typeof wanted === 'string' ? now.includes(wanted) : wanted.test(now);
      };
      await until(
        () => {
          if (isThere()) return true;
          if (exitCode === undefined || unread > 0) return undefined;
          throw new Error(`${String(wanted)} was not seen before the program ended with ${exitCode}; ${shown()}`);
        },
        ms,
        () => new Error(`${String(wanted)} was not seen in ${ms} ms; ${shown()}`),
      );
    },
    type: (keys) => pty.write(keys),
    resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows);
      pty.resize(newColumns, newRows);
    },
    listen: async (ms) => {
      const from = performance.now();
      await new Promise((resolve) => setTimeout(resolve, ms));
      return portions.filter(({ at }) => at >= from).reduce((sum, { bytes }) => sum + bytes, 0);
    },
    end,
    hangUp,
    async close() {
      const left = sessionOf(pty.pid);
      for (const pid of left) endNow(pid);
      await hangUp();
      terminal.dispose();
    },
  };
}

/** The most bytes within any stretch of so many milliseconds. */
export function mostWithin(portions: readonly Portion[], ms: number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { at, bytes } of portions) {
    sum += bytes;
    for (let oldest = portions[first]; oldest !== undefined && at - oldest.at >= ms; oldest = portions[first]) {
      sum -= oldest.bytes;
      first++;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** What the surroundings of a test say about colours and terminals must not decide. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, COLORTERM: ___, TMUX: ____, STY: _____, ...environment } = process.env;
  return { ...environment, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
}

/** All processes of the session that a process leads, as /proc tells. One that made a session of its own is not among them. */
function sessionOf(leader: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The name in parentheses may hold anything; the session is the fourth field after it.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
      return Number(session) === leader ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
