import type { DeploymentSummary } from '../../../model/catalogue.ts';
import type { Recipe } from '../../../model/recipe.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldLine } from '../../lib/fold-line.ts';
import { foldAllPainted } from '../../lib/fold-painted.ts';
import { runbookLines } from '../../lib/runbook.ts';
import { endText, lastText, standingSign } from '../../lib/standing-text.ts';
import { paint, sign } from '../../lib/style.ts';
import { when } from '../../lib/when.ts';
import { paintedWidth } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import { valueIn } from '../loaded.ts';
import type { Around } from '../page.ts';
import { linesWith } from '../parts/find-text.ts';
import { isUnfinished } from '../unfinished/unfinished-choices.ts';
import type { RecipeState } from './recipe-state.ts';

/** For who hesitates to press Enter. */
const PROMISE = 'Nothing happens before a plan is shown.';
/** The columns in front of the text, where what was found is pointed at. */
const GUTTER = 2;

/** The runbook, folded to the page's width; or why it can't be shown. */
export function recipeText({ recipe }: RecipeState, { columns, style }: Around): readonly string[] {
  const width = columns - GUTTER;
  switch (recipe.status) {
    case 'loading':
      return [paint(`reading ${sign('running', style)}`, 'faint', style)];
    case 'failed':
      return [
        paint("This recipe can't be used", 'bad', style),
        '',
        ...foldAllPainted(failureLines(recipe.failure, style), width),
      ];
    case 'ready':
      return foldAllPainted(runbookLines(recipe.value, style, width), width);
  }
}

/** So many lines of the text are seen at once: the rest is what is known of its deployment, and the foot. */
export function textRoom(state: RecipeState, around: Around): number {
  return Math.max(1, around.rows - aboutLines(state, around).length - 1);
}

/** The whole page. */
export function recipeLines(state: RecipeState, around: Around): readonly string[] {
  const { style } = around;
  const text = recipeText(state, around);
  const room = textRoom(state, around);
  const top = Math.min(state.top, Math.max(0, text.length - room));
  const pointer = paint(`${sign('pointer', style)} `, 'asking', style);
  const seen = text.slice(top, top + room).map((line, at) => {
    const isFound = state.search?.line === top + at;
    return `${isFound ? pointer : '  '}${isFound ? paint(line, 'chosen', style) : line}`.trimEnd();
  });
  return [
    ...aboutLines(state, around),
    ...seen,
    ...Array.from({ length: room - seen.length }, () => ''),
    footLine(state, text, top, room, around),
  ];
}

/** What is known of the deployment that running it would be about. */
function aboutLines(state: RecipeState, around: Around): readonly string[] {
  const { about } = state;
  const recipe = valueIn(state.recipe);
  if (about === undefined || recipe === undefined) return [];
  const { style } = around;
  const text = foldLine(words(aboutText(about, recipe, around.now), style), around.columns - 5, 0);
  const rule = paint(sign('rule', style).repeat(around.columns), 'faint', style);
  const mark = about.standing === 'installed' ? paint(sign('ok', style), 'good', style) : standingSign(about, undefined, style);
  return [...text.map((line, at) => ` ${at === 0 ? mark : ' '.repeat(paintedWidth(mark))} ${line}`), rule];
}

function aboutText(about: DeploymentSummary, recipe: Recipe, now: number): string {
  const { name, standing, last, unfinished } = about;
  if (standing === 'running') return `${name} has a run under way. Enter watches it.`;
  if (isUnfinished(about))
    return `${name} has a run of ${when(about.unfinished.startedAt, now)} that ${endText(about.unfinished)}.`;
  const run = last ?? unfinished;
  const done = run === undefined ? '' : ` Last run: ${lastText(run)}, ${when(run.startedAt, now)}.`;
  if (standing === 'uninstalled') return `${name} was uninstalled.${done}`;
  if (standing === 'abandoned') return `${name} was given up half-way.${done}`;
  const was = about.recipe?.version;
  const upgrade =
    was === undefined || was === recipe.version
      ? ' Running it again puts right what differs.'
      : ` It was installed from ${was}: running it again brings ${recipe.version}.`;
  return `${name} is installed.${done}${upgrade}`;
}

/** Where in the text this is; or what is searched for. */
function footLine(
  { search, about, recipe }: RecipeState,
  text: readonly string[],
  top: number,
  room: number,
  { columns, style }: Around,
): string {
  const last = Math.min(text.length, top + room);
  const place =
    text.length <= room
      ? 'all of it'
      : top === 0
        ? `lines 1-${last} of ${text.length}, more below`
        : `lines ${top + 1}-${last} of ${text.length}${last === text.length ? ', the end' : ''}`;
  const right = paint(place, 'faint', style);
  const leadsToPlan = recipe.status === 'ready' && about?.standing !== 'running' && !isUnfinished(about);
  const promise = leadsToPlan ? `  ${paint(PROMISE, 'faint', style)}` : '';
  const left = search === undefined ? promise : searchText(search, text, style);
  const gap = Math.max(2, columns - paintedWidth(left) - paintedWidth(right) - 1);
  return `${left}${' '.repeat(gap)}${right}`;
}

function searchText(
  { field, typing, line }: NonNullable<RecipeState['search']>,
  text: readonly string[],
  style: Around['style'],
): string {
  const letters = [...field.text];
  const [before, after] = [letters.slice(0, field.cursor), letters.slice(field.cursor)].map((part) =>
    words(part.join(''), style),
  );
  const typed = typing ? `${before}${sign('caret', style)}${after}` : words(field.text, style);
  const found = linesWith(text, field.text);
  const count =
    field.text === ''
      ? ''
      : found.length === 0
        ? '  not found'
        : `  ${line === undefined ? '' : `${found.indexOf(line) + 1} of `}${found.length}`;
  return `  ${paint(`/${typed}`, 'strong', style)}${paint(count, 'faint', style)}`;
}
