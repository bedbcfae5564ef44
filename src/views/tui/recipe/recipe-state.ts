import type { DeploymentSummary } from '../../../model/catalogue.ts';
import type { Recipe } from '../../../model/recipe.ts';
import { type Loaded, loading } from '../loaded.ts';
import type { TextField } from '../parts/text-field.ts';

/** A recipe as a readable runbook. */
export interface RecipeState {
  readonly kind: 'recipe';
  readonly ref: string;
  /** The deployment that is meant; absent: a new one. */
  readonly deployment?: string;
  /** The deployment that running the recipe would be about, where there is one. */
  readonly about?: DeploymentSummary;
  readonly recipe: Loaded<Recipe>;
  /** The first line shown. */
  readonly top: number;
  /** What is searched for; `typing`: keys go into it. `line`: where it was found last. */
  readonly search?: { readonly field: TextField; readonly typing: boolean; readonly line?: number };
  /** The choices of its unfinished run stand in the page's place; the one that is chosen. */
  readonly choosing?: number;
}

/** The page before the recipe is read. */
export function recipeOf(ref: string, deployment?: string, about?: DeploymentSummary): RecipeState {
  return {
    kind: 'recipe',
    ref,
    ...(deployment === undefined ? {} : { deployment }),
    ...(about === undefined ? {} : { about }),
    recipe: loading,
    top: 0,
  };
}
