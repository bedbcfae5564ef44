import { markOf, markSign } from '../../lib/plan-text.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { cut, fitPainted, paintedWidth, widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import { windowTop } from '../parts/scroll.ts';
import { detailOf, layOut, type PlanLayout, type PlanRoom, scrolledText } from './plan-layout.ts';
import { chosenAction, type PlanPartState, rowsOf } from './plan-part-state.ts';
import { groupOf, type PlanRow, type PlanShown, stepOf } from './plan-shown.ts';
import { stepTags } from './step-tags.ts';

/** A plan in its room: exactly as many painted lines as there are rows, or fewer. */
export function planPanelLines(state: PlanPartState, room: PlanRoom): readonly string[] {
  const layout = layOut(state, room);
  const { rows, wide } = layout;
  const text = scrolledText(state, layout, room);
  const body = wide
    ? beside(listLines(state, layout, room), detailLines(state, layout, room), layout, room)
    : text === undefined
      ? listLines(state, layout, room)
      : windowOf(text, state.top, rows, room);
  const filled = [...body, ...Array.from({ length: Math.max(0, rows - body.length) }, () => '')];
  const listed = wide || text === undefined;
  const [head, foot] = listed ? withMore(state, layout, room.style) : [layout.head, layout.foot];
  return [...head, ...filled, ...foot].slice(0, room.rows);
}

/** Head and foot; the blank rows next to the list say how much of it is out of sight. */
function withMore(state: PlanPartState, layout: PlanLayout, style: Style): readonly [readonly string[], readonly string[]] {
  const { head, foot, rows } = layout;
  const count = rowsOf(state).length;
  const above = listTop(state, rows);
  const below = count - above - rows;
  const told = (arrow: 'up' | 'down', more: number): string => paint(`  ${sign(arrow, style)} ${more} more`, 'faint', style);
  return [
    above > 0 ? [...head.slice(0, -1), told('up', above)] : head,
    below > 0 && foot.length > 0 ? [told('down', below), ...foot.slice(1)] : foot,
  ];
}

/** The first row of the list that is in sight. */
function listTop(state: PlanPartState, rows: number): number {
  const count = rowsOf(state).length;
  return windowTop(Math.min(state.cursor, Math.max(0, count - 1)), count, rows);
}

function beside(left: readonly string[], right: readonly string[], layout: PlanLayout, { style }: PlanRoom): readonly string[] {
  const bar = ` ${paint(sign('bar', style), 'faint', style)} `;
  return Array.from({ length: layout.rows }, (_, at) => {
    const line = fitPainted(left[at] ?? '', layout.list, sign('more', style));
    return `${line}${bar}${right[at] ?? ''}`;
  });
}

function detailLines(state: PlanPartState, layout: PlanLayout, { style, ...room }: PlanRoom): readonly string[] {
  const top = state.view === 'detail' ? state.top : 0;
  return windowOf(detailOf(state, layout.detail, style), top, layout.rows, { ...room, columns: layout.detail, style });
}

/** The part of a text that is in sight; where there is more of it, its last row says so. */
function windowOf(text: readonly string[], top: number, rows: number, { columns, style }: PlanRoom): readonly string[] {
  if (text.length <= rows) return text;
  const room = rows - 1;
  const from = Math.min(top, text.length - room);
  const place = `${from + 1}-${from + room} of ${text.length} lines`;
  return [...text.slice(from, from + room), paint(cut(place, columns, sign('more', style)), 'faint', style)];
}

/** The rows of the list that are in sight. */
function listLines(state: PlanPartState, layout: PlanLayout, { style }: PlanRoom): readonly string[] {
  const rows = rowsOf(state);
  const onAction = chosenAction(state) !== undefined;
  const top = listTop(state, layout.rows);
  return rows.slice(top, top + layout.rows).map((row, at) => {
    const chosen = !onAction && top + at === state.cursor;
    const line = `${chosen ? sign('pointer', style) : ' '} ${rowText(row, state.plan, layout.list - 2, style)}`;
    return chosen && state.view === 'list' ? paint(fitPainted(line, layout.list, sign('more', style)), 'chosen', style) : line;
  });
}

function rowText(row: PlanRow, plan: PlanShown, columns: number, style: Style): string {
  if (row.kind === 'group') {
    const { open, group, count } = row;
    const text = `${sign(open ? 'opened' : 'closed', style)} ${GROUP_TITLES[group]}: ${count} ${count === 1 ? 'step' : 'steps'}`;
    return paint(text, 'strong', style);
  }
  const { title, number } = stepOf(plan, row.step.step);
  const width = String(plan.steps.length).length;
  const mark = markOf(row.step);
  const head = `${String(number === 0 ? '' : number).padStart(width)} ${markSign(mark, style)} `;
  const room = columns - paintedWidth(head);
  const name = words(title, style);
  const glance = glanceText(row, plan, { left: room - 2 - widthOf(name), all: room }, style);
  const fitting = cut(name, room - paintedWidth(glance) - (glance === '' ? 0 : 2), sign('more', style));
  const gap = ' '.repeat(Math.max(0, room - widthOf(fitting) - paintedWidth(glance)));
  return `${head}${groupOf(row.step) === 'todo' ? fitting : paint(fitting, 'faint', style)}${glance === '' ? '' : `${gap}${glance}`}`;
}

/** So little room says nothing. */
const LEAST_GLANCE = 12;
/** A tag has so many columns, at the cost of the title, as long as so many are left to the title. */
const TAG = 22;
const TITLE = 24;

/**
 * What of a step is worth seeing beside its title: what it is about to ask or wait for, else what it changes. `left`: columns
 * beside the whole title; `all`: columns of both.
 */
function glanceText(
  { step }: PlanRow & { readonly kind: 'step' },
  plan: PlanShown,
  { left, all }: { readonly left: number; readonly all: number },
  style: Style,
): string {
  const tags = stepTags(plan, step);
  const more = sign('more', style);
  if (tags.length > 0) {
    const warning = tags.some(({ asks }) => asks) ? sign('warning', style) : '';
    const text = `${warning} ${words(tags.map((tag) => tag.text).join(', '), style)}`.trimStart();
    return paint(cut(text, Math.max(left, Math.min(TAG, all - TITLE)), more), 'asking', style);
  }
  const [first, ...rest] = step.changes;
  if (first === undefined || left < LEAST_GLANCE) return '';
  const others = rest.length === 0 ? '' : ` and ${rest.length} more`;
  return paint(`${cut(words(first.target, style), Math.min(left, GLANCE) - others.length, more)}${others}`, 'faint', style);
}

/** What a step changes takes no more of a row than this. */
const GLANCE = 40;

const GROUP_TITLES = { todo: 'To do, in this order', wanted: 'As wanted', skipped: 'Skipped' } as const;
