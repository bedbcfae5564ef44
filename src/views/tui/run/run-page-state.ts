import type { Question } from '../../../model/questions.ts';
import type { StepState } from '../../../model/run-state.ts';
import { type Loaded, valueIn } from '../loaded.ts';
import type { TextField } from '../parts/text-field.ts';
import { type AskState, askOf } from './ask/ask-state.ts';
import { type EndState, endState } from './ending/end-state.ts';
import { type HandState, handAfter, terminalOf } from './lent/lent-state.ts';
import { joined, noOutput, type OutputSource, sourceOf, withoutOverlap } from './output-source.ts';
import { outputKey, type RunPicture, type ShownTerminal } from './run-picture.ts';

/** What of the page has the keys. */
export type Focus = 'steps' | 'output' | 'ask';

/** What the record has of one attempt's output; of one that goes on: what was printed before this app looked. */
export interface FromRecord {
  readonly step: string;
  readonly attempt: number;
  readonly lines: Loaded<readonly string[]>;
  /**
   * It is only what came before the lines that were seen here. `meets`: its end is known to be their beginning; the file may
   * lag behind by the last lines. `seen`: so many lines had been seen when it was read last.
   */
  readonly earlierOnly?: { readonly meets: boolean; readonly seen: number };
  /** It is being read once more. */
  readonly reading?: true;
}

/** A run under way, or a record of one. */
export interface RunPageState {
  readonly kind: 'run';
  readonly picture: RunPicture;
  readonly focus: Focus;
  /** The step that was chosen; absent: the one that is at work, whichever it is. */
  readonly chosen?: string;
  /** The question that is open, and how far the operator is with it. */
  readonly ask?: AskState;
  /** The terminal of the program that asks is in our hand. */
  readonly hand?: HandState;
  /** The first line of the output in sight; absent: the end is followed. */
  readonly top?: number;
  /** How far the operator is with the run's end, where it has come to one. */
  readonly end: EndState;
  /** The first line in sight of a step's details. */
  readonly textTop: number;
  /** All about the step stands in the place of its output. */
  readonly details: boolean;
  /** The right side has all the width. */
  readonly wide: boolean;
  /** Long lines of output go on below instead of being cut. */
  readonly fold: boolean;
  /** What is being typed to be sought. */
  readonly finding?: TextField;
  /** What is sought in the output, and the line where it was found last. */
  readonly found?: { readonly text: string; readonly line?: number };
  readonly fromRecord?: FromRecord;
}

/** The page of a run as it stands when it is opened. */
export function runPageOf(picture: RunPicture): RunPageState {
  const focus = picture.past ? 'steps' : 'output';
  return withPicture(
    { kind: 'run', picture, focus, end: endState, textTop: 0, details: false, wide: false, fold: false },
    picture,
  );
}

/**
 * The page after the run has moved on. A new question takes the right side and the keys, and so does the run's end, whatever
 * was looked at.
 */
export function withPicture({ hand: before, ...state }: RunPageState, picture: RunPicture): RunPageState {
  const question = openQuestion(picture);
  const hand = handAfter(before, question, picture);
  const kept = hand === undefined ? state : { ...state, hand };
  const next =
    goesOn(state.picture) && !goesOn(picture) ? { ...looksAtNow(kept), focus: 'output' as const, picture } : { ...kept, picture };
  if (question?.id === state.ask?.question.id) return next;
  if (question === undefined) {
    const { ask: _, ...rest } = next;
    return { ...rest, focus: next.focus === 'ask' ? 'output' : next.focus };
  }
  return { ...looksAtNow(next), ask: askOf(question), focus: 'ask' };
}

/** The page as it shows what goes on now, at its end: nothing is chosen, sought or scrolled back. */
export function looksAtNow(state: RunPageState): RunPageState {
  const { finding: _, chosen: __, top: ___, found: ____, ...rest } = state;
  return { ...rest, details: false, textTop: 0 };
}

/** Does the run go on in its own process, whether we look or not? */
export function goesOn({ past, down, state }: RunPicture): boolean {
  return !past && down === undefined && (state.status === 'running' || state.status === 'none');
}

/** The question that can be answered here and now. */
function openQuestion({ past, caughtUp, down, state }: RunPicture): Question | undefined {
  return past || !caughtUp || down !== undefined || state.status !== 'running' ? undefined : state.question;
}

/** The step that is at work, or was last; undefined before the first. */
export function presentStep({ state }: RunPicture): StepState | undefined {
  let last: StepState | undefined;
  for (const step of state.steps.values()) {
    if ((step.startedSeq ?? 0) > (last?.startedSeq ?? 0)) last = step;
  }
  return last;
}

/** The step that the page is about: the chosen one, else the present one. */
export function shownStep({ picture, chosen }: RunPageState): StepState | undefined {
  return (chosen === undefined ? undefined : picture.state.steps.get(chosen as StepState['id'])) ?? presentStep(picture);
}

/** The terminal of the program that asks, where it can be taken and the question is not answered yet. */
export function lentTerminal({ ask, picture }: RunPageState): ShownTerminal | undefined {
  return ask === undefined || ask.sent !== undefined ? undefined : terminalOf(ask.question, picture);
}

/** What the right side is about. */
export type Side = 'ask' | 'end' | 'step';

/** The question before all; how the run ended, where it has and no step was chosen; else a step. */
export function sideOf({ ask, focus, chosen, picture }: RunPageState): Side {
  if (ask !== undefined && (focus === 'ask' || (focus === 'steps' && chosen === undefined))) return 'ask';
  const over = picture.past || picture.down !== undefined || !['none', 'running'].includes(picture.state.status);
  return over && chosen === undefined ? 'end' : 'step';
}

/** What the shown step printed, as far as it is at hand. */
export function outputOf(state: RunPageState): OutputSource {
  const step = shownStep(state);
  if (step === undefined) return noOutput;
  const ring = state.picture.output.get(outputKey(step.id, step.attempt));
  const { fromRecord } = state;
  const read = fromRecord?.step === step.id && fromRecord.attempt === step.attempt ? fromRecord : undefined;
  const record = read === undefined ? undefined : valueIn(read.lines);
  if (record === undefined) return ring ?? noOutput;
  return ring === undefined || read?.earlierOnly === undefined ? sourceOf(record) : joined(record, ring);
}

/** So many lines of what a task printed stand at its end; the others are at its step. */
const PRINTED_LINES = 200;

/** A task without words of its own at its end was asked for what it prints: the last lines of its last step. */
export function printedAtEnd(state: RunPageState): readonly string[] {
  if (!printsAtEnd(state)) return [];
  const source = outputOf(state);
  const first = Math.max(source.first, source.count - PRINTED_LINES);
  return Array.from({ length: source.count - first }, (_, at) => source.line(first + at) ?? '');
}

function printsAtEnd({ picture: { state } }: RunPageState): boolean {
  return state.header?.kind === 'task' && state.status === 'ok' && state.finish === undefined;
}

/** The attempt whose output is to be asked for, because it is not, or not all of it, at hand. */
export function missingOutput(state: RunPageState): { readonly step: string; readonly attempt: number } | undefined {
  const step = shownStep(state);
  const { picture, fromRecord } = state;
  if (step === undefined || step.attempt === 0 || !picture.caughtUp) return undefined;
  if (sideOf(state) !== 'step' && !printsAtEnd(state)) return undefined;
  if (fromRecord?.step === step.id && fromRecord.attempt === step.attempt) {
    const again =
      fromRecord.reading !== true && fromRecord.earlierOnly !== undefined && (isOver(step) || mayMeetNow(fromRecord, picture));
    return again ? { step: step.id, attempt: step.attempt } : undefined;
  }
  const key = outputKey(step.id, step.attempt);
  const whole = picture.wholeOutput.has(key);
  return whole && (picture.output.has(key) || !isOver(step)) ? undefined : { step: step.id, attempt: step.attempt };
}

/** Between the record and what was seen may be a gap: with more lines seen, the file may by now reach to them. */
function mayMeetNow({ step, attempt, earlierOnly }: FromRecord, { output }: RunPicture): boolean {
  const ring = output.get(outputKey(step, attempt));
  if (ring === undefined || earlierOnly === undefined || earlierOnly.meets || ring.first > 0) return false;
  return ring.count >= 2 * earlierOnly.seen + 4;
}

/** The page with what the record has, if it is what was asked for. Of a step at work what the ring has too is left out. */
export function withRecord(state: RunPageState, read: FromRecord): RunPageState {
  const { fromRecord, picture } = state;
  if (fromRecord?.step !== read.step || fromRecord.attempt !== read.attempt) return state;
  const step = picture.state.steps.get(read.step as StepState['id']);
  const ring = picture.output.get(outputKey(read.step, read.attempt));
  const lines = valueIn(read.lines);
  if (lines === undefined || step === undefined || isOver(step)) return { ...state, fromRecord: read };
  const earlier = ring === undefined ? lines : withoutOverlap(lines, ring);
  const before = fromRecord.earlierOnly === undefined ? 0 : (valueIn(fromRecord.lines)?.length ?? 0);
  // What is in sight stays in sight: its lines have other numbers now.
  const moved = state.top === undefined ? {} : { top: state.top + earlier.length - before };
  const earlierOnly = { meets: earlier.length < lines.length, seen: ring?.count ?? 0 };
  return { ...state, ...moved, fromRecord: { ...read, lines: { status: 'ready', value: earlier }, earlierOnly } };
}

/** Has the step's attempt come to its end? Then its record has all that it printed. */
export function isOver({ status }: StepState): boolean {
  return status !== 'running' && status !== 'intended';
}
