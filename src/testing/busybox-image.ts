import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAMS = ['sh', 'cat', 'echo', 'env', 'false', 'head', 'kill', 'ls', 'ps', 'seq', 'sleep', 'touch', 'true', 'yes'];

/** Keeps pid 1 alive, and lets it end at once when it is told to. */
const IDLE = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 3600 & wait; done'];

/**
 * Imports an image of this host's static busybox, for tests that need a container and no registry. Remove it
 * with `removeBusyboxImage`. `socket` is the path of another engine than the usual one.
 */
export async function importBusyboxImage(reference: string, socket?: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'busybox-image-'));
  try {
    await mkdir(join(root, 'bin'));
    for (const folder of ['etc', 'proc', 'sys', 'dev', 'tmp']) await mkdir(join(root, folder));
    await cp('/bin/busybox', join(root, 'bin/busybox'));
    for (const program of PROGRAMS) await symlink('busybox', join(root, 'bin', program));
    await run('tar', ['-C', root, '-cf', `${root}.tar`, '.']);
    const engine = socket === undefined ? [] : ['--host', `unix://${socket}`];
    await run('docker', [
      ...engine,
      'import',
      '--change',
      `CMD ${JSON.stringify(IDLE)}`,
      '--change',
      'ENV PATH=/bin',
      `${root}.tar`,
      reference,
    ]);
  } finally {
    await rm(root, { recursive: true, force: true });
    await rm(`${root}.tar`, { force: true });
  }
}

/** Takes it away again. */
export async function removeBusyboxImage(reference: string): Promise<void> {
  await run('docker', ['image', 'rm', '--force', reference]);
}
