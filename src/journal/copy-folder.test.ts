import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { failureOf } from '../model/failure.ts';
import { copyRecipe } from './copy-folder.ts';

let dir: string;
let from: string;
let to: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'copy-'));
  from = join(dir, 'recipe');
  to = join(dir, 'runs', 'run', 'recipe');
  await mkdir(join(from, 'files', 'test'), { recursive: true });
  await writeFile(join(from, 'recipe.yaml'), 'recipe: demo\n');
  await writeFile(join(from, 'files', 'a.sh'), '#!/bin/sh\n');
  await chmod(join(from, 'files', 'a.sh'), 0o755);
  await writeFile(join(from, 'files', 'test', 'kept.txt'), 'a folder of that name further down\n');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const codeOf = async (promise: Promise<unknown>): Promise<string> => failureOf(await promise.catch((error) => error)).code;

it('copies every file, for us alone', async () => {
  await copyRecipe(from, to);
  expect((await readdir(to, { recursive: true })).sort()).toEqual([
    'files',
    'files/a.sh',
    'files/test',
    'files/test/kept.txt',
    'recipe.yaml',
  ]);
  expect(await readFile(join(to, 'recipe.yaml'), 'utf8')).toBe('recipe: demo\n');
  for (const [path, mode] of [
    ['', 0o700],
    ['files', 0o700],
    ['files/a.sh', 0o600],
    ['recipe.yaml', 0o600],
  ] as const) {
    expect((await stat(join(to, path))).mode & 0o777, path).toBe(mode);
  }
  expect(await readdir(join(to, '..'))).toEqual(['recipe']);
});

it('leaves its tests and dot files behind', async () => {
  await mkdir(join(from, 'test', 'image'), { recursive: true });
  await writeFile(join(from, 'test', 'image', 'Dockerfile'), '');
  await mkdir(join(from, '.git'));
  await writeFile(join(from, '.git', 'config'), '');
  await writeFile(join(from, 'files', '.env.swp'), '');
  await copyRecipe(from, to);
  expect(await readdir(to)).toEqual(['files', 'recipe.yaml']);
  expect((await readdir(join(to, 'files'))).sort()).toEqual(['a.sh', 'test']);
});

it('a link within the recipe is copied as what it leads to; one that leads out, or to a folder, is refused', async () => {
  await symlink('../recipe.yaml', join(from, 'files', 'link.yaml'));
  await copyRecipe(from, to);
  expect((await stat(join(to, 'files', 'link.yaml'))).isFile()).toBe(true);
  expect(await readFile(join(to, 'files', 'link.yaml'), 'utf8')).toBe('recipe: demo\n');

  for (const target of ['/etc/passwd', '../..', '.']) {
    const link = join(from, 'files', 'out');
    await symlink(target, link);
    expect(await codeOf(copyRecipe(from, join(dir, 'other')))).toBe('recipe.link-leads-out');
    await rm(link);
  }
  expect(await readdir(dir)).toEqual(['recipe', 'runs']);
});

it('a recipe folder that is itself a link is copied', async () => {
  await symlink(from, join(dir, 'linked'));
  await copyRecipe(join(dir, 'linked'), to);
  expect(await readdir(to)).toEqual(['files', 'recipe.yaml']);
});

it('what is left of a copy that was cut short is replaced', async () => {
  await mkdir(`${to}.partial/old`, { recursive: true });
  await copyRecipe(from, to);
  expect(await readdir(join(to, '..'))).toEqual(['recipe']);
  expect(await readdir(to)).toEqual(['files', 'recipe.yaml']);
});

it('says what can’t be read, and what can’t be written', async () => {
  expect(await codeOf(copyRecipe(join(dir, 'nowhere'), to))).toBe('recipe.unreadable');
  await writeFile(join(dir, 'runs'), '');
  expect(await codeOf(copyRecipe(from, to))).toBe('state.not-writable');
});
