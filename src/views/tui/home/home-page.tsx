import type { DeploymentSummary, RecipeSummary } from '../../../model/catalogue.ts';
import { paint, sign } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import { isCtrl, isKey } from '../key.ts';
import { valueIn } from '../loaded.ts';
import type { PageKind } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { moveCursor, windowTop } from '../parts/scroll.ts';
import { editField, textField } from '../parts/text-field.ts';
import type { HomeState } from './home-state.ts';

type Row = { readonly deployment: DeploymentSummary } | { readonly recipe: RecipeSummary };

function rowsOf({ deployments, recipes, filter }: HomeState): readonly Row[] {
  const rows: readonly Row[] = [
    ...(valueIn(deployments) ?? []).map((deployment) => ({ deployment })),
    ...(valueIn(recipes) ?? []).map((recipe) => ({ recipe })),
  ];
  return rows.filter((row) => JSON.stringify(row).toLowerCase().includes(filter.text.toLowerCase()));
}

/** Deployments and recipes. */
export const homePage: PageKind<HomeState> = {
  title: () => 'home',
  keys: () => [
    { key: 'Enter', does: 'open' },
    { key: 'type', does: 'find' },
    { key: 'Ctrl-R', does: 'look again' },
  ],
  onKey(state, key, { rows }) {
    const found = rowsOf(state);
    const cursor = moveCursor(state.cursor, key, found.length, rows);
    if (cursor !== undefined) return { state: { ...state, cursor } };
    if (isCtrl(key, 'r')) return { state, intents: [{ kind: 'load-home' }] };
    if (isKey(key, 'escape')) return { state: { ...state, filter: textField(), cursor: 0 } };
    const row = found[state.cursor];
    if (isKey(key, 'enter') && row !== undefined) {
      if ('recipe' in row) return { state, intents: [{ kind: 'open-recipe', ref: row.recipe.ref }] };
      const { standing, unfinished, recipe, name } = row.deployment;
      if (standing === 'running' && unfinished !== undefined) return { state, intents: [{ kind: 'attach', run: unfinished.id }] };
      if (unfinished !== undefined) return { state, intents: [{ kind: 'resume', run: unfinished.id }] };
      return recipe === undefined ? { state } : { state, intents: [{ kind: 'open-recipe', ref: recipe.name, deployment: name }] };
    }
    const filter = editField(state.filter, key);
    return filter === undefined ? { state } : { state: { ...state, filter, cursor: 0 } };
  },
  onNews(state, news) {
    if (news.kind === 'deployments') return { state: { ...state, deployments: news.deployments } };
    if (news.kind === 'recipes') return { state: { ...state, recipes: news.recipes } };
    if (news.kind === 'health') return { state: { ...state, health: { ...state.health, [news.deployment]: news.health } } };
    return { state };
  },
  onShow: () => [{ kind: 'load-home' }],
  Body({ state, around: { columns, rows, style } }) {
    const lines = rowsOf(state).map((row, at) => {
      const text =
        'recipe' in row ? `${row.recipe.name}  ${row.recipe.title}` : `${row.deployment.name}  ${row.deployment.standing}`;
      const line = `${at === state.cursor ? sign('pointer', style) : ' '} ${words(text, style)}`;
      return at === state.cursor ? paint(line, 'chosen', style) : line;
    });
    const top = windowTop(state.cursor, lines.length, rows);
    return <Lines lines={lines.slice(top, top + rows)} columns={columns} style={style} />;
  },
};
