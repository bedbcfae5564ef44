import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = new URL('../../recipes/', import.meta.url);
const names = (await readdir(folder, { recursive: true })).filter((name) => /^\w+\/(recipe|tasks\/[\w-]+)\.yaml$/.test(name));

/** What asks an operator: a recipe, a task in a file of its own, a task within the recipe. */
interface Asking {
  readonly inputs?: Readonly<Record<string, { readonly pattern?: string; readonly pattern_means?: string }>>;
  readonly tasks?: Readonly<Record<string, Asking | string>>;
}

function silentIn({ inputs = {}, tasks = {} }: Asking): readonly string[] {
  const own = Object.entries(inputs).filter(([, input]) => input.pattern !== undefined && input.pattern_means === undefined);
  const within = Object.values(tasks).flatMap((task) => (typeof task === 'string' ? [] : silentIn(task)));
  return [...own.map(([name]) => name), ...within];
}

it.each(names)('%s: where a value has to match a pattern, the operator is told in words what is wanted', async (name) => {
  expect(silentIn(parse(await readFile(new URL(name, folder), 'utf8')) as Asking)).toEqual([]);
});
