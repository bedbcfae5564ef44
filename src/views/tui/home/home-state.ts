import type { DeploymentSummary, Health, RecipeSummary } from '../../../model/catalogue.ts';
import { type Loaded, loading } from '../loaded.ts';
import { type TextField, textField } from '../parts/text-field.ts';

/** The first page: what is deployed, and what could be. */
export interface HomeState {
  readonly kind: 'home';
  readonly deployments: Loaded<readonly DeploymentSummary[]>;
  readonly recipes: Loaded<readonly RecipeSummary[]>;
  /** By deployment, as far as it is known. */
  readonly health: Readonly<Record<string, Health>>;
  /** What is typed to find something. */
  readonly filter: TextField;
  /** The row that is chosen, counted over both lists as they are shown. */
  readonly cursor: number;
}

/** The first page before anything is known. */
export const firstHome: HomeState = {
  kind: 'home',
  deployments: loading,
  recipes: loading,
  health: {},
  filter: textField(),
  cursor: 0,
};
