import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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
    async cleanUp() {
      await endEngines(stateDir);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A run that was begun at a terminal outlives it, and waits for an answer that nobody gives any more. */
export async function endEngines(stateDir: string): Promise<void> {
  const deployments = join(stateDir, 'deployments');
  for (const name of await readdir(deployments).catch(() => [])) {
    const pid = await engineOf(stateDir, name);
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}

/** The process that has a deployment's run for its own; undefined where none has. */
export async function engineOf(stateDir: string, deployment: string): Promise<number | undefined> {
  try {
    const { pid } = JSON.parse(await readFile(join(stateDir, 'deployments', deployment, 'lock'), 'utf8')) as { pid: number };
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return argv.includes('engine') && argv.includes(deployment) ? pid : undefined;
  } catch {
    return undefined;
  }
}
