import type { StepForecast } from '../../model/events.ts';
import type { Json } from '../../model/json.ts';
import type { Change } from '../../model/step.ts';
import { adoptsLines } from './kept-data-text.ts';
import { type Meaning, paint, type Style, sign } from './style.ts';
import { valueText } from './value-text.ts';
import { cut, widthOf } from './width.ts';
import { words } from './words.ts';

/** What a plan says of its steps, counted. */
export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly run: number;
  readonly check: number;
  readonly read: number;
  readonly knownAfterApply: number;
  readonly nothing: number;
}

/** The mark of one step in a plan: that of its weightiest change. */
export type PlanMark = keyof PlanCounts | 'skipped';

const WEIGHT = ['delete', 'create', 'update', 'run', 'check', 'read'] as const;

const SIGNS: Readonly<Record<PlanMark, readonly [string, Meaning]>> = {
  create: ['+', 'good'],
  update: ['~', 'changed'],
  delete: ['-', 'bad'],
  run: ['>', 'changed'],
  check: ['?', 'asking'],
  read: ['<', 'asking'],
  knownAfterApply: ['*', 'asking'],
  nothing: ['=', 'faint'],
  skipped: [' ', 'faint'],
};

/** The mark of a step. */
export function markOf(step: StepForecast): PlanMark {
  if (step.skipped) return 'skipped';
  if (step.waitsFor !== undefined) return 'knownAfterApply';
  return WEIGHT.find((action) => step.changes.some((change) => change.action === action)) ?? 'nothing';
}

/** The sign of a mark, painted. */
export function markSign(mark: PlanMark, style: Style): string {
  const [drawn, meaning] = SIGNS[mark];
  return paint(drawn, meaning, style);
}

/** How many steps bear each mark. */
export function countPlan(forecast: readonly StepForecast[]): PlanCounts {
  const count = (mark: PlanMark): number => forecast.filter((step) => markOf(step) === mark).length;
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    run: count('run'),
    check: count('check'),
    read: count('read'),
    knownAfterApply: count('knownAfterApply'),
    nothing: count('nothing'),
  };
}

/** `Plan: 5 to create (+), 1 to run (>), 11 as wanted (=).`: what the marks mean is said where they are counted. */
export function planSummary(forecast: readonly StepForecast[]): string {
  const counts = countPlan(forecast);
  const parts = [
    [counts.create, `to create (${SIGNS.create[0]})`],
    [counts.update, `to change (${SIGNS.update[0]})`],
    [counts.delete, `to delete (${SIGNS.delete[0]})`],
    [counts.run, `to run (${SIGNS.run[0]})`],
    [counts.check, `to wait for (${SIGNS.check[0]})`],
    [counts.read, `to read (${SIGNS.read[0]})`],
    [counts.knownAfterApply, `known after apply (${SIGNS.knownAfterApply[0]})`],
    [counts.nothing, `as wanted (${SIGNS.nothing[0]})`],
    [forecast.filter((step) => markOf(step) === 'skipped').length, 'skipped'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, meaning]) => `${number} ${meaning}`);
  return `Plan: ${said.length === 0 ? 'nothing to do' : said.join(', ')}.`;
}

/** Ids are aligned up to this width; one that is longer pushes its own title only. */
const ID_COLUMNS = 24;

/** A plan as lines: a line for each step, its changes with their diffs below it, the counts last. */
export function planLines(
  forecast: readonly StepForecast[],
  titles: ReadonlyMap<string, string>,
  style: Style,
): readonly string[] {
  const width = Math.min(ID_COLUMNS, Math.max(0, ...forecast.map((step) => step.step.length)));
  const lines = forecast.flatMap((step) => {
    const mark = markOf(step);
    const [drawn, meaning] = SIGNS[mark];
    const id = paint(words(step.step, style).padEnd(width), mark === 'nothing' ? 'faint' : 'strong', style);
    const title = words(titles.get(step.step) ?? '', style);
    const why = paint(reasonOf(step), 'faint', style);
    const notes = (step.notes ?? []).map((note) => `    ${paint(words(note, style), 'faint', style)}`);
    const head = `${paint(drawn, meaning, style)} ${id}  ${title}${why}`.trimEnd();
    return [
      head,
      ...adoptsLines(step.adopts ?? [], style),
      ...step.changes.flatMap((change) => changeLines(change, style)),
      ...notes,
    ];
  });
  return [...lines, '', ...summaryLines(forecast, 79).map((line) => paint(line, 'strong', style))];
}

/** The counts in lines of at most so many columns. */
export function summaryLines(forecast: readonly StepForecast[], columns: number): readonly string[] {
  return foldCounts(planSummary(forecast), columns, '      ');
}

/** Counts in lines of at most so many columns: broken after a comma, never within a count. */
export function foldCounts(counts: string, columns: number, indent: string): readonly string[] {
  const lines: string[] = [];
  for (const part of counts.split(/(?<=,) /)) {
    const line = lines.at(-1);
    if (line === undefined || widthOf(`${line} ${part}`) > columns) lines.push(line === undefined ? part : `${indent}${part}`);
    else lines[lines.length - 1] = `${line} ${part}`;
  }
  return lines;
}

function reasonOf(step: StepForecast): string {
  if (step.drift) return '  (edited by hand: you will be asked)';
  if (step.skipped) return '  (skipped: its condition does not hold)';
  return step.waitsFor === undefined ? '' : `  (known after ${step.waitsFor})`;
}

/** So many lines of a new file are shown; what it will say in full is in `plan --json`. */
const NEW_FILE_LINES = 12;

/** One change as lines, its diff indented below it. */
export function changeLines(change: Change, style: Style): readonly string[] {
  const [first = '', ...more] = targetRows(change.target);
  const last = more.length - 1;
  // A program of several lines: its beginning, and its end, where its arguments stand.
  const rows = more.length > 2 ? [`${sign('more', style)} ${last} more lines`, more[last] ?? ''] : more;
  return [
    `    ${changeText({ ...change, target: first }, style)}`,
    ...rows.map((row) => `      ${paint(words(row, style), 'faint', style)}`),
    ...diffLines(change, style),
  ];
}

/** A target is one line, but for a program that has several. */
export function targetRows(target: string): readonly string[] {
  return target.split('\n').filter((row, at) => at === 0 || row.trim() !== '');
}

/** One change in a line, without its diff: `~ /etc/x mode: 0644 -> 0600`. */
export function changeText(change: Change, style: Style): string {
  const property = change.property === undefined ? '' : ` ${words(change.property, style)}`;
  const because = change.because === undefined || change.because.length === 0 ? '' : ` because of ${change.because.join(', ')}`;
  const target = words(change.target, style);
  return `${markSign(change.action, style)} ${target}${property}${valuesText(change, style)}${because}`.trimEnd();
}

function diffLines(change: Change, style: Style): readonly string[] {
  const diff = (change.diff ?? '').split('\n').filter((line) => line !== '');
  const more = diff.length - NEW_FILE_LINES;
  const cutShort = change.action === 'create' && more > 1;
  const lines = (cutShort ? diff.slice(0, NEW_FILE_LINES) : diff).map((line) => `      ${diffLine(words(line, style), style)}`);
  return cutShort ? [...lines, `      ${paint(`${sign('more', style)} ${more} more lines`, 'faint', style)}`] : lines;
}

function valuesText(change: Change, style: Style): string {
  const { before, after } = change;
  // A list beside a secret holds names, never values.
  if (change.secret) return Array.isArray(change.after) ? `: ${short(change.after, style)} (secret)` : ': (secret)';
  if (before === undefined && after === undefined) return '';
  if (before === undefined) return `: ${short(after as Json, style)}`;
  if (after === undefined) return `: was ${short(before, style)}`;
  if (change.action === 'check') return `: ${short(after, style)}${before === null ? '' : `, now ${short(before, style)}`}`;
  const [was, willBe] = [short(before, style), short(after, style)];
  // As many lines as before, say: the diff tells what differs.
  return was === willBe ? `: ${was}` : `: ${was} -> ${willBe}`;
}

function short(value: Json, style: Style): string {
  return cut(words(valueText(value), style), 160, sign('more', style));
}

function diffLine(line: string, style: Style): string {
  if (line.startsWith('+')) return paint(line, 'good', style);
  if (line.startsWith('-')) return paint(line, 'bad', style);
  return paint(line, 'faint', style);
}
