import { paint, type Style, sign } from '../../lib/style.ts';
import { fitPainted, paintedWidth } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import { fieldWindow, type TextField } from '../parts/text-field.ts';
import { withMarks } from './output-line.ts';
import type { OutputSource } from './output-source.ts';
import { type OutputRoom, type OutputRow, windowOf } from './output-window.ts';

/** What the pane of output is drawn from. */
export interface OutputView {
  readonly source: OutputSource;
  readonly top?: number;
  readonly fold: boolean;
  readonly focused: boolean;
  readonly finding?: TextField;
  readonly found?: { readonly text: string; readonly line?: number };
  /** In place of lines, where there are none. */
  readonly empty: string;
}

/** Columns left of a line while something is sought: where a match is marked for those who see no colours. */
const GUTTER = 2;

/** The room that lines have in a pane of this size: below its heading, above the field. */
export function outputRoom(
  view: Pick<OutputView, 'fold' | 'finding' | 'found'>,
  columns: number,
  rows: number,
  style: Style,
): OutputRoom {
  return {
    columns: Math.max(1, columns - (view.found === undefined ? 0 : GUTTER)),
    rows: Math.max(1, rows - 1 - (view.finding === undefined ? 0 : 1)),
    fold: view.fold,
    style,
  };
}

/** The pane: a heading that says what is above and below, the lines in sight, and what is being typed to be sought. */
export function outputLines(view: OutputView, columns: number, rows: number, style: Style): readonly string[] {
  const { source, top, finding, found } = view;
  const room = outputRoom(view, columns, rows, style);
  const seen = windowOf(source, top, room);
  const lines =
    seen.length === 0 ? [paint(view.empty, 'faint', style)] : seen.map((row, at) => drawn(row, seen[at - 1], found, style));
  const heading = headingOf(view, seen, columns, style);
  if (finding === undefined) return [heading, ...lines];
  const blank = Array.from({ length: Math.max(0, room.rows - lines.length) }, () => '');
  return [heading, ...lines, ...blank, fieldLine(finding, columns, style)];
}

function headingOf(
  { source, top, focused, found }: OutputView,
  seen: readonly OutputRow[],
  columns: number,
  style: Style,
): string {
  const above = (seen[0]?.number ?? source.first) - source.first;
  const below = source.count - 1 - (seen.at(-1)?.number ?? source.count - 1);
  const sought = found === undefined ? '' : ` /${words(found.text, style)}`;
  const name = focused ? `${sign('pointer', style)} Output${sought}` : `Output${sought}`;
  const where = [
    ...(source.first > 0 ? ['oldest lines: in the record'] : []),
    ...(above > 0 ? [`${above} above`] : []),
    ...(below > 0 ? [`${below} below`] : []),
    ...(top === undefined ? [] : ['End follows']),
  ].join(', ');
  const right = paint(where, 'faint', style);
  const left = fitPainted(
    paint(name, focused ? 'strong' : 'faint', style),
    columns - paintedWidth(right) - 1,
    sign('more', style),
  );
  return `${left} ${right}`;
}

function drawn(row: OutputRow, before: OutputRow | undefined, found: OutputView['found'], style: Style): string {
  if (found === undefined) return row.text;
  const marked = withMarks(row.text, found.text, style);
  const hit = row.text.toLowerCase().includes(found.text.toLowerCase());
  const first = before?.number !== row.number;
  if (found.line === row.number && first) return `${paint(sign('pointer', style), 'asking', style)} ${marked}`;
  return hit ? `${paint(sign('pending', style), 'asking', style)} ${marked}` : `  ${marked}`;
}

function fieldLine(field: TextField, columns: number, style: Style): string {
  const { text, column } = fieldWindow(field, columns - 2);
  const letters = [...words(text, style)];
  const at = Math.min(column, letters.length);
  const under = letters[at] ?? (style.colour ? ' ' : '_');
  return `/ ${letters.slice(0, at).join('')}${paint(under, 'chosen', style)}${letters.slice(at + 1).join('')}`;
}
