import type { InputSpec, Task } from '../../../model/recipe.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldAllPainted } from '../../lib/fold-painted.ts';
import { markdownLines } from '../../lib/markdown.ts';
import { paint, sign } from '../../lib/style.ts';
import { fitPainted, widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import { valueIn } from '../loaded.ts';
import type { Around } from '../page.ts';
import { findLine, ruleLine } from '../parts/found-list.ts';
import { windowTop } from '../parts/scroll.ts';
import { chosenTask, foundTasks, type TasksState } from './tasks-state.ts';

const HINT = 'Type to find a task. Nothing happens before you approve its plan.';
/** What is typed, and an empty row. */
const HEAD = 2;
/** The columns of the longest name that is shown whole. */
const NAME_MOST = 24;
/** The share of the page that is for what is told of a task, where the list is long. */
const TOLD = 0.4;
/** The columns in front of what is told of a task. */
const INDENT = 2;

/** The whole page: what is typed, the list, and what is told of the chosen task. */
export function tasksLines(state: TasksState, around: Around): readonly string[] {
  const { columns, rows, style } = around;
  const { tasks, deployment, filter } = state;
  if (tasks.status === 'loading') return ['', `  ${paint(`reading ${sign('running', style)}`, 'faint', style)}`];
  if (tasks.status === 'failed') return ['', ...foldAllPainted(failureLines(tasks.failure, style), columns)];
  if (tasks.value.length === 0) return ['', `  ${words(`The recipe of ${deployment} has no tasks.`, style)}`];
  const found = foundTasks(state);
  const room = listRoom(state, around);
  const top = windowTop(state.cursor, found.length, room);
  const width = Math.min(NAME_MOST, Math.max(...tasks.value.map(({ name }) => widthOf(words(name, style)))));
  const listed = found.slice(top, top + room).map((task, at) => rowLine(task, top + at === state.cursor, width, around));
  const blank = Array.from({ length: Math.max(0, room - listed.length) }, () => '');
  const rule = paint(ruleLine(top, listed.length, found.length, columns, style), 'faint', style);
  return [findLine(filter, found.length, HINT, style), '', ...listed, ...blank, rule, ...toldLines(state, around)].slice(0, rows);
}

/** So many tasks are seen at once: what is found does not move the rule, and what a short list leaves is for what is told. */
export function listRoom({ tasks }: Pick<TasksState, 'tasks'>, { rows }: Pick<Around, 'rows'>): number {
  const most = rows - HEAD - 1 - Math.max(4, Math.floor(rows * TOLD));
  return Math.max(1, Math.min(valueIn(tasks)?.length ?? 0, most));
}

/** So many lines of what is told of a task are seen at once. */
export function toldRoom(state: Pick<TasksState, 'tasks'>, around: Pick<Around, 'rows'>): number {
  return Math.max(1, around.rows - HEAD - 1 - listRoom(state, around));
}

/** What is told of the chosen task, folded to the page: why, what it asks for, and where a word must be typed. */
export function aboutTask(state: TasksState, { columns, style }: Pick<Around, 'columns' | 'style'>): readonly string[] {
  const task = chosenTask(state);
  if (task === undefined) return [];
  const width = columns - 2 * INDENT;
  const asks =
    task.changes === undefined ? askedText(task.inputs) : `Changes: ${task.changes.join(', ')}. The recipe is done anew.`;
  const dangers = task.steps.filter(({ danger }) => danger !== undefined).map(({ title }) => title);
  const guarded = dangers.length === 0 ? [] : [`Asks for a typed word before: ${dangers.join('; ')}.`];
  const lines = [
    paint(words(task.title, style), 'strong', style),
    ...(task.explain === undefined ? [] : ['', ...markdownLines(task.explain, { columns: width, style })]),
    '',
    ...[asks, ...guarded].map((line) => paint(words(line, style), 'faint', style)),
  ];
  return foldAllPainted(lines, width, 0).map((line) => (line === '' ? '' : `${' '.repeat(INDENT)}${line}`));
}

function askedText(inputs: readonly InputSpec[]): string {
  if (inputs.length === 0) return 'Asks for nothing.';
  return `Asks for: ${inputs.map(({ title, optional }) => (optional ? `${title} (may stay empty)` : title)).join('; ')}.`;
}

function toldLines(state: TasksState, around: Around): readonly string[] {
  const { style } = around;
  const text = aboutTask(state, around);
  const room = toldRoom(state, around);
  if (text.length <= room) return text;
  const top = Math.min(state.top, text.length - (room - 1));
  const last = top + room - 1;
  const place = last === text.length ? 'the end' : `${text.length - last} more lines: PgDn`;
  return [...text.slice(top, last), paint(`${' '.repeat(INDENT)}${place}`, 'faint', style)];
}

function rowLine({ name, title }: Task, chosen: boolean, width: number, { columns, style }: Around): string {
  const end = sign('more', style);
  const shown = fitPainted(words(name, style), width, end);
  const line = `${chosen ? sign('pointer', style) : ' '} ${shown}  ${words(title, style)}`;
  const whole = fitPainted(line, columns, end);
  return chosen ? paint(whole, 'chosen', style) : whole.trimEnd();
}
