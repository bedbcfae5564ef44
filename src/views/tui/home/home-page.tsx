import type { DeploymentSummary } from '../../../model/catalogue.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldAllPainted } from '../../lib/fold-painted.ts';
import { paint } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import type { Intent } from '../intent.ts';
import { isCtrl, isKey, type Key } from '../key.ts';
import { valueIn } from '../loaded.ts';
import type { Around, KeyHint, PageKind, Turn } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { moveCursor, scrollText } from '../parts/scroll.ts';
import { editField, textField } from '../parts/text-field.ts';
import { isUnfinished, unfinishedKey, unfinishedLines } from '../unfinished/unfinished-choices.ts';
import { homeLines, listRoom } from './home-lines.ts';
import { cursorIn, type HomeRow, homeRows } from './home-rows.ts';
import type { HomeState } from './home-state.ts';

/** Deployments and recipes: what there is, what needs somebody, and the ways to each. */
export const homePage: PageKind<HomeState> = {
  title: () => 'home',
  keys,
  onKey: (state, key, around) => (state.over === undefined ? listKey(state, key, around) : overKey(state, key, around)),
  onNews(state, news) {
    if (news.kind === 'deployments') {
      const { looking: _, ...rest } = state;
      return { state: stillThere({ ...rest, deployments: news.deployments }) };
    }
    if (news.kind === 'recipes') return { state: { ...state, recipes: news.recipes } };
    if (news.kind === 'health') return { state: { ...state, health: { ...state.health, [news.deployment]: news.health } } };
    return { state };
  },
  onShow: () => [{ kind: 'load-home' }],
  Body({ state, around }) {
    const { columns, rows, style } = around;
    const lines = overLines(state, around) ?? homeLines(state, around);
    const top = state.over?.kind === 'damaged' ? Math.min(state.over.top, Math.max(0, lines.length - rows)) : 0;
    return <Lines lines={lines.slice(top, top + rows)} columns={columns} style={style} />;
  },
};

function keys(state: HomeState): readonly KeyHint[] {
  const back: KeyHint = { key: 'Esc', does: 'back' };
  if (state.over?.kind === 'unfinished') return [{ key: 'Enter', does: 'do it' }, { key: 'up-down', does: 'choose' }, back];
  if (state.over !== undefined) return [{ key: 'up-down', does: 'scroll' }, back];
  const rows = homeRows(state);
  const chosen = rows[cursorIn(rows, state)];
  return [
    ...(chosen === undefined ? [] : [{ key: 'Enter', does: enterDoes(chosen) }]),
    { key: 'up-down', does: 'choose', explain: 'choose another row; PgUp, PgDn, Home and End go further' },
    { key: 'type', does: 'find', explain: 'letters and digits find what has them in its name or its words' },
    ...(state.filter.text === '' ? [] : [{ key: 'Esc', does: 'show all' }]),
    { key: 'Ctrl-R', does: 'look again', explain: 'read it all again: this page does not look by itself' },
    ...(chosen !== undefined && hasContainers(chosen)
      ? [{ key: 'Ctrl-X', does: 'terminal', explain: 'a terminal in one of its containers', rare: true as const }]
      : []),
    { key: 'Ctrl-C', does: 'quit' },
  ];
}

/** There may be containers of it, whatever became of its last run. */
function hasContainers(row: HomeRow): row is Extract<HomeRow, { readonly deployment: unknown }> {
  return 'deployment' in row && !['damaged', 'uninstalled', 'empty'].includes(row.deployment.standing);
}

function enterDoes(row: HomeRow): string {
  if ('recipe' in row) return row.recipe.failure === undefined ? 'open' : 'what is wrong';
  const { standing } = row.deployment;
  if (standing === 'running') return 'watch';
  if (standing === 'damaged') return 'what is wrong';
  return isUnfinished(row.deployment) ? 'go on' : 'open';
}

function listKey(state: HomeState, key: Key, around: Around): Turn<HomeState> {
  const rows = homeRows(state);
  const at = cursorIn(rows, state);
  const chosen = rows[at];
  const moved = moveCursor(at, key, rows.length, listRoom(around));
  if (moved !== undefined) {
    const id = rows[moved]?.id;
    return { state: id === undefined ? state : { ...state, chosen: id } };
  }
  if (isCtrl(key, 'r')) return { state: { ...state, looking: true }, intents: [{ kind: 'load-home' }] };
  if (isCtrl(key, 'x')) {
    if (chosen === undefined || !hasContainers(chosen)) return { state };
    return { state, intents: [{ kind: 'open-containers', deployment: chosen.deployment.name }] };
  }
  if (isKey(key, 'escape')) {
    if (state.filter.text === '') return { state, intents: [{ kind: 'notice', text: 'This is the first page. Ctrl-C quits.' }] };
    return { state: found(state, textField()) };
  }
  if (isKey(key, 'enter')) return chosen === undefined ? { state } : open(state, chosen);
  const filter = editField(state.filter, key);
  if (filter === undefined) return { state };
  return { state: filter.text === state.filter.text ? { ...state, filter } : found(state, filter) };
}

/** With other words typed the first row is chosen: it is what the next Enter is meant for. */
function found(state: HomeState, filter: HomeState['filter']): HomeState {
  const { chosen: _, ...rest } = state;
  return { ...rest, filter };
}

function open(state: HomeState, row: HomeRow): Turn<HomeState> {
  if ('recipe' in row) {
    const { ref, name, failure } = row.recipe;
    // The recipe's own deployment is the one that running it again is about.
    const about = failure === undefined ? deploymentOf(state, name, name) : undefined;
    return { state, intents: [{ kind: 'open-recipe', ref, ...(about === undefined ? {} : { about }) }] };
  }
  const { deployment } = row;
  const { name, standing, unfinished, recipe } = deployment;
  if (standing === 'running') {
    const intent: Intent =
      unfinished === undefined
        ? { kind: 'notice', text: 'It is about to begin. Ctrl-R looks again.' }
        : { kind: 'attach', run: unfinished.id };
    return { state, intents: [intent] };
  }
  if (standing === 'damaged') return { state: { ...state, over: { kind: 'damaged', deployment: name, top: 0 } } };
  if (isUnfinished(deployment)) return { state: { ...state, over: { kind: 'unfinished', deployment: name, cursor: 0 } } };
  if (recipe === undefined) return { state };
  return { state, intents: [{ kind: 'open-recipe', ref: recipe.ref, deployment: name, about: deployment }] };
}

function overKey(state: HomeState, key: Key, around: Around): Turn<HomeState> {
  const { over, ...lists } = state;
  if (over?.kind === 'unfinished') {
    const deployment = deploymentOf(state, over.deployment);
    const turn = isUnfinished(deployment) ? unfinishedKey(deployment, over.cursor, key) : 'back';
    if (turn === 'back') return { state: lists };
    if (turn === undefined) return { state };
    if ('intent' in turn) return { state: lists, intents: [turn.intent] };
    return { state: { ...state, over: { ...over, cursor: turn.cursor } } };
  }
  if (over === undefined || isKey(key, 'escape', 'enter')) return { state: lists };
  const top = scrollText(over.top, key, overLines(state, around)?.length ?? 0, around.rows);
  return { state: top === undefined ? state : { ...state, over: { ...over, top } } };
}

function overLines(state: HomeState, around: Around): readonly string[] | undefined {
  const { over } = state;
  if (over === undefined) return undefined;
  const deployment = deploymentOf(state, over.deployment);
  if (over.kind === 'unfinished') return isUnfinished(deployment) ? unfinishedLines(deployment, over.cursor, around) : undefined;
  if (deployment?.failure === undefined) return undefined;
  const { style, columns } = around;
  return [
    '',
    `  ${paint(`The record of ${words(over.deployment, style)} is damaged`, 'bad', style)}`,
    '',
    ...foldAllPainted(failureLines(deployment.failure, style), columns),
    '',
    ...foldAllPainted(['  Other deployments are not touched by this. What it runs goes on running.'], columns),
    '',
    `  ${paint('Esc  back', 'faint', style)}`,
  ];
}

function deploymentOf({ deployments }: HomeState, name: string, recipe?: string): DeploymentSummary | undefined {
  return valueIn(deployments)?.find(
    (one) => one.name === name && (recipe === undefined || one.recipe?.name === recipe) && one.standing !== 'empty',
  );
}

/** What stood over the lists goes where it is true no more. */
function stillThere(state: HomeState): HomeState {
  const { over, ...lists } = state;
  if (over === undefined) return state;
  const deployment = deploymentOf(state, over.deployment);
  const isTrue = over.kind === 'unfinished' ? isUnfinished(deployment) : deployment?.standing === 'damaged';
  return isTrue ? state : lists;
}
