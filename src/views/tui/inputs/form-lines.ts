import { paint, type Style, sign } from '../../lib/style.ts';
import { widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import type { Around } from '../page.ts';
import { windowTop } from '../parts/scroll.ts';
import { panelLines, panelRows } from './field-panel.ts';
import { rowLine } from './form-rows.ts';
import { askedOf, type InputsState, rowsOf } from './inputs-state.ts';

/** Heading, the rows that have room with the cursor in sight, the way on, and what is to be said of the row under the cursor. */
export function formLines(state: InputsState, around: Around): readonly string[] {
  const { columns, rows, style } = around;
  const below = panelRows(rows);
  const count = rowsOf(state).length - 1;
  // Heading, a line above and one below the list, the way on, a rule.
  const room = Math.max(1, rows - below - 5);
  const top = windowTop(Math.min(state.focus, count - 1), count, room);
  const seen = Array.from({ length: Math.min(room, count) }, (_, at) => rowLine(state, top + at, around));
  const list = [
    paint(headingOf(state, columns, style), 'strong', style),
    more(top, 'up', style),
    ...seen,
    ...(askedOf(state).length === 0 ? [paint(`  ${nothingAsked(state)}`, 'faint', style)] : []),
    more(Math.max(0, count - top - room), 'down', style),
    rowLine(state, count, around),
  ];
  const blank = Array.from({ length: Math.max(0, rows - below - 1 - list.length) }, () => '');
  const rule = paint(sign('rule', style).repeat(columns), 'faint', style);
  return [...list, ...blank, rule, ...panelLines(state, around)];
}

function nothingAsked({ name }: InputsState): string {
  return name === undefined ? 'This recipe asks for nothing.' : 'This recipe asks for nothing else.';
}

/** In one line: of what has no room the end is left out, which says least, but for what it is. */
function headingOf({ draft, name }: InputsState, columns: number, style: Style): string {
  const { recipe, deployment, changes, task } = draft;
  if (changes !== undefined) return words(`Run ${changes} of ${deployment} goes on: with which inputs?`, style);
  const what = task?.title ?? `${recipe.title} ${recipe.version}`;
  const where = task === undefined && name !== undefined ? what : `${what}, deployment ${deployment}`;
  const headings = [`${where}: what it needs to know`, where, what].map((heading) => words(heading, style));
  return headings.find((heading) => widthOf(heading) <= columns) ?? words(what, style);
}

function more(count: number, where: 'up' | 'down', style: Style): string {
  return count === 0 ? '' : paint(`  ${sign(where, style)} ${count} more`, 'faint', style);
}
