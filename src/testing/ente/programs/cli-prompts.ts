import { spawnSync } from 'node:child_process';
import { readSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Questions of the stand-in for ente-cli. Each reads anew, as much as there is, and keeps the first line only: what was sent
 * ahead through a pipe is lost. A terminal gives one line at a time.
 */

/** Asks; throws where the answer is empty or the input has ended. */
export function ask(label: string): string {
  process.stdout.write(`${label}: `);
  const answer = readLine().trim();
  if (answer === '') throw new Error('input cannot be empty');
  return answer;
}

/** Asks without an echo; throws where the input is no terminal. */
export function askSecretly(label: string): string {
  const isTerminal = isatty(0);
  // Before the prompt: starting a program takes a while, and an answer in between would be on the screen.
  if (isTerminal) stty('-echo');
  process.stdout.write(`${label}: `);
  try {
    if (!isTerminal) throw new Error('inappropriate ioctl for device');
    return readLine();
  } finally {
    if (isTerminal) stty('echo');
  }
}

/** Asks again until the answer is `y` or `n`. */
export function confirm(label: string): boolean {
  for (;;) {
    const answer = ask(label);
    if (answer === 'c') throw new Error('cancelled');
    if (answer === 'y' || answer === 'n') return answer === 'y';
    process.stdout.write("Invalid input. Please enter 'y' or 'n'.\n");
  }
}

/** Asks for a code of six digits. */
export function askCode(label: string): string {
  for (;;) {
    const code = ask(label);
    if (code === 'c') throw new Error('OTP entry cancelled');
    if (code.length === 6) return code;
    process.stdout.write('OTP must be 6 digits');
  }
}

/** Asks again until the answer is a size; in bytes. */
export function askSize(label: string): number {
  const units: Readonly<Record<string, number>> = { MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };
  for (;;) {
    const answer = ask(label);
    if (answer === 'c') throw new Error('storage size entry cancelled');
    const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(MB|GB|TB)$/i.exec(answer) ?? [];
    if (number !== undefined) return Math.trunc(Number(number) * (units[unit.toUpperCase()] ?? 1));
    process.stdout.write("Invalid storage size format. Please use a valid format like '500MB', '2GB'.\n");
  }
}

function readLine(): string {
  const buffer = Buffer.alloc(4096);
  const length = readSync(0, buffer, 0, buffer.length, null);
  if (length === 0) throw new Error('EOF');
  return buffer.subarray(0, length).toString().split('\n')[0]?.replace(/\r$/, '') ?? '';
}

function stty(...settings: readonly string[]): void {
  spawnSync('stty', settings, { stdio: ['inherit', 'ignore', 'ignore'] });
}
