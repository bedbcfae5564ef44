import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fail } from '../../model/failure.ts';
import type { Comparison } from './comparison.ts';

const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const launcher = fileURLToPath(new URL('../../../bin/fairlead', import.meta.url));

const BARE = 'bare Node';
const STARTS: readonly {
  readonly what: string;
  readonly contender: string;
  readonly argv: readonly string[];
  readonly goal?: number;
}[] = [
  { what: 'start', contender: BARE, argv: [process.execPath, '-e', '0'] },
  { what: '--version', contender: 'fairlead', argv: [process.execPath, main, '--version'], goal: 1.3 },
  { what: '--help', contender: 'fairlead', argv: [process.execPath, main, '--help'], goal: 1.3 },
  // In a checkout the launcher also looks whether the sources changed.
  { what: '--version', contender: 'by bin/fairlead', argv: [launcher, '--version'] },
];

/** Starts each so many times, in turns, and compares how long they take from start to end. */
export async function benchStarts(rounds: number, signal: AbortSignal): Promise<readonly Comparison[]> {
  const samples = STARTS.map((): number[] => []);
  // The first start of each only warms the disk's cache.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { argv }] of STARTS.entries()) {
      signal.throwIfAborted();
      const ms = await startOnce(argv);
      if (round > 0) samples[index]?.push(ms);
    }
  }
  return STARTS.map(({ what, contender, goal }, index) => ({
    what,
    contender,
    unit: 'ms',
    samples: samples[index] ?? [],
    ...(contender === BARE ? {} : { against: samples[0] ?? [] }),
    ...(goal === undefined ? {} : { goal: { ratio: goal } }),
  }));
}

function startOnce([program = '', ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore'] });
    child.on('error', reject);
    child.on('exit', (code) => {
      const ms = performance.now() - began;
      if (code === 0) resolve(ms);
      else reject(fail('bench.contender-failed', `${[program, ...args].join(' ')} ended with ${code}.`, { fault: 'bug' }));
    });
  });
}
