import { writeSync } from 'node:fs';
import type { MeteredOutput, TerminalOutput } from './metered-output.ts';

/** Signals that end the program: of an administrator, of a terminal that went away, of another program's Ctrl-C. */
const ENDING = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** A signal that ends the program, or `gone`: the terminal can't be read any more, as after a hang-up that was ignored. */
export type Ending = (typeof ENDING)[number] | 'gone';

/**
 * Sees to it that the terminal is given back as it was found, however the program ends: at its exit, whatever led to it, what was
 * not put back yet is put back. At a signal that ends the program, or when the terminal is gone, `leave` is called once: it
 * unmounts the app and lets the program come to its end. Errors of a terminal that is gone are nobody's business then.
 * Returns how to stop all that, for when the app has ended well.
 */
export function watchTerminal(options: {
  readonly output: Pick<MeteredOutput<TerminalOutput>, 'giveBack'>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly leave: (why: Ending) => void;
}): () => void {
  const { output, stdin, stdout, leave } = options;
  let left = false;
  const leaveOnce = (why: Ending): void => {
    if (left) return;
    left = true;
    leave(why);
  };
  const onSignal = (name: NodeJS.Signals): void => leaveOnce(name as (typeof ENDING)[number]);
  const onGone = (): void => leaveOnce('gone');
  const putBack = (): void => {
    const sequence = output.giveBack();
    if (sequence === '') return;
    try {
      // At an exit nothing else is written any more.
      writeSync(stdout.fd, sequence);
    } catch {
      // The terminal is gone, and its modes with it.
    }
  };
  process.on('exit', putBack);
  for (const name of ENDING) process.on(name, onSignal);
  for (const event of ['error', 'end', 'close']) stdin.on(event, onGone);
  stdout.on('error', onGone);
  return () => {
    putBack();
    process.off('exit', putBack);
    for (const name of ENDING) process.off(name, onSignal);
    for (const event of ['error', 'end', 'close']) stdin.off(event, onGone);
    // Whatever is still on its way to a terminal that is gone must not bring the program down.
    stdout.off('error', onGone);
    stdout.on('error', () => undefined);
  };
}
