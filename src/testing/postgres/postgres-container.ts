import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { postgresImage } from './postgres-image.ts';

/** How a program ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A PostgreSQL server of one test's own. */
export interface PostgresContainer {
  /** The container's name. */
  readonly name: string;
  /** Runs statements as `postgres` over the socket; answers what they print. */
  sql(statements: string): Promise<string>;
  /** What it has logged. */
  log(): Promise<string>;
  cleanUp(): Promise<void>;
}

/** Starts one that logs all statements; answers once it is ready. `settings` are added to its command line. */
export async function createPostgres(...settings: readonly string[]): Promise<PostgresContainer> {
  const image = await postgresImage();
  const name = `fairlead-pg-${randomBytes(4).toString('hex')}`;
  const options = ['-d', '--name', name, '--env', `POSTGRES_PASSWORD=${randomBytes(12).toString('hex')}`];
  const postgres: PostgresContainer = {
    name,
    sql: async (statements) => (await must(['exec', name, 'psql', '-U', 'postgres', '-XqAt', '-c', statements])).stdout.trim(),
    log: async () => {
      const { stdout, stderr } = await must(['logs', name]);
      return stdout + stderr;
    },
    cleanUp: async () => void (await docker(['rm', '-f', '-v', name])),
  };
  try {
    await must(['run', ...options, image, 'postgres', '-c', 'log_statement=all', ...settings.flatMap((each) => ['-c', each])]);
    await isReady(name);
    return postgres;
  } catch (error) {
    await postgres.cleanUp();
    throw error;
  }
}

/** Waits until the server in a container accepts connections; half a minute at most. */
async function isReady(container: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await docker(['exec', container, 'pg_isready', '-q'])).code === 0) return;
    await pause(100);
  }
  throw new Error(`the server in ${container} is not ready`);
}

/** Does the server let this role in over TCP with this password? */
export async function letsIn(container: string, role: string, password: string, database = 'postgres'): Promise<boolean> {
  const login = ['-h', '127.0.0.1', '-U', role, '-d', database, '-w', '-XqAt', '-c', 'SELECT 1'];
  const { code, stdout, stderr } = await docker(['exec', '--env', 'PGPASSWORD', container, 'psql', ...login], {
    PGPASSWORD: password,
  });
  if (code === 0 && stdout.trim() === '1') return true;
  if (/password authentication failed/.test(stderr)) return false;
  throw new Error(`neither let in nor refused: ${stdout}${stderr}`);
}

/** Runs the docker program; whatever it ends with is a result. */
export function docker(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile('docker', args, { env: { ...process.env, ...env } }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

async function must(args: readonly string[]): Promise<Ran> {
  const ran = await docker(args);
  if (ran.code !== 0) throw new Error(`docker ${args[0]} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
  return ran;
}
