import type { StepState } from '../../../model/run-state.ts';
import { OUTCOMES } from '../../lib/recap-text.ts';
import { type Meaning, paint, type Style, sign } from '../../lib/style.ts';
import { cut, fitPainted } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import { windowTop } from '../parts/scroll.ts';
import { drawBar } from './draw-bar.ts';
import type { RunPicture } from './run-picture.ts';
import { coarseTime, shortTime, timeOf } from './step-times.ts';

/** What the list of steps is drawn from. */
export interface StepListView {
  readonly picture: RunPicture;
  /** The step that the right side is about; absent: none. */
  readonly shown?: string;
  /** Do the arrows choose among the steps? */
  readonly focused: boolean;
  /** Where the list is centred. */
  readonly at: number;
  readonly clock: number;
}

/** Cells for the time at a line's end. */
const TIME = 5;
/** Lines above the list. */
const HEAD = 2;

/** The left side: how far the run is, then its steps around the shown one. At most `rows` lines of `columns` cells. */
export function stepListLines(view: StepListView, columns: number, rows: number, style: Style): readonly string[] {
  const { picture, at } = view;
  const steps = [...picture.state.steps.values()];
  const head = [progressLine(picture, columns, style), paint(cut(standing(view), columns, sign('more', style)), 'faint', style)];
  const room = Math.max(1, rows - HEAD);
  if (steps.length === 0) return head.slice(0, rows);
  const top = windowTop(at, steps.length, room);
  const shown = steps
    .slice(top, top + room)
    .map((step, index) => stepLine(step, top + index, steps.length, view, columns, style));
  const above = top > 0 ? [moreLine('up', top + 1, style)] : [];
  const after = steps.length - top - room;
  const below = after > 0 ? [moreLine('down', after + 1, style)] : [];
  const middle = shown.slice(above.length, shown.length - below.length);
  return [...head, ...above, ...middle, ...below].slice(0, rows);
}

/** The number of a step among all, from 0; 0 where there is none. */
export function numberOf(step: string | undefined, { state }: RunPicture): number {
  return step === undefined ? 0 : Math.max(0, ([...state.steps.keys()] as readonly string[]).indexOf(step));
}

/** How far the run is, as a bar and in numbers: what is behind it, of all. */
export function progressLine({ state }: RunPicture, columns: number, style: Style): string {
  const steps = [...state.steps.values()];
  if (steps.length === 0) return '';
  const done = steps.filter(({ status }) => status === 'ok' || status === 'changed' || status === 'skipped').length;
  const failed = steps.some(({ status }) => status === 'failed' || status === 'unreachable');
  const numbers = `${done}/${steps.length}`;
  return `${drawBar(done, steps.length, columns - numbers.length - 1, failed ? 'bad' : 'good', style)} ${numbers}`;
}

/** What the run is about, in words. While it runs the time is told in minutes: the seconds are the step's. */
function standing({ picture, clock }: StepListView): string {
  const { past, caughtUp, down, state, aliveAt } = picture;
  if (!caughtUp) return 'reading what happened';
  const begun = aliveAt === undefined ? clock : Date.parse(aliveAt);
  switch (state.status) {
    case 'none':
      return 'not begun';
    case 'running':
      if (past) return 'record: not at its end';
      if (down !== undefined) return down === 'over' ? 'let go' : 'broken off';
      if (state.question !== undefined) return 'waiting for your answer';
      return `running for ${coarseTime(clock - begun)}`;
    case 'stopped':
      return past ? 'record: stopped' : 'stopped';
    case 'ok':
      return past ? 'record: done' : 'done';
    case 'abandoned':
      return past ? 'record: given up' : 'given up';
  }
}

function stepLine(step: StepState, at: number, count: number, view: StepListView, columns: number, style: Style): string {
  const { picture, shown, focused, clock } = view;
  const [glyph, meaning] = glyphOf(step, picture, style);
  const chosen = step.id === shown;
  const pointer = chosen ? sign('pointer', style) : ' ';
  const place = String(at + 1).padStart(String(count).length);
  const took = shortTime(timeOf(step, picture, clock) ?? 0);
  // A step at work keeps the place of its time free: its title does not jump when a second is over.
  const grows = isAtWork(step) && !isBrokenOff(picture);
  const time = grows ? took.padStart(1 + TIME) : took === '' ? '' : ` ${took}`;
  const width = style.unicode ? 1 : 2;
  const room = columns - 1 - place.length - 1 - width - 1 - time.length;
  const title = fitPainted(words(step.title, style), room, sign('more', style));
  if (chosen && focused) return paint(`${pointer}${place} ${glyph.padEnd(width)} ${title}${time}`, 'chosen', style);
  const weight: Meaning | undefined = isAtWork(step) ? 'strong' : step.status === 'pending' ? 'faint' : undefined;
  const drawn = weight === undefined ? title : paint(title, weight, style);
  return `${pointer}${paint(place, 'faint', style)} ${paint(glyph.padEnd(width), meaning, style)} ${drawn}${paint(time, 'faint', style)}`;
}

/** The sign of how a step stands. One that waits for an answer has the sign of a question. */
export function glyphOf(step: StepState, picture: RunPicture, style: Style): readonly [string, Meaning] {
  switch (step.status) {
    case 'pending':
      return [sign('pending', style), 'faint'];
    case 'running':
    case 'intended':
      if (isBrokenOff(picture)) return [sign('doubt', style), 'bad'];
      return isAskedAbout(step, picture) ? [sign('doubt', style), 'asking'] : [sign('running', style), 'asking'];
    case 'in-doubt':
      return [sign('doubt', style), 'asking'];
    default: {
      const [name, meaning] = OUTCOMES[step.status];
      return [sign(name, style), meaning];
    }
  }
}

/** Is nobody at work on it any more, although it has not come to an end? */
export function isBrokenOff({ down, state, past }: RunPicture): boolean {
  return past || down !== undefined || state.status !== 'running';
}

/** Is an answer needed for this step to go on? */
export function isAskedAbout(step: StepState, { state }: RunPicture): boolean {
  return state.question?.step === step.id;
}

function isAtWork({ status }: StepState): boolean {
  return status === 'running' || status === 'intended';
}

function moreLine(way: 'up' | 'down', count: number, style: Style): string {
  return paint(` ${sign(way, style)} ${count} more`, 'faint', style);
}
