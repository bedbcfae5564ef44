import type { Failure } from '../../model/failure.ts';
import type { ContainersState } from './containers/containers-state.ts';
import type { HomeState } from './home/home-state.ts';
import type { InputsState } from './inputs/inputs-state.ts';
import type { PlanState } from './plan/plan-state.ts';
import type { RecipeState } from './recipe/recipe-state.ts';
import type { RunPageState } from './run/run-page-state.ts';
import type { TasksState } from './tasks/tasks-state.ts';

/** The state of every kind of page, by its kind. */
export interface PageStates {
  readonly home: HomeState;
  readonly recipe: RecipeState;
  readonly inputs: InputsState;
  readonly plan: PlanState;
  readonly run: RunPageState;
  readonly containers: ContainersState;
  readonly tasks: TasksState;
}

/** The name of a kind of page. */
export type PageName = keyof PageStates;

/** The state of a page of any kind. */
export type PageState = PageStates[PageName];

/** What stands over the page and takes the keys. */
export type Dialog =
  /** All keys of the page; `top`: the first line shown. */
  | { readonly kind: 'keys'; readonly top: number }
  /** Ctrl-C: what is to become of the run, or of the app. */
  | { readonly kind: 'leave'; readonly cursor: number }
  /** Something that was asked for could not be done. */
  | { readonly kind: 'trouble'; readonly failure: Failure; readonly top: number; readonly cursor?: number }
  /** What the terminal may not have taken: the text itself. */
  | { readonly kind: 'copied'; readonly what: string; readonly text: string; readonly top: number };

/** The app's own state: where the operator is. What runs say is in the pages' pictures of them. */
export interface AppState {
  /** The page in front last; never empty. */
  readonly pages: readonly PageState[];
  readonly dialog?: Dialog;
  /** Stands in the key bar's place until the next key. */
  readonly notice?: string;
  /** Something is under way that was asked for, in a word or two: `planning`. */
  readonly busy?: string;
  /** The run that was asked to stop here, and how: the next Ctrl-C offers what is left then. */
  readonly stopAsked?: { readonly run: string; readonly when: 'after-step' | 'now' };
  readonly mouse: boolean;
  /** The wall clock as the last tick told it, in milliseconds since the epoch. */
  readonly now: number;
}

/** The page in front. */
export function frontPage(state: AppState): PageState {
  return state.pages.at(-1) as PageState;
}
