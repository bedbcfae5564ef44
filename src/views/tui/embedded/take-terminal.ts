import { afterProgram, giveBackSequence, untouched } from './left-by-program.ts';
import { createWithholding } from './withheld.ts';

/** A terminal that a program has for itself. */
export interface TakenTerminal {
  /** Shows what the program wrote, but for what sets titles and the clipboard; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Puts the terminal back as it was found. May be called twice. */
  giveBack(): void;
}

/** Who takes the terminal, and what it has to hear of it. */
export interface TerminalTaker {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Bytes as they were typed; text where the input has been decoded already. */
  typed(keys: string | Uint8Array): void;
  resized(columns: number, rows: number): void;
  /** Nobody is at the terminal any more. */
  gone(): void;
}

/** How much of a terminal a program is given where the terminal doesn't say its size. */
const USUAL = { columns: 80, rows: 24 };

/** The terminal's size, as a program is to be told. */
export function sizeOf({ columns, rows }: { readonly columns?: number; readonly rows?: number }): typeof USUAL {
  return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
}

/**
 * Hands the operator's terminal to a program: every byte goes both ways, Ctrl-C too, and the program's sequences reach the terminal
 * as they would by `docker exec`. However it ends, the terminal is given back as it was found.
 */
export function takeTerminal({ stdin, stdout, typed, resized, gone }: TerminalTaker): TakenTerminal {
  const withhold = createWithholding();
  let left = untouched;
  let over = false;
  const setRaw = (raw: boolean): void => {
    try {
      if (stdin.isTTY) stdin.setRawMode(raw);
    } catch {
      // A terminal that has gone has no mode.
    }
  };
  const take = (chunk: Buffer | string): void => typed(chunk);
  const onResize = (): void => {
    const { columns, rows } = sizeOf(stdout);
    resized(columns, rows);
  };
  // Who was stopped (kill -STOP) and goes on may find the terminal as the shell left it.
  const goOn = (): void => {
    setRaw(false);
    setRaw(true);
    onResize();
  };
  const giveBack = (): void => {
    if (over) return;
    over = true;
    stdin.off('data', take).off('end', gone).off('close', gone).off('error', gone);
    stdout.off('resize', onResize).off('error', gone);
    process.off('SIGCONT', goOn).off('exit', giveBack);
    stdin.pause();
    setRaw(false);
    const sequence = giveBackSequence(left);
    if (sequence !== '') stdout.write(sequence);
    // What is still on its way to a terminal that has gone must not bring the program down.
    stdout.on('error', () => undefined);
  };
  setRaw(true);
  process.on('exit', giveBack).on('SIGCONT', goOn);
  stdin.on('data', take).on('end', gone).on('close', gone).on('error', gone).resume();
  stdout.on('resize', onResize).on('error', gone);
  return {
    async write(bytes) {
      if (over) return;
      const shown = withhold(bytes);
      left = afterProgram(left, Buffer.from(shown).toString('latin1'));
      if (shown.length === 0 || stdout.write(shown) || stdout.destroyed) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          stdout.off('drain', done).off('close', done).off('error', done);
          resolve();
        };
        stdout.on('drain', done).on('close', done).on('error', done);
      });
    },
    giveBack,
  };
}
