import type { DeploymentSummary, RecipeSummary } from '../../../model/catalogue.ts';
import type { Failure } from '../../../model/failure.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldLine } from '../../lib/fold-line.ts';
import { foldAllPainted } from '../../lib/fold-painted.ts';
import { endText, lastText, recipeText, standingSign, standingText } from '../../lib/standing-text.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { when } from '../../lib/when.ts';
import { cutPainted, fitPainted, widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import type { Loaded } from '../loaded.ts';
import type { Around } from '../page.ts';
import { findLine, ruleLine } from '../parts/found-list.ts';
import { windowTop } from '../parts/scroll.ts';
import { isUnfinished } from '../unfinished/unfinished-choices.ts';
import { cursorIn, deploymentRows, type HomeRow, recipeRows } from './home-rows.ts';
import type { HomeState } from './home-state.ts';

/** Lines that tell more of the chosen row. */
const ABOUT = 2;
/** Rows of the foot: a rule, what is told of the chosen row, and what Enter does. */
const FOOT = ABOUT + 2;
/** Rows of the head: what is typed, and an empty one. */
const HEAD = 2;
/** The columns of the longest name that is shown whole. */
const NAME_MOST = 22;
/** The columns of a sign, in ASCII too. */
const SIGN = 2;

/** A line of the list, and the row that it stands for. */
interface ListLine {
  readonly line: string;
  readonly id?: string;
}

/** So many lines of the lists are seen at once. */
export function listRoom({ rows }: Pick<Around, 'rows'>): number {
  return Math.max(1, rows - HEAD - FOOT);
}

/** The whole page: what is typed, both lists, and more about the chosen row. */
export function homeLines(state: HomeState, around: Around): readonly string[] {
  const { columns, style } = around;
  const deployed = deploymentRows(state);
  const could = recipeRows(state);
  const rows = [...deployed, ...could];
  const chosen = rows[cursorIn(rows, state)];
  const list = [
    { line: paint('Deployments', 'strong', style) },
    ...(deployed.length === 0
      ? without(state.deployments, welcome(state), state, around)
      : deploymentLines(
          deployed.map(({ deployment }) => deployment),
          chosen,
          state,
          around,
        )),
    { line: '' },
    { line: paint('Recipes', 'strong', style) },
    ...(could.length === 0
      ? without(state.recipes, ['None was found: this copy of fairlead is not complete.'], state, around)
      : recipeLines(
          could.map(({ recipe }) => recipe),
          chosen,
          around,
        )),
  ];
  const room = listRoom(around);
  const at = list.findIndex(({ id }) => id !== undefined && id === chosen?.id);
  // The first row keeps its heading.
  const top = chosen === rows[0] ? 0 : windowTop(Math.max(0, at), list.length, room);
  const seen = list.slice(top, top + room).map(({ line }) => line);
  return [
    topLine(state, rows.length, style),
    '',
    ...seen,
    ...Array.from({ length: room - seen.length }, () => ''),
    paint(ruleLine(top, seen.length, list.length, columns, style), 'faint', style),
    ...footLines(chosen, around),
  ];
}

function topLine({ filter, looking }: HomeState, found: number, style: Style): string {
  if (looking === true) return `  ${paint(`reading ${sign('running', style)}`, 'asking', style)}`;
  return findLine(filter, found, 'Type to find a deployment or a recipe.', style);
}

/** What stands in a list without rows. */
function without(
  list: Loaded<unknown>,
  none: readonly string[],
  { filter }: HomeState,
  { columns, style }: Around,
): readonly ListLine[] {
  if (list.status === 'failed') return troubleLines(list.failure, columns, style).map((line) => ({ line }));
  const notes = list.status === 'loading' ? [`reading ${sign('running', style)}`] : filter.text === '' ? none : ['nothing found'];
  return notes.map((note) => ({ line: `  ${paint(note, 'faint', style)}` }));
}

function troubleLines(failure: Failure, columns: number, style: Style): readonly string[] {
  return foldAllPainted(failureLines(failure, style), columns);
}

/** For who has just come. */
function welcome({ recipes }: HomeState): readonly string[] {
  const tour = recipes.status === 'ready' && recipes.value.some(({ name, failure }) => name === 'lighthouse' && !failure);
  const some = recipes.status === 'ready' && recipes.value.length > 0;
  return [
    'Nothing is deployed on this host yet.',
    ...(some ? ['Choose a recipe: you see what it does and asks before anything happens.'] : []),
    ...(tour ? ['New here? lighthouse is a tour of five minutes, and can be taken away again.'] : []),
  ];
}

function deploymentLines(
  deployments: readonly DeploymentSummary[],
  chosen: HomeRow | undefined,
  { health }: HomeState,
  { columns, style, now }: Around,
): readonly ListLine[] {
  const cells = deployments.map((one) => ({
    id: `deployment ${one.name}`,
    mark: standingSign(one, health[one.name], style),
    name: words(one.name, style),
    standing: words(standingText(one, health[one.name]), style),
    recipe: recipeText(one, style),
    at: one.last === undefined ? '' : when(one.last.lastAt, now),
  }));
  const most = (key: 'name' | 'standing' | 'recipe' | 'at'): number => Math.max(...cells.map((cell) => widthOf(cell[key])));
  const widths = { name: Math.min(NAME_MOST, most('name')), standing: most('standing'), recipe: most('recipe'), at: most('at') };
  const needed = SIGN + 3 + widths.name + 2 + widths.standing + 2 + widths.recipe + 2 + widths.at;
  const end = sign('more', style);
  return cells.map(({ id, mark, name, standing, recipe, at }) => {
    const line = [
      fitPainted(mark, SIGN, ''),
      ` ${fitPainted(name, widths.name, end)}`,
      `  ${fitPainted(standing, widths.standing, end)}`,
      `  ${paint(fitPainted(recipe, widths.recipe, end), 'faint', style)}`,
      needed > columns ? '' : `  ${paint(at, 'faint', style)}`,
    ];
    return row(id, line.join(''), chosen, columns, style);
  });
}

function recipeLines(
  recipes: readonly RecipeSummary[],
  chosen: HomeRow | undefined,
  { columns, style }: Around,
): readonly ListLine[] {
  const named = recipes.map(({ name }) => words(name, style));
  const width = Math.min(NAME_MOST, Math.max(...named.map(widthOf)));
  return recipes.map(({ ref, title, summary, failure, own }, index) => {
    const about = summary === undefined ? title : `${title}: ${summary}`;
    const text = failure === undefined ? words(about, style) : paint("can't be used: Enter says why", 'bad', style);
    const mark = failure === undefined ? '' : paint(sign('failed', style), 'bad', style);
    const yours = own === true ? `${paint('yours', 'asking', style)}  ` : '';
    const name = fitPainted(named[index] ?? '', width, sign('more', style));
    return row(`recipe ${ref}`, `${fitPainted(mark, SIGN, '')} ${name}  ${yours}${text}`, chosen, columns, style);
  });
}

/** The chosen row is a bar over the whole width, and pointed at. */
function row(id: string, line: string, chosen: HomeRow | undefined, columns: number, style: Style): ListLine {
  const isChosen = id === chosen?.id;
  const whole = fitPainted(`${isChosen ? sign('pointer', style) : ' '} ${line}`, columns, sign('more', style));
  return { id, line: isChosen ? paint(whole, 'chosen', style) : whole.trimEnd() };
}

/** What tells more of the chosen row, and what Enter does. */
function footLines(chosen: HomeRow | undefined, { columns, style, now }: Around): readonly string[] {
  if (chosen === undefined) return ['', '', ''];
  const [about, then] = 'recipe' in chosen ? recipeFoot(chosen.recipe) : deploymentFoot(chosen.deployment, now);
  const lines = foldLine(words(about, style), columns - 4).map((line) => `  ${line.trim()}`);
  if (lines.length > ABOUT) lines[ABOUT - 1] = cutPainted(lines.slice(ABOUT - 1).join(''), columns - 2, sign('more', style));
  return [lines[0] ?? '', lines[1] ?? '', `  ${paint(words(then, style), 'faint', style)}`];
}

function recipeFoot({ name, version, title, summary, failure }: RecipeSummary): readonly [string, string] {
  if (failure !== undefined) return [failure.message, 'Enter: what is wrong with it, line by line'];
  return [summary ?? title, `Enter: what ${name} ${version} does and asks; nothing happens yet`];
}

function deploymentFoot(deployment: DeploymentSummary, now: number): readonly [string, string] {
  const { standing, unfinished, last, failure, asks } = deployment;
  if (failure !== undefined) return [failure.message, 'Enter: what is damaged, and what can be done'];
  if (standing === 'running') {
    const began =
      unfinished === undefined ? 'A run is about to begin.' : `${unfinished.what}, since ${when(unfinished.startedAt, now)}.`;
    return asks === true
      ? [began, 'Enter: answer what it asks; it waits until somebody does']
      : [began, 'Enter: watch it. It goes on by itself, whether watched or not'];
  }
  if (isUnfinished(deployment)) {
    const run = deployment.unfinished;
    return [
      `${run.what}, of ${when(run.startedAt, now)}, ${endText(run)}.`,
      'Enter: resume it, change its inputs, or give it up',
    ];
  }
  const done = last === undefined ? '' : `Last run: ${lastText(last)}, ${when(last.startedAt, now)}.`;
  if (standing === 'uninstalled') return [`${done} Its record is kept.`, 'Enter: its recipe, to install it again'];
  return [done, 'Enter: its recipe, its tasks, its last run, and running it again'];
}
