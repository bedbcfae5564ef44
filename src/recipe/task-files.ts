import { join } from 'node:path';
import type { Problem } from '../model/recipe.ts';
import { pathWithin, type RecipeFiles } from './recipe-files.ts';
import { type Path, parseYaml, type YamlSource } from './yaml-source.ts';

/**
 * A recipe whose tasks may stand in files of their own, read as if it were one: `tasks: { backup: tasks/backup.yaml }`
 * has that file's data at `tasks.backup`, and each place that is asked for points into the file that holds it.
 *
 * A file that is missing or no YAML is told of as a problem, and its task is left out.
 */
export function withTaskFiles(source: YamlSource, files: RecipeFiles, shownFolder: string): YamlSource {
  if (!isMap(source.data) || !isMap(source.data.tasks)) return source;
  const problems: Problem[] = [...source.problems];
  const parts = new Map<string, YamlSource>();
  const tasks: [string, unknown][] = [];
  for (const [name, task] of Object.entries(source.data.tasks)) {
    if (typeof task !== 'string') {
      tasks.push([name, task]);
      continue;
    }
    const inside = pathWithin('', task);
    const text = inside === undefined ? undefined : files.text(inside);
    if (inside === undefined || text === undefined) {
      const expected = inside === undefined ? 'a file in the folder of the recipe' : 'the task itself, or a file that holds it';
      problems.push({ code: 'recipe.missing-file', at: source.place(['tasks', name]), found: `\`${task}\``, expected });
      continue;
    }
    const part = parseYaml(join(shownFolder, inside), text);
    problems.push(...part.problems);
    if (part.data === undefined) continue;
    parts.set(name, part);
    tasks.push([name, part.data]);
  }
  if (parts.size === 0 && problems.length === source.problems.length) return source;

  const home = (path: Path): { readonly of: YamlSource; readonly path: Path } => {
    const [root, name, ...rest] = path;
    const part = root === 'tasks' && typeof name === 'string' ? parts.get(name) : undefined;
    return part === undefined ? { of: source, path } : { of: part, path: rest };
  };
  return {
    file: source.file,
    data: { ...source.data, tasks: Object.fromEntries(tasks) },
    problems,
    place: (path, what) => {
      // The name of a task is the recipe's, whoever holds the rest.
      if (path.length === 2 && what === 'key') return source.place(path, what);
      const { of, path: within } = home(path);
      return of.place(within, what);
    },
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
