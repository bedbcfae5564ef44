import type { Intent } from '../intent.ts';
import { isKey, isText, type Key } from '../key.ts';
import { valueIn } from '../loaded.ts';
import type { Around, KeyHint, PageKind, Turn } from '../page.ts';
import { linesWith, nextLine } from '../parts/find-text.ts';
import { Lines } from '../parts/lines.tsx';
import { scrollText } from '../parts/scroll.ts';
import { editField, textField } from '../parts/text-field.ts';
import { isUnfinished, unfinishedKey, unfinishedLines } from '../unfinished/unfinished-choices.ts';
import { recipeLines, recipeText, textRoom } from './recipe-lines.ts';
import type { RecipeState } from './recipe-state.ts';

/** What a recipe is, needs, asks and does; and the way to its form. */
export const recipePage: PageKind<RecipeState> = {
  title: (state) => state.deployment ?? valueIn(state.recipe)?.name ?? state.ref,
  keys,
  takesText: ({ search }) => search?.typing === true,
  onKey(state, key, around) {
    if (state.choosing !== undefined) return choosingKey(state, state.choosing, key);
    return state.search?.typing === true ? searchKey(state, state.search, key, around) : readingKey(state, key, around);
  },
  onNews(state, news) {
    if (news.kind === 'recipe' && news.ref === state.ref) return { state: { ...state, recipe: news.recipe } };
    if (news.kind !== 'deployments' || news.deployments.status !== 'ready') return { state };
    const about = news.deployments.value.find(({ name }) => name === state.about?.name);
    return { state: about === undefined ? state : { ...state, about } };
  },
  Body({ state, around }) {
    const { about, choosing } = state;
    const choices = choosing !== undefined && isUnfinished(about) ? unfinishedLines(about, choosing, around) : undefined;
    const lines = choices ?? recipeLines(state, around);
    return <Lines lines={lines.slice(0, around.rows)} columns={around.columns} style={around.style} />;
  },
};

function keys(state: RecipeState): readonly KeyHint[] {
  const back: KeyHint = { key: 'Esc', does: state.search === undefined ? 'back' : 'end the search' };
  if (state.choosing !== undefined) return [{ key: 'Enter', does: 'do it' }, { key: 'up-down', does: 'choose' }, back];
  if (state.search?.typing === true) {
    return [
      { key: 'Enter', does: 'stay here' },
      { key: 'up-down', does: 'other places' },
      { key: 'Esc', does: 'no search' },
    ];
  }
  const tasks: KeyHint = { key: 'd', does: 'tasks', explain: 'do one of its tasks: a backup, an upgrade, uninstalling, …' };
  if (state.recipe.status !== 'ready') return hasTasks(state) ? [tasks, back] : [back];
  const begin: readonly KeyHint[] = [
    { key: 'Enter', does: goOnDoes(state), explain: 'go on: nothing happens before a plan was shown and approved' },
    { key: 'up-down', does: 'scroll', explain: 'scroll; PgUp, PgDn, Home and End go further' },
  ];
  const search: KeyHint = { key: '/', does: 'search' };
  const found: readonly KeyHint[] =
    state.search === undefined ? [] : [{ key: 'n N', does: 'next, previous', explain: 'the next place, the one before' }];
  const more: readonly KeyHint[] = [
    ...(state.about?.last === undefined ? [] : [{ key: 'o', does: 'last run', explain: 'read the record of its last run' }]),
    ...(hasContainers(state) ? [{ key: 't', does: 'terminal', explain: 'a terminal in one of its containers' }] : []),
  ];
  if (!hasTasks(state)) return [...begin, search, ...found, ...more, back];
  // All of them have no room in a line of 80 columns: the way out has its place.
  return [...begin, ...found, tasks, back, ...more, search];
}

/** Done from what was installed last. */
function hasTasks({ about }: RecipeState): boolean {
  return about !== undefined && ['installed', 'abandoned'].includes(about.standing);
}

function hasContainers({ about }: RecipeState): boolean {
  return about !== undefined && !['damaged', 'uninstalled', 'empty'].includes(about.standing);
}

function goOnDoes({ about }: RecipeState): string {
  switch (about?.standing) {
    case 'running':
      return 'watch';
    case 'stopped':
    case 'broken-off':
      return 'go on';
    case 'installed':
    case 'abandoned':
      return 'run again';
    default:
      return 'install';
  }
}

function readingKey(state: RecipeState, key: Key, around: Around): Turn<RecipeState> {
  const text = recipeText(state, around);
  const room = textRoom(state, around);
  const top = scrollText(Math.min(state.top, Math.max(0, text.length - room)), key, text.length, room);
  if (top !== undefined) return { state: { ...state, top } };
  const { search, ...rest } = state;
  if (isKey(key, 'escape')) return search === undefined ? { state, intents: [{ kind: 'back' }] } : { state: rest };
  // They are those of the deployment's own copy: whatever became of the recipe, there is a way to back up and to uninstall.
  if (isText(key, 'd') && state.about !== undefined && hasTasks(state)) {
    return { state, intents: [{ kind: 'open-tasks', deployment: state.about.name }] };
  }
  if (state.recipe.status !== 'ready') return { state };
  if (isKey(key, 'enter') || isText(key, 'i')) return goOn(state);
  if (isText(key, '/')) return { state: { ...state, search: { field: textField(), typing: true } } };
  if (isText(key, 'o') && state.about?.last !== undefined) {
    return { state, intents: [{ kind: 'show-record', run: state.about.last.id }] };
  }
  if (isText(key, 't') && state.about !== undefined && hasContainers(state)) {
    return { state, intents: [{ kind: 'open-containers', deployment: state.about.name }] };
  }
  if (search !== undefined && isText(key, 'n', 'N')) return { state: otherPlace(state, search, isText(key, 'N'), text, room) };
  return { state };
}

function goOn(state: RecipeState): Turn<RecipeState> {
  const { ref, deployment, about } = state;
  if (isUnfinished(about)) return { state: { ...state, choosing: 0 } };
  const intent: Intent =
    about?.standing === 'running' && about.unfinished !== undefined
      ? { kind: 'attach', run: about.unfinished.id }
      : { kind: 'open-inputs', ref, ...(deployment === undefined ? {} : { deployment }) };
  return { state, intents: [intent] };
}

function choosingKey(state: RecipeState, cursor: number, key: Key): Turn<RecipeState> {
  const { choosing: _, ...rest } = state;
  const turn = isUnfinished(state.about) ? unfinishedKey(state.about, cursor, key) : 'back';
  if (turn === 'back') return { state: rest };
  if (turn === undefined) return { state };
  return 'intent' in turn ? { state: rest, intents: [turn.intent] } : { state: { ...state, choosing: turn.cursor } };
}

type Search = NonNullable<RecipeState['search']>;

/** While it is typed, the first place from where the reader is is shown. */
function searchKey(state: RecipeState, search: Search, key: Key, around: Around): Turn<RecipeState> {
  const { search: _, ...rest } = state;
  const text = recipeText(state, around);
  const room = textRoom(state, around);
  if (isKey(key, 'escape')) return { state: rest };
  if (isKey(key, 'enter'))
    return { state: search.line === undefined ? rest : { ...state, search: { ...search, typing: false } } };
  if (isKey(key, 'down', 'up')) return { state: otherPlace(state, search, isKey(key, 'up'), text, room) };
  const field = editField(search.field, key);
  if (field === undefined) return { state };
  const line = nextLine(linesWith(text, field.text), search.line ?? state.top);
  return { state: shownAt({ ...state, search: { field, typing: true } }, line, text, room) };
}

function otherPlace(state: RecipeState, search: Search, backwards: boolean, text: readonly string[], room: number): RecipeState {
  const found = linesWith(text, search.field.text);
  const from = search.line ?? state.top;
  return shownAt(state, nextLine(found, backwards ? from - 1 : from + 1, backwards), text, room);
}

/** With the line found in sight: the page moves only where it is not. */
function shownAt(state: RecipeState, line: number | undefined, text: readonly string[], room: number): RecipeState {
  const { search } = state;
  if (search === undefined || line === undefined) return state;
  const last = Math.max(0, text.length - room);
  const inSight = line >= state.top && line < state.top + room;
  const top = inSight ? state.top : Math.min(last, Math.max(0, line - Math.floor(room / 3)));
  return { ...state, top, search: { ...search, line } };
}
