import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { fail } from '../model/failure.ts';
import { errorCode, notWritable, reasonOf } from './not-writable.ts';

/** So many files are flushed at once: each is open meanwhile. */
const AT_ONCE = 64;

/**
 * Copies a recipe's folder into a run's: without its `test` folder and without dot files, folders 0700, files
 * 0600. A link is copied as what it leads to, which has to lie within the recipe. The copy is there whole, or not
 * at all. Throws `recipe.unreadable`, `recipe.link-leads-out` or `state.not-writable`.
 */
export async function copyRecipe(from: string, to: string): Promise<void> {
  const files = await listFiles(from);
  const partial = `${to}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const folders = new Set([partial]);
    for (const path of files) {
      const target = join(partial, path);
      folders.add(dirname(target));
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await copyFile(join(from, path), target, constants.COPYFILE_EXCL);
      await chmod(target, 0o600);
    }
    // Side by side: the disk writes them in one go, and one after the other each costs a wait of its own.
    for (let start = 0; start < files.length; start += AT_ONCE) {
      await Promise.all(files.slice(start, start + AT_ONCE).map((path) => sync(join(partial, path))));
    }
    for (const folder of folders) await sync(folder);
    await rename(partial, to);
    await sync(dirname(to));
  } catch (cause) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw notWritable(to, cause);
  }
}

/** Paths of all files to copy, relative to the folder. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  try {
    const root = await realpath(folder);
    const visit = async (path: string): Promise<void> => {
      for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
        if (entry.name.startsWith('.') || (path === '' && entry.name === 'test')) continue;
        const inner = join(path, entry.name);
        const real = await realpath(join(root, inner));
        const target = await stat(real);
        if (real !== join(root, inner) && (!real.startsWith(root + sep) || !target.isFile())) throw leadsOut(join(folder, inner));
        if (target.isDirectory()) await visit(inner);
        else if (target.isFile()) files.push(inner);
      }
    };
    await visit('');
    return files;
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    throw fail('recipe.unreadable', `The recipe ${basename(folder)} in ${folder} can't be read: ${reasonOf(cause)}.`, { cause });
  }
}

function leadsOut(path: string): Error {
  return fail('recipe.link-leads-out', `${path} is a link to a folder, or to a place outside the recipe.`, {
    hints: ["Put the file itself there: a run keeps a copy of the recipe's folder, and has to be whole."],
  });
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
