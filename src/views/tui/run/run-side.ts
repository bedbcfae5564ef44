import { foldLines } from '../../lib/fold-line.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import type { Around } from '../page.ts';
import { endPanelLines } from './ending/end-part.ts';
import { type OutputView, outputLines, outputRoom } from './output-pane.ts';
import type { OutputRoom } from './output-window.ts';
import { layoutOf, questionHidden } from './run-layout.ts';
import { isOver, outputOf, printedAtEnd, type RunPageState, shownStep, sideOf } from './run-page-state.ts';
import { type StepView, stepDetails, stepHead, stepSummary } from './step-text.ts';
import { clockOf } from './step-times.ts';

/** Of what a step left behind so much is shown above its output: a third, or of a failure a half. */
const SUMMARY = { share: 1 / 3, ofFailure: 1 / 2 } as const;

/** The right side, where no question stands there: at most the page's rows. */
export function sideLines(state: RunPageState, around: Around): readonly string[] {
  const { style } = around;
  const { right, rows } = layoutOf(state, around);
  if (sideOf(state) === 'end')
    return endPanelLines(state.end, state.picture, { columns: right, rows, style }, printedAtEnd(state));
  const head = headLines(state, around);
  if (state.details) {
    return [...head, '', ...scrolled(detailsLines(state, around), state.textTop, detailsRows(state, around), style)];
  }
  const step = shownStep(state);
  // What has not begun can have printed nothing: what is planned has the room.
  if (step === undefined || step.attempt === 0) return head;
  return [...head, ...outputLines(outputView(state, around.style), right, rows - head.length, style)];
}

/** All about the shown step, to be scrolled. */
export function detailsLines(state: RunPageState, around: Around): readonly string[] {
  const { right } = layoutOf(state, around);
  const view = stepView(state, around);
  return view === undefined ? [] : stepDetails(view, right, around.style);
}

/** The room for lines of output, as they are drawn now. */
export function outputRoomOf(state: RunPageState, around: Around): OutputRoom {
  const { right, rows } = layoutOf(state, around);
  return outputRoom(state, right, rows - headLines(state, around).length, around.style);
}

/** So many of the details are in sight at once. */
export function detailsRows(state: RunPageState, around: Around): number {
  return Math.max(1, layoutOf(state, around).rows - headLines(state, around).length - 1);
}

/** What stands above the output: what the run waits for, which step this is, what it is at, what it did. */
function headLines(state: RunPageState, around: Around): readonly string[] {
  const { style } = around;
  const { right, rows } = layoutOf(state, around);
  const asked = questionHidden(state) ? [paint('A question is open: Tab leads to it.', 'asking', style)] : [];
  const view = stepView(state, around);
  const waiting = waitingLines(state, right, style);
  if (view === undefined) return [...asked, ...waiting, ...(waiting.length > 0 ? [] : [nothingYet(state, style)])];
  const head = [...asked, ...waiting, ...stepHead(view, right, style)];
  if (state.details) return head;
  if (!isOver(view.step)) return [...head, ''];
  return [...head, ...stepSummary(view, right, summaryRows(view, rows - head.length, rows), style), ''];
}

function summaryRows({ step }: StepView, room: number, rows: number): number {
  if (step.attempt === 0) return room - 1;
  return Math.floor(rows * (step.failure === undefined ? SUMMARY.share : SUMMARY.ofFailure));
}

function stepView(state: RunPageState, around: Around): StepView | undefined {
  const step = shownStep(state);
  if (step === undefined) return undefined;
  const { picture } = state;
  return { step, picture, clock: clockOf(picture, around.now), withTime: layoutOf(state, around).left === 0 };
}

/** What the run itself waits for, outside of any step: another run on this host, programs that a dead process left. */
function waitingLines({ picture }: RunPageState, columns: number, style: Style): readonly string[] {
  if (picture.waiting === undefined) return [];
  const text = paint(`${sign('running', style)} Waiting: ${words(picture.waiting, style)}`, 'asking', style);
  return [...foldLines([text], columns), paint('  Ctrl-C asks whether to stop.', 'faint', style), ''];
}

function nothingYet({ picture }: RunPageState, style: Style): string {
  const text = !picture.caughtUp
    ? 'Reading what happened so far.'
    : picture.state.header !== undefined && picture.state.steps.size === 0
      ? 'This run has no steps.'
      : 'No step has begun yet.';
  return paint(text, 'faint', style);
}

function outputView(state: RunPageState, style: Style): OutputView {
  const { top, fold, finding, found } = state;
  return {
    source: outputOf(state),
    fold,
    focused: state.focus === 'output',
    empty: emptyText(state, style),
    ...(top === undefined ? {} : { top }),
    ...(finding === undefined ? {} : { finding }),
    ...(found === undefined ? {} : { found }),
  };
}

function emptyText(state: RunPageState, style: Style): string {
  const step = shownStep(state);
  const { fromRecord } = state;
  if (fromRecord !== undefined && fromRecord.step === step?.id && fromRecord.attempt === step.attempt) {
    if (fromRecord.lines.status === 'loading') return 'reading what it printed';
    if (fromRecord.lines.status === 'failed') return `can't be read: ${words(fromRecord.lines.failure.message, style)}`;
  }
  if (step === undefined || step.attempt === 0) return 'it has not begun';
  return isOver(step) ? 'it printed nothing' : 'nothing printed so far';
}

/** The lines of a text in sight; where there is more, the last of them says so. */
function scrolled(lines: readonly string[], top: number, rows: number, style: Style): readonly string[] {
  const from = Math.max(0, Math.min(top, lines.length - rows));
  const seen = lines.slice(from, from + rows);
  const below = lines.length - from - rows;
  if (below <= 0) return seen;
  return [...seen.slice(0, -1), paint(`${sign('down', style)} ${below + 1} more lines`, 'faint', style)];
}
