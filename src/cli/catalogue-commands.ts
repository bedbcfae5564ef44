import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { exitCodes, fail } from '../model/failure.ts';
import type { Recipe } from '../model/recipe.ts';
import { findRecipe } from '../recipe/find-recipe.ts';
import { loadRecipe } from '../recipe/load-recipe.ts';
import { needsCycle } from '../recipe/needs-cycle.ts';
import { problemText } from '../recipe/problem-text.ts';
import { stepTypes } from '../steps/index.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { runbookLines } from '../views/lib/runbook.ts';
import { paint } from '../views/lib/style.ts';
import { loadRecipes } from './load-recipes.ts';
import { printFailure, printJson } from './output.ts';
import { readRecipe } from './read-recipe.ts';
import type { Session } from './session.ts';
import { table } from './table.ts';

/** `fairlead list`: the recipes that can be run by name. */
export async function listCatalogue(session: Session): Promise<number> {
  const recipes = await loadAll(session);
  if (session.console.json) {
    printJson(
      session.console,
      recipes.map(({ name, version, title, summary, folder }) => ({ name, version, title, summary: summary ?? '', folder })),
    );
  } else {
    const rows = table(
      ['RECIPE', 'VERSION', 'WHAT IT INSTALLS'],
      recipes.map(({ name, version, title, summary }) => [name, version, summary === undefined ? title : `${title}: ${summary}`]),
    );
    const lines = foldLines(rows.trimEnd().split('\n'), session.console.columns());
    session.console.out(`${lines.join('\n')}\n`);
  }
  return exitCodes.done;
}

/** `fairlead show RECIPE`: the recipe as a runbook. */
export async function showRecipe(named: string, session: Session): Promise<number> {
  const recipe = await readRecipe(named, session);
  if (session.console.json) {
    printJson(session.console, {
      name: recipe.name,
      version: recipe.version,
      title: recipe.title,
      inputs: recipe.inputs.map(({ name, type, title, default: preset, when }) => ({
        name,
        type,
        title,
        default: preset ?? null,
        when: when?.source ?? null,
      })),
      steps: recipe.steps.map(({ id, title, uses }) => ({ id, title, uses })),
      tasks: recipe.tasks.map(({ name, title, inputs, changes }) => ({
        name,
        title,
        inputs: inputs.map((input) => input.name),
        changes: changes ?? [],
      })),
    });
  } else {
    session.console.out(`${runbookLines(recipe, session.console.style, session.console.columns()).join('\n')}\n`);
  }
  return exitCodes.done;
}

/** `fairlead lint PATH…`: checks recipes; every problem on a line of its own. */
export async function lintRecipes(paths: readonly string[], session: Session): Promise<number> {
  const { console } = session;
  const problems: string[] = [];
  const sound: Recipe[] = [];
  for (const path of paths) {
    const loaded = await loadRecipe(await recipeFolder(path, session), stepTypes);
    if (loaded.ok) sound.push(loaded.recipe);
    else problems.push(...loaded.problems.map(problemText));
  }
  const others = (await loadAll(session)).filter((recipe) => !sound.some((one) => one.name === recipe.name));
  const cycle = needsCycle([...sound, ...others]);
  if (cycle !== undefined) problems.push(`needs: found a cycle: ${cycle.join(' -> ')}; expected none`);
  if (console.json) printJson(console, { problems, checked: paths.length });
  else if (problems.length > 0) console.out(`${problems.join('\n')}\n`);
  else console.out(`${paint('ok', 'good', console.style)}: ${paths.length} checked\n`);
  if (problems.length === 0) return exitCodes.done;
  if (console.json) printFailure(console, fail('recipe.invalid', problems.join('\n')));
  return exitCodes.usage;
}

/** A recipe's folder, its `recipe.yaml`, or its name. */
async function recipeFolder(path: string, session: Session): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return resolve(path);
  if (found?.isFile()) return dirname(resolve(path));
  if (path.includes('/'))
    throw fail('recipe.not-found', `There is nothing at ${path}.`, { hints: ['Name a recipe, its folder or its recipe.yaml.'] });
  return findRecipe(path, session.places.recipeDirs);
}

async function loadAll(session: Session): Promise<readonly Recipe[]> {
  const recipes: Recipe[] = [];
  for (const listed of await loadRecipes(session)) {
    if ('recipe' in listed) recipes.push(listed.recipe);
    else session.console.err(`${listed.problems.map(problemText).join('\n')}\n`);
  }
  return recipes;
}
