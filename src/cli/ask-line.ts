import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import type { Console } from './output.ts';

/** Reads lines from the terminal, one question at a time. */
export interface LineReader {
  /**
   * The line that is typed; undefined when the input has ended, at Ctrl-C, and when the signal is aborted: then the
   * prompt goes. Rejects where the terminal has gone.
   */
  read(prompt: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Is a question open now? Then a wish to stop can't wait for the end of the step: that waits for the answer. */
  isOpen(): boolean;
}

/** A line can be edited where the terminal can be drawn over; on a dumb one it is read as it comes. */
export function createLineReader(console: Pick<Console, 'overwrites'>): LineReader {
  let open = 0;
  return {
    isOpen: () => open > 0,
    read(prompt, signal) {
      if (signal?.aborted) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        open++;
        const reader = createInterface({ input: process.stdin, output: process.stdout, terminal: console.overwrites });
        let closing = false;
        // On a terminal that went away (EIO) even closing is an error: it must not begin anew.
        const close = (): void => {
          if (closing) return;
          closing = true;
          reader.close();
        };
        const end = (answer: string | undefined): void => {
          open--;
          process.off('SIGINT', close);
          signal?.removeEventListener('abort', close);
          // What was asked and not answered stays on a line of its own.
          if (answer === undefined) process.stdout.write('\n');
          // After a hang-up the end of input is not the operator's word.
          if (answer === undefined && !isatty(0)) reject(new Error('the terminal has gone'));
          else resolve(answer);
        };
        let answer: string | undefined;
        reader.on('SIGINT', close);
        reader.on('error', close);
        process.on('SIGINT', close);
        signal?.addEventListener('abort', close, { once: true });
        reader.once('close', () => end(answer));
        reader.question(prompt, (line) => {
          answer = line;
          close();
        });
      });
    },
  };
}
