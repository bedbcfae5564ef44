import { join } from 'node:path';
import type { Problem } from '../model/recipe.ts';
import { pathWithin, type RecipeFiles } from './recipe-files.ts';
import { type Path, parseYaml, type YamlSource } from './yaml-source.ts';

/**
 * A recipe of which parts stand in files of their own, read as if it were one file: a task
 * (`tasks: { backup: tasks/backup.yaml }`), or a step (`- steps/log-in.yaml`), which several tasks may have. Each place
 * that is asked for points into the file that holds it.
 *
 * A file that is missing or no YAML is told of as a problem; then there is no data, as of a recipe that is no YAML.
 */
export function withPartFiles(source: YamlSource, files: RecipeFiles, shownFolder: string): YamlSource {
  const problems: Problem[] = [...source.problems];
  let isWhole = true;
  const parts: { readonly path: Path; readonly source: YamlSource }[] = [];

  const home = (path: Path): { readonly of: YamlSource; readonly path: Path } => {
    const part = parts.findLast((one) => one.path.every((key, index) => key === path[index]));
    return part === undefined ? { of: source, path } : { of: part.source, path: path.slice(part.path.length) };
  };
  const place: YamlSource['place'] = (path, what) => {
    const { of, path: within } = home(path);
    return of.place(within, what);
  };
  /** What stands at a path, or in the file that is named there. */
  const whole = (value: unknown, path: Path): unknown => {
    if (typeof value !== 'string') return value;
    const inside = pathWithin('', value);
    const text = inside === undefined ? undefined : files.text(inside);
    if (inside === undefined || text === undefined) {
      const expected = inside === undefined ? 'a file in the folder of the recipe' : 'what belongs here, or a file that holds it';
      problems.push({ code: 'recipe.missing-file', at: place(path), found: `\`${value}\``, expected });
      isWhole = false;
      return undefined;
    }
    const part = parseYaml(join(shownFolder, inside), text);
    // Several tasks may have it: what is wrong with it is told once.
    if (!parts.some((one) => one.source.file === part.file)) problems.push(...part.problems);
    if (part.data === undefined) isWhole = false;
    parts.push({ path, source: part });
    return part.data;
  };
  const steps = (value: unknown, path: Path): unknown =>
    Array.isArray(value) ? value.map((step, index) => whole(step, [...path, index])) : value;
  const withSteps = (value: unknown, path: Path, key: string): unknown =>
    isMap(value) && key in value ? { ...value, [key]: steps(value[key], [...path, key]) } : value;
  const each = (value: unknown, make: (one: unknown, name: string) => unknown): unknown =>
    isMap(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, make(one, name)])) : value;

  if (!isMap(source.data)) return source;
  const all = withSteps(source.data, [], 'steps') as typeof source.data;
  const data = {
    ...all,
    ...('secrets' in all && { secrets: each(all.secrets, (secret, name) => withSteps(secret, ['secrets', name], 'rotate')) }),
    ...('tasks' in all && {
      tasks: each(all.tasks, (task, name) => withSteps(whole(task, ['tasks', name]), ['tasks', name], 'steps')),
    }),
  };
  return {
    file: source.file,
    data: isWhole ? data : undefined,
    problems,
    // The name of a task is the recipe's, whoever holds the rest.
    place: (path, what) => (path.length === 2 && what === 'key' ? source.place(path, what) : place(path, what)),
    placeIn: (path, nth, offset) => {
      const { of, path: within } = home(path);
      return of.placeIn(within, nth, offset);
    },
    placeOfChar: (path, offset) => {
      const { of, path: within } = home(path);
      return of.placeOfChar(within, offset);
    },
    written: (path) => {
      const { of, path: within } = home(path);
      return of.written(within);
    },
  };
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
