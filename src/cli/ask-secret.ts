import { isatty } from 'node:tty';
import type { Console } from './output.ts';
import { createUnseenLine } from './unseen-line.ts';

/**
 * Asks for a secret at the terminal: nothing of what is typed is shown, not even how long it is. Undefined where there
 * is no terminal, at Ctrl-C, at Ctrl-D on an empty line, and when the signal is aborted: then the prompt goes. Rejects
 * where the terminal has gone. The terminal is put back however it ends, also at a signal that ends the process.
 */
export function askSecret(
  console: Pick<Console, 'out' | 'err' | 'json'>,
  prompt: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { stdin, stdout, stderr } = process;
  // Where the output is for a program the question is not: it would not be seen, and spoil the output.
  const say = stdout.isTTY === true && !console.json ? console.out : stderr.isTTY === true ? console.err : undefined;
  if (stdin.isTTY !== true || say === undefined || signal?.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const line = createUnseenLine();
    let open = true;
    const setRaw = (raw: boolean): void => {
      try {
        stdin.setRawMode(raw);
      } catch {
        // A terminal that has gone has no mode.
      }
    };
    const restore = (): void => setRaw(false);
    // Who was stopped (kill -STOP) and goes on may find the terminal as the shell left it, with echo.
    const goOn = (): void => {
      setRaw(false);
      setRaw(true);
      say(`\n${prompt}`);
    };
    const end = (answer: string | undefined): void => {
      if (!open) return;
      open = false;
      stdin.pause();
      restore();
      stdin.off('data', take).off('end', giveUp).off('error', giveUp);
      process.off('SIGINT', giveUp).off('SIGCONT', goOn).off('exit', restore);
      signal?.removeEventListener('abort', giveUp);
      say('\n');
      // After a hang-up the end of input is not the operator's word.
      if (answer === undefined && !isatty(0)) reject(new Error('the terminal has gone'));
      else resolve(answer);
    };
    const giveUp = (): void => end(undefined);
    // The app has its input decoded, for good (`setEncoding`): where it lends us the terminal, text comes instead of bytes.
    const take = (chunk: Buffer | string): void => {
      const ended = line.take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, performance.now());
      if (ended === undefined) return;
      end(ended.text);
      // What was typed ahead answers the next question.
      if (ended.text !== undefined && ended.rest.length > 0) {
        stdin.unshift(stdin.readableEncoding === null ? ended.rest : Buffer.from(ended.rest).toString('utf8'));
      }
    };
    process.on('exit', restore).on('SIGINT', giveUp).on('SIGCONT', goOn);
    signal?.addEventListener('abort', giveUp, { once: true });
    setRaw(true);
    stdin.on('data', take).on('end', giveUp).on('error', giveUp).resume();
    // Last: who sees it may type, or stop us, at once.
    say(prompt);
  });
}
