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
  /** It is being read again, because the operator wanted it. */
  readonly looking?: true;
  /** What is typed to find something. */
  readonly filter: TextField;
  /** The row that the operator chose, by its id: rows come and go as they are read. Absent: the first one. */
  readonly chosen?: string;
  /** What stands in the lists' place: about one deployment. */
  readonly over?:
    | { readonly kind: 'unfinished'; readonly deployment: string; readonly cursor: number }
    | { readonly kind: 'damaged'; readonly deployment: string; readonly top: number };
}

/** The first page before anything is known. */
export const firstHome: HomeState = {
  kind: 'home',
  deployments: loading,
  recipes: loading,
  health: {},
  filter: textField(),
};
