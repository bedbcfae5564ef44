import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { notWritable } from './not-writable.ts';
import { temporaryBeside } from './temporary-file.ts';

/** Writes a file (0600) so that a crash at any moment leaves the old one or the new one, whole. Throws `state.not-writable`. */
export async function replaceFile(file: string, data: string | Uint8Array): Promise<void> {
  const temporary = temporaryBeside(file);
  try {
    {
      await using handle = await open(temporary, 'wx', 0o600);
      await handle.writeFile(data);
      await handle.sync();
    }
    await rename(temporary, file);
    await using folder = await open(dirname(file), 'r');
    await folder.sync();
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw notWritable(file, error);
  }
}
