import { test } from 'vitest';
import type { DeploymentSummary, RunSummary } from '../../../model/catalogue.ts';
import { fail } from '../../../model/failure.ts';
import { expectScreens } from '../../../testing/expect-screens.tsx';
import { deskDeployment } from '../../../testing/fake-desk.ts';
import { shippedRecipe } from '../../../testing/shipped-recipe.ts';
import type { AppState } from '../app-state.ts';
import { firstHome } from '../home/home-state.ts';
import type { Key } from '../key.ts';
import { ready } from '../loaded.ts';
import { textField } from '../parts/text-field.ts';
import { recipePage } from './recipe-page.tsx';
import { type RecipeState, recipeOf } from './recipe-state.ts';

// Local times, so that the frames are the same everywhere.
const NOW = new Date(2026, 10, 23, 12).getTime();
const run = (more: Partial<RunSummary> = {}): RunSummary => ({
  id: '20261122T140300Z-1f3a',
  kind: 'converge',
  what: 'lighthouse 1.0.0',
  startedAt: new Date(2026, 10, 22, 14, 3).toISOString(),
  lastAt: new Date(2026, 10, 22, 14, 9).toISOString(),
  ...more,
});
const lighthouse = (more: Partial<DeploymentSummary> = {}): DeploymentSummary =>
  deskDeployment('lighthouse', {
    recipe: { name: 'lighthouse', title: 'Lighthouse', version: '1.0.0', ref: 'lighthouse' },
    last: run(),
    ...more,
  });

const recipe = ready(await shippedRecipe('lighthouse'));
const app = (page: RecipeState): AppState => ({ pages: [firstHome, page], mouse: false, now: NOW });
const page = (more: Partial<RecipeState> = {}): RecipeState => ({ ...recipeOf('lighthouse'), recipe, ...more });

test('the beginning: what it is, what it needs, what it asks', () => expectScreens('recipe', app(page())));

test('the middle: steps, and why', () => expectScreens('recipe-steps', app(page({ top: 40 }))));

test('the end: closing words and tasks', () => expectScreens('recipe-end', app(page({ top: 1000 }))));

test('of what is installed: what running it again would be', () =>
  expectScreens('recipe-installed', app(page({ deployment: 'lighthouse', about: lighthouse() }))));

test('of what is installed from another version', () =>
  expectScreens(
    'recipe-upgrade',
    app(
      page({
        deployment: 'lighthouse',
        about: lighthouse({ recipe: { name: 'lighthouse', title: 'Lighthouse', version: '0.9.0', ref: 'lighthouse' } }),
      }),
    ),
  ));

test('of what is running', () =>
  expectScreens('recipe-running', app(page({ about: lighthouse({ standing: 'running', unfinished: run() }) }))));

const stopped = lighthouse({ standing: 'stopped', unfinished: run({ stopReason: 'operator-needed' }) });

test('of what has not come to its end', () => expectScreens('recipe-unfinished', app(page({ about: stopped }))));

test('the ways out of what has not come to its end', () =>
  expectScreens('recipe-unfinished-choice', app(page({ about: stopped, choosing: 0 }))));

test('a search that is typed', () =>
  expectScreens('recipe-search', (around) => {
    const keys: readonly Key[] = [...'/network'].map((text) => ({ kind: 'text', text }));
    return app(keys.reduce((state, key) => recipePage.onKey(state, key, around).state, page({ top: 20 })));
  }));

test('a search that found nothing', () =>
  expectScreens('recipe-search-nothing', app(page({ search: { field: textField('zebra'), typing: true } }))));

test('before it is read', () => expectScreens('recipe-loading', app(recipeOf('lighthouse'))));

test('a recipe that can not be used', () =>
  expectScreens(
    'recipe-broken',
    app({
      ...recipeOf('hedgehog'),
      recipe: {
        status: 'failed',
        failure: fail(
          'recipe.invalid',
          'The recipe has 2 problems:\n/etc/fairlead/recipes/hedgehog/recipe.yaml:8:3: found `imput`; expected `inputs` [recipe.unknown-key]\n/etc/fairlead/recipes/hedgehog/recipe.yaml:12:11: found `docker.netwrk`; expected a step type: did you mean `docker.network`? [recipe.unknown-step-type]',
          { hints: ['Nothing was changed. `fairlead lint PATH` checks a recipe.'] },
        ).failure,
      },
    }),
  ));
