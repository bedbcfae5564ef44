import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, posix, resolve, sep } from 'node:path';
import type { RecipeFile } from '../model/recipe.ts';

/** The files of a recipe's folder, read once. Paths are relative to it, with `/`. */
export interface RecipeFiles {
  /** Absolute. */
  readonly folder: string;
  /** SHA-256 over the names and contents of all files. */
  readonly digest: string;
  /** All files, sorted. */
  readonly names: readonly string[];
  /** Links that lead out of the folder, to a folder, or to nothing. */
  readonly badLinks: readonly string[];
  /** A file's text (UTF-8); undefined where there is none. */
  text(path: string): string | undefined;
  /** A file or a folder with its digest; undefined where there is none. */
  find(path: string): RecipeFile | undefined;
}

/**
 * Reads a recipe's folder. `test/` at its top is no part of the recipe, nor is what has a name that starts with a
 * dot. A link to a file inside the folder counts as that file; any other is refused: a run keeps a copy of the
 * folder, which has to be whole.
 */
export async function readRecipeFiles(folder: string): Promise<RecipeFiles> {
  const root = resolve(folder);
  const contents = new Map<string, Buffer>();
  const badLinks: string[] = [];
  await readInto(contents, badLinks, root, await realpath(root), '');
  const names = [...contents.keys()].sort();
  const digests = new Map(names.map((name) => [name, sha256(contents.get(name) ?? '')]));
  const digestOf = (some: readonly string[], from = ''): string =>
    sha256(some.map((name) => `${name.slice(from.length)}\0${digests.get(name)}\n`).join(''));
  return {
    folder: root,
    digest: digestOf(names),
    names,
    badLinks,
    text: (path) => contents.get(path)?.toString('utf8'),
    find: (path) => {
      const name = posix.normalize(path).replace(/\/$/, '');
      const found = (digest: string): RecipeFile => ({ recipeFile: name, path: join(root, name), digest });
      const own = digests.get(name);
      if (own !== undefined) return found(own);
      const inside = names.filter((file) => file.startsWith(`${name}/`));
      return inside.length === 0 ? undefined : found(digestOf(inside, `${name}/`));
    },
  };
}

/** A path as an author wrote it, within a folder of the recipe; undefined where it leads out of it. */
export function pathWithin(folder: string, written: string): string | undefined {
  if (posix.isAbsolute(written) || written.includes('\\') || written.includes('\0')) return undefined;
  const path = posix.normalize(written);
  return path === '..' || path.startsWith('../') ? undefined : posix.join(folder, path);
}

async function readInto(
  contents: Map<string, Buffer>,
  badLinks: string[],
  root: string,
  realRoot: string,
  below: string,
): Promise<void> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  for (const entry of entries) {
    const name = posix.join(below, entry.name);
    if (name === 'test' || entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      await readInto(contents, badLinks, root, realRoot, name);
    } else if (entry.isFile()) {
      contents.set(name, await readFile(join(root, name)));
    } else if (entry.isSymbolicLink()) {
      const target = await realpath(join(root, name)).catch(() => undefined);
      const inside = target?.startsWith(realRoot + sep) === true;
      const file = inside ? await readFile(target).catch(() => undefined) : undefined;
      if (file === undefined) badLinks.push(name);
      else contents.set(name, file);
    }
  }
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
