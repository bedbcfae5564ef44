import type { Problem } from '../model/recipe.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** Keys of a step, a task and a recipe whose values may hold expressions. */
const FILLED = new Set(['with', 'when', 'danger', 'finish']);

/** Keys of a secret whose values may. */
const FILLED_OF_SECRET = new Set(['names', 'subject', 'keeps']);

/** Expressions in texts that are taken as they are: they would be shown to the operator unfilled. */
export function findMisplacedExpressions(source: YamlSource): readonly Problem[] {
  const problems: Problem[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value === 'string') {
      if (!/(^|[^$])\$\{\{/.test(value)) return;
      problems.push({
        code: 'recipe.expression-misplaced',
        at: source.placeIn(path, 0, 0),
        found: `an expression in \`${path.findLast((part) => typeof part === 'string')}\``,
        expected: 'plain text: expressions are not filled in here',
      });
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, [...path, index]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        if (!isFilled(key, path)) walk(item, [...path, key]);
      }
    }
  };
  walk(source.data, []);
  return problems;
}

function isFilled(key: string, path: Path): boolean {
  if (path[0] === 'requires') return key === 'ports';
  if (path[0] === 'secrets') return path.length === 2 ? FILLED_OF_SECRET.has(key) : path[2] === 'rotate' && FILLED.has(key);
  if (path[0] === 'inputs') return path.length === 2 && key === 'when';
  if (path[0] === 'tasks' && path[2] === 'inputs') return path.length === 4 && key === 'when';
  return FILLED.has(key);
}
