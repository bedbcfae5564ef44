import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findRecipe, listRecipes } from './find-recipe.ts';

let root: string;
let folders: readonly string[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'find-recipe-'));
  folders = [join(root, 'own'), join(root, 'shipped'), join(root, 'none')];
  for (const name of ['own/ente', 'shipped/ente', 'shipped/mastodon', 'shipped/.hidden', 'elsewhere/mine']) {
    await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, name, 'recipe.yaml'), '');
  }
  await mkdir(join(root, 'shipped/no-recipe'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

it('finds a recipe by its name, in the first folder that has it', async () => {
  expect(await findRecipe('ente', folders)).toBe(join(root, 'own/ente'));
  expect(await findRecipe('mastodon', folders)).toBe(join(root, 'shipped/mastodon'));
});

it("finds a recipe by its folder's path and by its file's", async () => {
  expect(await findRecipe(join(root, 'elsewhere/mine'), folders)).toBe(join(root, 'elsewhere/mine'));
  expect(await findRecipe(join(root, 'elsewhere/mine/recipe.yaml'), folders)).toBe(join(root, 'elsewhere/mine'));
});

it('suggests the name that was meant', async () => {
  await expect(findRecipe('mastodn', folders)).rejects.toMatchObject({
    failure: { code: 'recipe.not-found', hints: ['Did you mean `mastodon`?', 'There are: ente, mastodon.'] },
  });
  await expect(findRecipe('no-recipe', folders)).rejects.toMatchObject({ failure: { code: 'recipe.not-found' } });
  await expect(findRecipe('..', folders)).rejects.toMatchObject({ failure: { code: 'recipe.not-found' } });
  await expect(findRecipe('x', [join(root, 'none')])).rejects.toMatchObject({
    failure: { hints: [`Recipes were looked for in ${join(root, 'none')}.`] },
  });
});

it('lists each name once, sorted, without hidden folders and those that hold no recipe', async () => {
  expect(await listRecipes(folders)).toEqual([join(root, 'own/ente'), join(root, 'shipped/mastodon')]);
});
