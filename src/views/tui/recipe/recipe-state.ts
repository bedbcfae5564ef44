import type { Recipe } from '../../../model/recipe.ts';
import { type Loaded, loading } from '../loaded.ts';

/** A recipe as a readable runbook. */
export interface RecipeState {
  readonly kind: 'recipe';
  readonly ref: string;
  /** The deployment that is meant; absent: a new one. */
  readonly deployment?: string;
  readonly recipe: Loaded<Recipe>;
  /** The first line shown. */
  readonly top: number;
}

/** The page before the recipe is read. */
export function recipeOf(ref: string, deployment?: string): RecipeState {
  return { kind: 'recipe', ref, ...(deployment === undefined ? {} : { deployment }), recipe: loading, top: 0 };
}
