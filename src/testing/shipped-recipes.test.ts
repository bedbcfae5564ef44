import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = new URL('../../recipes/', import.meta.url);
const names = (await readdir(folder, { recursive: true })).filter((name) => /^\w+\/(recipe|tasks\/[\w-]+)\.yaml$/.test(name));

/** What asks an operator: a recipe, a task in a file of its own, a task within the recipe. */
interface Asking {
  readonly steps?: readonly (string | { readonly id: string; readonly danger?: string; readonly explain?: string })[];
  readonly inputs?: Readonly<Record<string, { readonly pattern?: string; readonly pattern_means?: string }>>;
  readonly tasks?: Readonly<Record<string, Asking | string>>;
}

/** The steps that ask for a typed word, and say nothing of what it costs. */
function bareDangersOf({ steps = [], tasks = {} }: Asking): readonly string[] {
  const own = steps.flatMap((step) =>
    typeof step !== 'string' && step.danger !== undefined && step.explain === undefined ? [step.id] : [],
  );
  const within = Object.values(tasks).flatMap((task) => (typeof task === 'string' ? [] : bareDangersOf(task)));
  return [...own, ...within];
}

function silentIn({ inputs = {}, tasks = {} }: Asking): readonly string[] {
  const own = Object.entries(inputs).filter(([, input]) => input.pattern !== undefined && input.pattern_means === undefined);
  const within = Object.values(tasks).flatMap((task) => (typeof task === 'string' ? [] : silentIn(task)));
  return [...own.map(([name]) => name), ...within];
}

const read = async (name: string): Promise<Asking> => parse(await readFile(new URL(name, folder), 'utf8')) as Asking;

it.each(names)('%s: where a word has to be typed, the operator is told what it costs and what stays', async (name) => {
  expect(bareDangersOf(await read(name))).toEqual([]);
});

it.each(names)('%s: where a value has to match a pattern, the operator is told in words what is wanted', async (name) => {
  expect(silentIn(await read(name))).toEqual([]);
});
