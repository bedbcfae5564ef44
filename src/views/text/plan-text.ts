import type { StepForecast } from '../../model/events.ts';
import type { Json } from '../../model/json.ts';
import type { Change } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { type Meaning, paint, type Style } from './style.ts';

/** What a plan says of its steps, counted. */
export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly run: number;
  readonly check: number;
  readonly knownAfterApply: number;
  readonly nothing: number;
}

/** The mark of one step in a plan: that of its weightiest change. */
export type PlanMark = keyof PlanCounts | 'skipped';

const WEIGHT = ['delete', 'create', 'update', 'run', 'check'] as const;

const SIGNS: Readonly<Record<PlanMark, readonly [string, Meaning]>> = {
  create: ['+', 'good'],
  update: ['~', 'changed'],
  delete: ['-', 'bad'],
  run: ['>', 'changed'],
  check: ['?', 'asking'],
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

/** How many steps bear each mark. */
export function countPlan(forecast: readonly StepForecast[]): PlanCounts {
  const count = (mark: PlanMark): number => forecast.filter((step) => markOf(step) === mark).length;
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    run: count('run'),
    check: count('check'),
    knownAfterApply: count('knownAfterApply'),
    nothing: count('nothing'),
  };
}

/** `Plan: 5 to create, 1 to run, 11 as wanted.` */
export function planSummary(forecast: readonly StepForecast[]): string {
  const counts = countPlan(forecast);
  const parts = [
    [counts.create, 'to create'],
    [counts.update, 'to change'],
    [counts.delete, 'to delete'],
    [counts.run, 'to run'],
    [counts.check, 'to wait for'],
    [counts.knownAfterApply, 'known after apply'],
    [counts.nothing, 'as wanted'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`);
  return `Plan: ${said.length === 0 ? 'nothing to do' : said.join(', ')}.`;
}

/** A plan as lines: a line for each step, its changes with their diffs below it, the counts last. */
export function planLines(
  forecast: readonly StepForecast[],
  titles: ReadonlyMap<string, string>,
  style: Style,
): readonly string[] {
  const width = Math.max(0, ...forecast.map((step) => step.step.length));
  const lines = forecast.flatMap((step) => {
    const [mark, meaning] = SIGNS[markOf(step)];
    const title = titles.get(step.step) ?? '';
    const why = step.waitsFor === undefined ? '' : paint(`  (known after apply of ${step.waitsFor})`, 'faint', style);
    const head = `${paint(mark, meaning, style)} ${paint(step.step.padEnd(width), 'strong', style)}  ${title}${why}`;
    const notes = (step.notes ?? []).map((note) => `    ${paint(sanitize(note), 'faint', style)}`);
    return [head, ...step.changes.flatMap((change) => changeLines(change, style)), ...notes];
  });
  return [...lines, '', paint(planSummary(forecast), 'strong', style)];
}

/** One change as lines, its diff indented below it. */
export function changeLines(change: Change, style: Style): readonly string[] {
  const [mark, meaning] = SIGNS[change.action];
  const property = change.property === undefined ? '' : ` ${change.property}`;
  const head = `    ${paint(mark, meaning, style)} ${sanitize(change.target)}${property}${valuesText(change)}`;
  const because = change.because === undefined || change.because.length === 0 ? '' : ` because of ${change.because.join(', ')}`;
  const diff = (change.diff ?? '').split('\n').filter((line) => line !== '');
  return [`${head}${because}`, ...diff.map((line) => `      ${diffLine(sanitize(line), style)}`)];
}

function valuesText(change: Change): string {
  if (change.secret) return ': (secret)';
  if (change.before === undefined && change.after === undefined) return '';
  if (change.before === undefined) return `: ${short(change.after as Json)}`;
  if (change.after === undefined) return `: was ${short(change.before)}`;
  return `: ${short(change.before)} -> ${short(change.after)}`;
}

function short(value: Json): string {
  const text = sanitize(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

function diffLine(line: string, style: Style): string {
  if (line.startsWith('+')) return paint(line, 'good', style);
  if (line.startsWith('-')) return paint(line, 'bad', style);
  return paint(line, 'faint', style);
}
