import { createInterface } from 'node:readline';

/** Reads one line from the terminal; undefined when the input has ended. Ctrl-C is handed on as SIGINT. */
export function askLine(prompt: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const reader = createInterface({ input: process.stdin, output: process.stdout, terminal: true });
    let answer: string | undefined;
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.on('close', () => resolve(answer));
    reader.question(prompt, (line) => {
      answer = line;
      reader.close();
    });
  });
}
