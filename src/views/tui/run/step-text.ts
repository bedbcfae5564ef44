import { formatDuration } from '../../../model/duration.ts';
import { onlyReads } from '../../../model/plan-effect.ts';
import type { StepState } from '../../../model/run-state.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldLines } from '../../lib/fold-line.ts';
import { changeLines } from '../../lib/plan-text.ts';
import { placeOf } from '../../lib/recap-text.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import { drawBar, percent } from './draw-bar.ts';
import type { RunPicture } from './run-picture.ts';
import { glyphOf, isAskedAbout, isBrokenOff } from './step-list.ts';
import { shortTime, timeOf } from './step-times.ts';

/** What a text about a step is drawn from. */
export interface StepView {
  readonly step: StepState;
  readonly picture: RunPicture;
  readonly clock: number;
  /** Is the time of the step said here? Where the list of steps is in sight it stands there. */
  readonly withTime: boolean;
}

/** What a step waits for may take so many lines. */
const WAITING_LINES = 3;
/** A bar longer than this says no more. */
const BAR = 40;
/** Cells for how long it waits still. */
const LEFT = 16;

/** Which step this is and what it is at: its title, its type, and while it is at work what it waits for and how far it is. */
export function stepHead(view: StepView, columns: number, style: Style): readonly string[] {
  const { step, picture } = view;
  const [glyph, meaning] = glyphOf(step, picture, style);
  const title = paint(`${placeOf(step.id, picture.state).trimStart()} ${words(step.title, style)}`, 'strong', style);
  const time = view.withTime ? shortTime(timeOf(step, picture, view.clock) ?? 0) : '';
  const facts = [
    paint(standing(step, picture), meaning, style),
    ...(step.attempt > 1 ? [`attempt ${step.attempt}`] : []),
    words(step.uses, style),
    ...(time === '' ? [] : [time]),
  ];
  return [
    ...foldLines([title], columns).slice(0, 2),
    `${paint(glyph, meaning, style)} ${facts.join(', ')}`,
    ...progressLines(view, columns, style),
  ];
}

/** What it left behind, or is about to: in short, at most `most` lines. */
export function stepSummary(view: StepView, columns: number, most: number, style: Style): readonly string[] {
  const lines = detailLines(view, style, false);
  const folded = foldLines(lines, columns);
  if (folded.length <= most) return folded;
  const left = folded.length - most + 1;
  return [...folded.slice(0, most - 1), paint(`  ${sign('more', style)} ${left} more lines: d shows all`, 'faint', style)];
}

/** All that is known about it, with every difference. */
export function stepDetails(view: StepView, columns: number, style: Style): readonly string[] {
  const lines = detailLines(view, style, true);
  return foldLines(lines.length === 0 ? [paint('Nothing more is known about it.', 'faint', style)] : lines, columns);
}

function detailLines({ step, picture }: StepView, style: Style, diffs: boolean): readonly string[] {
  const forecast = step.attempt === 0 ? picture.state.forecast?.find((one) => one.step === step.id) : undefined;
  const changes = forecast?.changes ?? step.changes;
  const listed = changes.flatMap((change) => (diffs ? changeLines(change, style) : changeLines(change, style).slice(0, 1)));
  const notes = [...(forecast?.notes ?? []), ...step.notes].map((note) => paint(`  ${words(note, style)}`, 'faint', style));
  const waits =
    forecast?.waitsFor === undefined ? [] : [paint(`  known after ${words(forecast.waitsFor, style)}`, 'faint', style)];
  const failure = step.failure === undefined ? [] : failureLines(step.failure, style);
  const heading =
    changes.length === 0 ? [] : [onlyReads({ changes }) ? 'Planned, only to read:' : changeHeading(step, changes.length)];
  return [...failure.map(outdented), ...notes, ...waits, ...heading, ...listed.map(outdented)];
}

/** Lists in a plan stand below a step; here they are the text itself. */
function outdented(line: string): string {
  return line.replace(/^ {4}/, '  ');
}

function changeHeading(step: StepState, count: number): string {
  const what = count === 1 ? '1 change' : `${count} changes`;
  switch (step.status) {
    case 'pending':
      return `Planned, ${what}:`;
    case 'ok':
    case 'changed':
      return `Made, ${what}:`;
    default:
      return `Intended, ${what}:`;
  }
}

const STANDINGS: Readonly<Record<StepState['status'], string>> = {
  pending: 'not begun',
  running: 'looking',
  intended: 'at work',
  'in-doubt': 'in doubt: it was under way when the run ended',
  ok: 'as wanted',
  changed: 'changed',
  skipped: 'skipped',
  failed: 'failed',
  unreachable: 'host not reached',
};

function standing(step: StepState, picture: RunPicture): string {
  const open = step.status === 'running' || step.status === 'intended';
  if (open && isAskedAbout(step, picture)) return 'waits for your answer';
  if (open && isBrokenOff(picture)) return 'broken off';
  if (open && picture.progress.get(step.id)?.leftMs !== undefined) return 'waiting';
  return STANDINGS[step.status];
}

function progressLines({ step, picture }: StepView, columns: number, style: Style): readonly string[] {
  const progress = picture.progress.get(step.id);
  const open = step.status === 'running' || step.status === 'intended';
  if (progress === undefined || !open || isBrokenOff(picture)) return [];
  const { text, done, of, atMostMs, leftMs } = progress;
  const said = foldLines([words(text, style)], columns).slice(0, WAITING_LINES);
  if (atMostMs !== undefined && leftMs !== undefined) {
    const left = `${formatDuration(leftMs)} left`;
    const bar = drawBar(atMostMs - leftMs, atMostMs, Math.min(BAR, columns - LEFT), 'asking', style);
    return [...said, `${bar} ${left}`];
  }
  if (done === undefined || of === undefined || !(of > 0)) return said;
  const share = percent(done, of);
  return [...said, `${drawBar(done, of, Math.min(BAR, columns - 6), 'asking', style)} ${share.padStart(5)}`];
}
