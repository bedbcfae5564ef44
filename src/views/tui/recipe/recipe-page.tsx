import { words } from '../../lib/words.ts';
import { isKey } from '../key.ts';
import { valueIn } from '../loaded.ts';
import type { PageKind } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { scrollText } from '../parts/scroll.ts';
import type { RecipeState } from './recipe-state.ts';

/** What a recipe is, does and asks. */
export const recipePage: PageKind<RecipeState> = {
  title: (state) => valueIn(state.recipe)?.name ?? state.ref,
  keys: () => [
    { key: 'Enter', does: 'go on' },
    { key: 'Esc', does: 'back' },
  ],
  onKey(state, key, { rows }) {
    const top = scrollText(state.top, key, 1000, rows);
    if (top !== undefined) return { state: { ...state, top } };
    if (isKey(key, 'escape')) return { state, intents: [{ kind: 'back' }] };
    if (!isKey(key, 'enter')) return { state };
    const { ref, deployment } = state;
    return { state, intents: [{ kind: 'open-inputs', ref, ...(deployment === undefined ? {} : { deployment }) }] };
  },
  onNews: (state, news) =>
    news.kind === 'recipe' && news.ref === state.ref ? { state: { ...state, recipe: news.recipe } } : { state },
  Body({ state, around: { columns, rows, style } }) {
    const recipe = valueIn(state.recipe);
    const lines = recipe === undefined ? [] : [recipe.title, '', ...recipe.steps.map(({ title }) => title)];
    const shown = lines.slice(state.top, state.top + rows).map((line) => words(line, style));
    return <Lines lines={shown} columns={columns} style={style} />;
  },
};
