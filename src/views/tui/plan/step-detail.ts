import type { StepForecast } from '../../../model/events.ts';
import type { Change } from '../../../model/step.ts';
import { reasonText } from '../../lib/change-text.ts';
import { foldLine, foldLines } from '../../lib/fold-line.ts';
import { adoptsLines } from '../../lib/kept-data-text.ts';
import { markdownLines } from '../../lib/markdown.ts';
import { changeText, markOf, targetRows } from '../../lib/plan-text.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { chunksOf } from '../../lib/width.ts';
import { wordLines, words } from '../../lib/words.ts';
import { type PlanShown, stepOf } from './plan-shown.ts';
import { numberOr } from './step-tags.ts';

/** Detail lines that were made before: a long diff is folded once for each width, not for each key. */
const made = new WeakMap<
  StepForecast,
  { readonly key: string; readonly steps: PlanShown['steps']; readonly lines: readonly string[] }
>();

/**
 * All that a plan says of one step, as painted lines of at most so many columns: what it is, what it will do, and its changes
 * with their diffs in full.
 */
export function stepDetail(plan: PlanShown, forecast: StepForecast, columns: number, style: Style): readonly string[] {
  const key = `${columns} ${style.colour} ${style.unicode}`;
  const known = made.get(forecast);
  if (known?.key === key && known.steps === plan.steps) return known.lines;
  const lines = detailLines(plan, forecast, columns, style);
  made.set(forecast, { key, steps: plan.steps, lines });
  return lines;
}

function detailLines(plan: PlanShown, forecast: StepForecast, columns: number, style: Style): readonly string[] {
  const { id, title, uses, number, explain } = stepOf(plan, forecast.step);
  const place = number === 0 ? '' : `${number} of ${plan.steps.length}: `;
  const fold = (text: string): readonly string[] => foldLine(text, columns);
  return [
    ...fold(`${place}${words(title, style)}`).map((line) => paint(line, 'strong', style)),
    paint(words(uses === '' ? id : `${id}, ${uses}`, style), 'faint', style),
    ...(explain === undefined ? [] : ['', ...markdownLines(explain, { style, columns })]),
    ...said(plan, forecast, style).flatMap(({ text, asks }) => [
      '',
      ...fold(asks ? `${sign('warning', style)} ${text}` : text).map((line) => (asks ? paint(line, 'asking', style) : line)),
    ]),
    ...(forecast.adopts === undefined ? [] : ['', ...foldLines(adoptsLines(forecast.adopts, style).map(dedent), columns)]),
    ...forecast.changes.flatMap((change) => ['', ...changeDetail(change, columns, style)]),
    ...(forecast.notes === undefined ? [] : ['']),
    ...(forecast.notes ?? []).flatMap((note) =>
      foldLines(wordLines(note, style), columns).map((line) => paint(line, 'faint', style)),
    ),
  ];
}

/** What is to be known besides the changes, in sentences. */
function said(plan: PlanShown, forecast: StepForecast, style: Style): readonly { readonly text: string; readonly asks?: true }[] {
  const { danger, uses } = stepOf(plan, forecast.step);
  const mark = markOf(forecast);
  const { waitsFor, drift, kept, invalidatedBy } = forecast;
  const acts = forecast.changes.length > 0 || waitsFor !== undefined;
  const waits = waitsFor === undefined ? undefined : stepOf(plan, waitsFor);
  return [
    ...(mark === 'nothing' ? [{ text: 'As wanted: there is nothing to do here.' }] : []),
    ...(mark === 'read' ? [{ text: 'Only reads: the run asks this program, and nothing is changed by it.' }] : []),
    ...(mark === 'skipped' ? [{ text: 'Skipped: its condition does not hold.' }] : []),
    ...(waits === undefined
      ? []
      : [
          {
            text:
              `What it will do is known after ${numberOr(plan, waits.id, 'step ')}, “${waits.title}”, has acted: ` +
              'it needs what that step leaves.',
          },
        ]),
    ...(danger === true && acts
      ? [{ text: 'Danger: this can not be undone. A word has to be typed before it acts.', asks: true as const }]
      : []),
    ...(uses === 'manual' && acts
      ? [{ text: 'By hand: the run waits here until you say that it is done.', asks: true as const }]
      : []),
    ...(drift === true
      ? [{ text: 'Edited by hand since fairlead left it: you will be asked before it is overwritten.', asks: true as const }]
      : []),
    ...(kept === undefined ? [] : [{ text: `Stays as it was edited by hand: ${kept.join(', ')}.` }]),
    ...(invalidatedBy === undefined
      ? []
      : [{ text: `It was done, and counts no more: ${invalidatedBy.map(reasonText).join(', ')}.` }]),
  ].map((one) => ({ ...one, text: words(one.text, style) }));
}

function changeDetail(change: Change, columns: number, style: Style): readonly string[] {
  const [first = '', ...more] = targetRows(change.target);
  return [
    ...foldLine(changeText({ ...change, target: first }, style), columns),
    ...more.flatMap((row) => foldLine(`  ${words(row, style)}`, columns)),
    ...diffRows(change, columns, style),
  ];
}

/** A diff in rows: what is wider than the pane goes on in the next row, two columns in, so that nothing is hidden. */
function diffRows(change: Change, columns: number, style: Style): readonly string[] {
  if (change.diff === undefined) return [];
  const lines = change.diff.split('\n').filter((line) => line !== '');
  // Of a new file it says nothing that its size does not say.
  const shown = change.action === 'create' && lines[0]?.startsWith('@@') === true ? lines.slice(1) : lines;
  return shown.flatMap((line) => {
    const safe = words(line.replaceAll('\t', '    '), style);
    const mark = safe.slice(0, 1);
    const [first = '', ...rest] = chunksOf(safe, columns, columns - 2);
    const meaning = mark === '+' ? 'good' : mark === '-' ? 'bad' : 'faint';
    return [first, ...rest.map((text) => `  ${text}`)].map((text) => paint(text, meaning, style));
  });
}

/** Text views indent below a step's line; here there is none. */
function dedent(line: string): string {
  return line.replace(/^ {4}/, '');
}
