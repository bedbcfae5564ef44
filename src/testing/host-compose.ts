import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs the compose of this host, whichever generation it is. */
export async function hostCompose(...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const isPlugin = await run('docker', ['compose', 'version']).then(
    () => true,
    () => false,
  );
  return isPlugin ? run('docker', ['compose', ...args]) : run('docker-compose', args);
}
