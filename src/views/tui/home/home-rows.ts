import type { DeploymentStanding, DeploymentSummary, RecipeSummary } from '../../../model/catalogue.ts';
import { standingText } from '../../lib/standing-text.ts';
import { valueIn } from '../loaded.ts';
import type { HomeState } from './home-state.ts';

/** A row that can be chosen. */
export type HomeRow =
  | { readonly id: string; readonly deployment: DeploymentSummary }
  | { readonly id: string; readonly recipe: RecipeSummary };

/** What needs an operator stands first. */
const ORDER: readonly DeploymentStanding[] = [
  'running',
  'stopped',
  'broken-off',
  'damaged',
  'installed',
  'abandoned',
  'uninstalled',
];

/** The deployments, then the recipes, that meet what is typed. One in which nothing was done yet is none to speak of. */
export function homeRows(state: HomeState): readonly HomeRow[] {
  return [...deploymentRows(state), ...recipeRows(state)];
}

/** What waits for an answer is before all else. */
function rank({ standing, asks }: DeploymentSummary): number {
  return asks === true ? -1 : ORDER.indexOf(standing);
}

/** The deployments that meet what is typed: those that need somebody first. */
export function deploymentRows(state: HomeState): readonly Extract<HomeRow, { readonly deployment: unknown }>[] {
  const { deployments, health, filter } = state;
  return [...(valueIn(deployments) ?? [])]
    .filter(({ standing }) => ORDER.includes(standing))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .filter((one) => {
      const { name, recipe } = one;
      return meets(filter.text, name, recipe?.name, recipe?.title, standingText(one, health[name]));
    })
    .map((deployment) => ({ id: `deployment ${deployment.name}`, deployment }));
}

/** The recipes that meet what is typed. */
export function recipeRows({ recipes, filter }: HomeState): readonly Extract<HomeRow, { readonly recipe: unknown }>[] {
  return (valueIn(recipes) ?? [])
    .filter(({ name, title, summary, own }) => meets(filter.text, name, title, summary, own === true ? 'yours' : undefined))
    .map((recipe) => ({ id: `recipe ${recipe.ref}`, recipe }));
}

/** Where the cursor stands in the rows; 0 where what was chosen is gone. */
export function cursorIn(rows: readonly HomeRow[], { chosen }: HomeState): number {
  return Math.max(
    0,
    rows.findIndex(({ id }) => id === chosen),
  );
}

/** Every word that is typed stands somewhere in it. */
function meets(typed: string, ...texts: readonly (string | undefined)[]): boolean {
  const all = texts.join(' ').toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
