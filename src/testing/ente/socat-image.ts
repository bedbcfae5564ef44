import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { debianRoot } from '../debian-root.ts';

const run = promisify(execFile);

/**
 * An image with the real socat of this system's packages, made without any registry, that is called as `alpine/socat` is: the
 * command is socat's two addresses. Answers its name. The first time on an engine takes 10 seconds or so, then nothing; it is
 * left there.
 */
export async function socatImage(): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(fileURLToPath(import.meta.url)))
    .digest('hex');
  const tag = `fairlead-test/socat:${digest.slice(0, 12)}`;
  const isThere = await run('docker', ['image', 'inspect', tag]).then(
    () => true,
    () => false,
  );
  if (isThere) return tag;
  const root = await debianRoot('socat');
  const tar = `${root.path}.tar`;
  try {
    await run('tar', ['-C', root.path, '--exclude=./dev/*', '-cf', tar, '.']);
    const changes = ['ENV PATH=/usr/sbin:/usr/bin', 'ENTRYPOINT ["socat"]'];
    await run('docker', ['import', ...changes.flatMap((change) => ['--change', change]), tar, tag]);
    return tag;
  } finally {
    await rm(tar, { force: true });
    await root.cleanUp();
  }
}
