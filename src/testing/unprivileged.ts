import { chmod, copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program for somebody who is not root and may nothing. */
export interface Unprivileged {
  /** What starts it: arguments go behind it. */
  readonly command: readonly string[];
  /** Where the copy lies; others may put what he may read beside it. */
  readonly folder: string;
  cleanUp(): Promise<void>;
}

const NOBODY = 65534;

/** A copy that everybody may read: a checkout of root's may lie where nobody else can go. Needs root. */
export async function copyForNobody(): Promise<Unprivileged> {
  const checkout = fileURLToPath(new URL('../..', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-copy-'));
  await chmod(folder, 0o755);
  for (const part of ['bin', 'dist', 'package.json']) await cp(join(checkout, part), join(folder, part), { recursive: true });
  await mkdir(join(folder, 'recipes'));
  await mkdir(join(folder, 'node_modules', '.bin'), { recursive: true });
  await copyFile(process.execPath, join(folder, 'node_modules', '.bin', 'node'));
  return {
    folder,
    command: ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', join(folder, 'bin', 'fairlead')],
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
}
