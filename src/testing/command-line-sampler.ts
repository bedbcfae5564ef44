import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Watches what every user of the machine can see of its processes. */
export interface CommandLineSampler {
  /** Waits until a command line with that part was seen, which must be there until then. */
  hasSeen(part: string): Promise<void>;
  /** Ends it; every command line that was seen, arguments joined by spaces. */
  stop(): Promise<readonly string[]>;
}

/** Young processes are looked at in every round: a short program shall be seen, and what a fork becomes. */
const script = `
const { readdirSync, readFileSync } = require('node:fs');
const seen = new Set();
const born = new Map();
let round = 0;
const timer = setInterval(() => {
  round++;
  for (const pid of readdirSync('/proc')) {
    if (!/^\\d+$/.test(pid)) continue;
    if (!born.has(pid)) born.set(pid, round);
    if (round - born.get(pid) > 50 && (round + Number(pid)) % 50 !== 0) continue;
    try {
      const line = readFileSync('/proc/' + pid + '/cmdline', 'utf8').replaceAll('\\0', ' ').trim();
      if (!seen.has(line)) process.stdout.write(JSON.stringify(line) + '\\n');
      seen.add(line);
    } catch {}
  }
}, 20);
process.stdin.on('end', () => clearInterval(timer)).resume();
process.stdout.write('\\n');
`;

/** Starts sampling the command lines in `/proc`, about every 20 ms, in a process of its own; resolves when it has begun. */
export async function sampleCommandLines(): Promise<CommandLineSampler> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  let look = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    look();
  });
  await once(child.stdout, 'data');
  /** All but a last one that has not come whole. */
  const lines = (): readonly string[] => {
    const whole = said.split('\n').slice(0, -1);
    return whole.filter((line) => line !== '').map((line) => JSON.parse(line) as string);
  };
  return {
    hasSeen: (part) =>
      new Promise((resolve) => {
        look = () => {
          if (lines().some((line) => line.includes(part))) resolve();
        };
        look();
      }),
    async stop() {
      child.stdin.end();
      await once(child, 'close');
      return lines();
    },
  };
}
