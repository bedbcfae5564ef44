import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What is in a folder, all the way down: each path with its kind, owner, size and times; for 'nothing was touched'. */
export async function folderTree(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const lines = await Promise.all(
    names.map(async (name) => {
      const { mode, uid, gid, size, mtimeMs, ctimeMs } = await lstat(join(folder, name));
      return [name, mode.toString(8), uid, gid, size, mtimeMs, ctimeMs].join(' ');
    }),
  );
  return lines.sort();
}
