import { readFile, rm } from 'node:fs/promises';
import { debianRoot } from '../debian-root.ts';
import { must } from '../must.ts';
import { digestOf, isImageThere } from '../stand-in-images.ts';

/**
 * An image with the real socat of this system's packages, made without any registry, that is called as `alpine/socat` is: the
 * command is socat's two addresses. Answers its name. The first time on an engine takes 10 seconds or so, then nothing; it is
 * left there.
 */
export async function socatImage(): Promise<string> {
  const tag = `fairlead-test/socat:${digestOf(await readFile(new URL(import.meta.url), 'utf8'))}`;
  if (await isImageThere(tag)) return tag;
  const root = await debianRoot('socat');
  const tar = `${root.path}.tar`;
  try {
    await must('tar', ['-C', root.path, '--exclude=./dev/*', '-cf', tar, '.']);
    const changes = ['ENV PATH=/usr/sbin:/usr/bin', 'ENTRYPOINT ["socat"]'];
    await must('docker', ['import', ...changes.flatMap((change) => ['--change', change]), tar, tag]);
    return tag;
  } finally {
    await rm(tar, { force: true });
    await root.cleanUp();
  }
}
