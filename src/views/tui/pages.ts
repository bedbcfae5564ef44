import type { PageName, PageState, PageStates } from './app-state.ts';
import { containersPage } from './containers/containers-page.tsx';
import { homePage } from './home/home-page.tsx';
import { inputsPage } from './inputs/inputs-page.tsx';
import type { PageKind } from './page.ts';
import { planPage } from './plan/plan-page.tsx';
import { recipePage } from './recipe/recipe-page.tsx';
import { runPage } from './run/run-page.tsx';
import { tasksPage } from './tasks/tasks-page.tsx';

/** Every kind of page: a new one without its value here does not compile. */
const PAGES: { readonly [K in PageName]: PageKind<PageStates[K]> } = {
  home: homePage,
  recipe: recipePage,
  inputs: inputsPage,
  plan: planPage,
  run: runPage,
  containers: containersPage,
  tasks: tasksPage,
};

/** The kind of a page, for the state that it has. */
export function kindOf(state: PageState): PageKind<PageState> {
  return PAGES[state.kind] as unknown as PageKind<PageState>;
}
