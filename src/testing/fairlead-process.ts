import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));

/** How a fairlead process ended. */
export interface FairleadEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real program, with a state folder of its own. */
export interface Fairlead {
  readonly stateDir: string;
  /** Runs it to its end, without a terminal. */
  run(...args: readonly string[]): Promise<FairleadEnd>;
  /** Starts it; `onLine` sees each line of standard output as it comes. */
  start(args: readonly string[], onLine?: (line: string, child: ChildProcess) => void): Promise<FairleadEnd>;
  cleanUp(): Promise<void>;
}

/**
 * A fairlead for one test, with an environment that can be added to. `command` is what its arguments are put behind;
 * default: this checkout's launcher.
 */
export async function createFairlead(
  environment: Readonly<Record<string, string>> = {},
  [program = launcher, ...leading]: readonly string[] = [],
): Promise<Fairlead> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-test-'));
  const stateDir = join(folder, 'state');
  const env = {
    ...process.env,
    FAIRLEAD_STATE_DIR: stateDir,
    FAIRLEAD_CONFIG_DIR: join(folder, 'config'),
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
    ...environment,
  };
  const start: Fairlead['start'] = (args, onLine) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...leading, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      let rest = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine?.(line, child);
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  return {
    stateDir,
    run: (...args) => start(args),
    start,
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
}
