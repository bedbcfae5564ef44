import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../model/failure.ts';
import { nearest } from './suggestion.ts';

/**
 * The absolute folder of a recipe, by its name in one of the folders (the first that has it), or by the path of its
 * folder or its `recipe.yaml`. Throws `recipe.not-found`.
 */
export async function findRecipe(nameOrPath: string, folders: readonly string[]): Promise<string> {
  if (!nameOrPath.includes('/')) {
    for (const folder of folders) {
      const candidate = resolve(folder, nameOrPath);
      if (dirname(candidate) === resolve(folder) && (await isRecipe(candidate))) return candidate;
    }
  }
  const path = resolve(nameOrPath);
  if (await isRecipe(path)) return path;
  if (basename(path) === 'recipe.yaml' && (await isRecipe(dirname(path)))) return dirname(path);

  const known = (await listRecipes(folders)).map((folder) => basename(folder));
  const meant = nearest(nameOrPath, known);
  throw fail(
    'recipe.not-found',
    `There is no recipe \`${nameOrPath}\`: no recipe of that name, and no recipe.yaml at that path.`,
    {
      hints: [
        ...(meant === undefined ? [] : [`Did you mean \`${meant}\`?`]),
        known.length === 0 ? `Recipes were looked for in ${folders.join(', ')}.` : `There are: ${known.join(', ')}.`,
      ],
    },
  );
}

/** The absolute folders of all recipes in these folders, by name; of two with one name the first counts. */
export async function listRecipes(folders: readonly string[]): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const path = resolve(folder, name);
      if (!name.startsWith('.') && !found.has(name) && (await isRecipe(path))) found.set(name, path);
    }
  }
  return [...found.keys()].sort().map((name) => found.get(name) as string);
}

async function isRecipe(folder: string): Promise<boolean> {
  const found = await stat(join(folder, 'recipe.yaml')).catch(() => undefined);
  return found?.isFile() === true;
}
