import { spawn, spawnSync } from 'node:child_process';
import type { Mouse } from './mouse.ts';

/** Keys that the terminal turns into signals for everybody at it, this program too, while a child has it. */
const SIGNALS_OF_KEYS = ['SIGINT', 'SIGQUIT'] as const;

/**
 * What the next one at a terminal expects of it, whatever the last one did: no colours, the first screen's own keys, a cursor, no
 * mouse, nothing marked as pasted. The second screen is left out: Ink is not on it then, and leaving it moves the cursor.
 */
const AS_NEW = '\u001b[0m\u001b[?1006l\u001b[?1003l\u001b[?1002l\u001b[?1000l\u001b[?2004l\u001b[?1l\u001b>\u001b[?25h';

/** What is needed of whoever lends the terminal. */
export interface Lender {
  /** Ink's own (`useApp`): leaves the second screen and raw mode, and comes back. */
  readonly suspendTerminal: (callback: () => Promise<void>) => Promise<unknown>;
  readonly stdin: Pick<NodeJS.ReadStream, 'pause'>;
  readonly stdout: Pick<NodeJS.WriteStream, 'write'>;
  readonly mouse?: Mouse;
}

/**
 * Lends the terminal: `use` has it alone until it resolves, then the app is drawn anew. All that is typed meanwhile is for `use`;
 * Ctrl-C too. What a child leaves of the terminal's modes when it is killed is put right.
 */
export async function lendTerminal<Result>(lender: Lender, use: () => Promise<Result>): Promise<Result> {
  const { suspendTerminal, stdin, stdout, mouse } = lender;
  const mouseWasOn = mouse?.isOn === true;
  mouse?.turnOff();
  let outcome: { readonly result: Result } | undefined;
  const heedSignals = ignoreSignals();
  try {
    await suspendTerminal(async () => {
      // Ink leaves its reading on: it would take what is typed for the child. Only after this turn can it be stopped.
      await new Promise((resolve) => setImmediate(resolve));
      stdin.pause();
      const modes = stty('-g');
      try {
        outcome = { result: await use() };
      } finally {
        if (modes !== undefined) stty(modes);
        stdout.write(AS_NEW);
      }
    });
  } finally {
    heedSignals();
    if (mouseWasOn) mouse?.turnOn();
  }
  if (outcome === undefined) throw new Error('the terminal could not be lent: nothing was run');
  return outcome.result;
}

/** Puts ears that hear nothing in place of those that would end the program; returns how to put those back. */
function ignoreSignals(): () => void {
  const ignore = (): void => undefined;
  const before = SIGNALS_OF_KEYS.map((name) => ({ name, listeners: process.listeners(name) }));
  for (const { name, listeners } of before) {
    process.on(name, ignore);
    for (const listener of listeners) process.off(name, listener);
  }
  return () => {
    for (const { name, listeners } of before) {
      for (const listener of listeners) process.on(name, listener);
      process.off(name, ignore);
    }
  };
}

/** How a program at the terminal ended; `failure`: why it could not be started. */
export interface ShellEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: NodeJS.ErrnoException;
}

/** Runs a program that has this terminal as its own, to its end. Never throws. */
export function runAtTerminal(
  [program = '', ...args]: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ShellEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' });
    child.on('error', (failure) => resolve({ code: null, signal: null, failure }));
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** The modes of the terminal's line (echo, line editing) as one word, or set to such a word. Where there is no stty, nothing. */
function stty(word: string): string | undefined {
  const { status, stdout } = spawnSync('stty', [word], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  const modes = stdout?.trim();
  return status === 0 && modes ? modes : undefined;
}
