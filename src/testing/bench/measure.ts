import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** What one start of a program cost. */
export interface Measured {
  /** From before it was started until it ended. */
  readonly seconds: number;
  /**
   * The greatest resident memory that any one process of its tree had: `VmHWM`, the kernel's own high-water mark, looked
   * at every few milliseconds. What a process took in the last moment of its life may be missed.
   */
  readonly peakMegabytes: number;
  readonly code: number | null;
}

/** Between two looks at the memory: some five reads in /proc, below one percent of a core. */
const LOOK_MS = 10;

/**
 * Runs a program to its end, its output (both streams) in `outputFile`. It leads a process group of its own, which an
 * abort ends with SIGTERM; then this resolves once it is gone.
 */
export function measure(
  [program = '', ...args]: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly outputFile: string; readonly signal: AbortSignal },
): Promise<Measured> {
  options.signal.throwIfAborted();
  const output = openSync(options.outputFile, 'w');
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, args, { env: options.env, stdio: ['ignore', output, output], detached: true });
    let peak = 0;
    const look = setInterval(() => {
      peak = Math.max(peak, child.pid === undefined ? 0 : peakOf(child.pid));
    }, LOOK_MS);
    const stop = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    };
    options.signal.addEventListener('abort', stop, { once: true });
    const clear = (): void => {
      clearInterval(look);
      options.signal.removeEventListener('abort', stop);
      closeSync(output);
    };
    child.on('error', (error) => {
      clear();
      reject(error);
    });
    child.on('exit', (code) => {
      const seconds = (performance.now() - began) / 1000;
      clear();
      resolve({ seconds, peakMegabytes: peak / 1024, code });
    });
  });
}

/** The high-water mark of the biggest process among `pid` and all below it, in KiB; 0 for one that is gone. */
function peakOf(pid: number): number {
  try {
    const own = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return Math.max(own, ...children.map((child) => peakOf(Number(child))));
  } catch {
    return 0;
  }
}
