import type { EventOf, JournalEvent, StepForecast } from '../../model/events.ts';
import { isLive, type RunControl, type RunFeed, type View } from '../../model/feed.ts';
import { canonicalJson, type Json } from '../../model/json.ts';
import type { Question } from '../../model/questions.ts';
import { emptyRun, fold, type RunState } from '../../model/run-state.ts';
import { foldLines } from '../lib/fold-line.ts';
import { secretAnswerText } from '../lib/kept-data-text.ts';
import { questionLines, questionTitle } from '../lib/question-text.ts';
import { countsText, placeOf } from '../lib/recap-text.ts';
import { paint, type Style } from '../lib/style.ts';
import { terminalAnswerText } from '../lib/terminal-answer-text.ts';
import { words } from '../lib/words.ts';
import { type Asking, type Bystander, createAsking, type ReadLine } from './asking.ts';
import { type Around, linesOf } from './event-text.ts';
import { createPage, type Page } from './page.ts';

/** Where the text goes and where answers come from. */
export interface TextTerminal {
  write(text: string): void;
  /**
   * Asks for a line; undefined when the input has ended. Absent: nobody is there. The signal is aborted when
   * the question is no longer open: then the prompt should go.
   */
  readLine?: ReadLine;
  /** The same for a secret: nothing of it is shown. */
  readSecret?: ReadLine;
  /** What can be done at a question besides answering it. */
  readonly bystander?: Bystander;
  /** The plan that the operator has read and said yes to before the run began: it is not shown a second time. */
  readonly approved?: readonly StepForecast[];
  readonly style: Style;
  /** May a line be drawn over: is it a terminal that can? */
  readonly overwrites: boolean;
  /**
   * The run was under way before this view came: where it stands is said first, and the question that is open then is asked.
   * Without somebody to ask, a question is named.
   */
  readonly joins?: boolean;
  /** What Ctrl-C or Ctrl-D at a question means: true, and it is asked once more. Absent: the run is stopped. */
  readonly giveUp?: () => Promise<boolean>;
  /** Hears how to hold back what passes by, while something else is asked here. */
  readonly onQuiet?: (quiet: (on: boolean) => void) => void;
  /** The terminal's width now: long lines are folded to it. Absent: they are not, and what passes is cut to 80. */
  columns?(): number;
}

/** Plain lines: for scripts, logs, screen readers and dumb terminals. */
export function createTextView(terminal: TextTerminal): View {
  return {
    async follow(feed: RunFeed, control?: RunControl) {
      const page = createPage(terminal);
      const { readLine, readSecret, style, giveUp, bystander, approved } = terminal;
      const columns = (): number | undefined => terminal.columns?.();
      const asking =
        control === undefined || !readLine
          ? undefined
          : createAsking(readLine, control, page, style, columns, readSecret, giveUp, bystander);
      terminal.onQuiet?.(page.quiet);
      let state: RunState = emptyRun;
      let showing = control === undefined;
      try {
        for await (const item of feed.items) {
          if (isLive(item)) {
            if (item.type === 'feed.caught-up') {
              showing = true;
              if (terminal.joins === true)
                join(state, { page, style, columns: columns(), playback: false, joins: true, ...(asking ? { asking } : {}) });
            } else if (showing) page.live(item);
            continue;
          }
          const around = { before: state, after: fold(state, item) };
          state = around.after;
          if (showing)
            show(item, around, {
              page,
              style,
              playback: control === undefined,
              joins: terminal.joins === true,
              columns: terminal.columns?.(),
              ...(asking ? { asking } : {}),
              ...(approved ? { approved } : {}),
            });
        }
      } finally {
        asking?.close();
        page.over();
      }
    },
  };
}

interface Showing {
  readonly page: Page;
  readonly style: Style;
  readonly columns: number | undefined;
  /** Nobody can be asked: the questions of a run that is past are told with their answers. */
  readonly playback: boolean;
  readonly joins?: boolean;
  readonly asking?: Asking;
  readonly approved?: readonly StepForecast[];
}

function show(event: JournalEvent, around: Around, showing: Showing): void {
  const { page, style, asking, columns } = showing;
  asking?.heed(event);
  if (isApproved(event, around, showing)) return;
  if (event.type === 'step.finished' || event.type === 'run.stopped' || event.type === 'run.finished') page.over();
  const unasked = unaskedQuestion(event, around, showing);
  const lines = linesOf(event, { ...around, ...(unasked === undefined ? {} : { unasked }) }, style);
  if (event.type === 'secret.generated') page.below(lines);
  else page.lines(foldLines(event.type === 'question.answered' ? answerLines(event, around, showing) : lines, columns));
  if (event.type === 'step.started') page.begin(headingOf(event, around.after, style));
  if (event.type === 'question.asked') put(event.question, around.after, showing);
}

/** Asks a question; who has come to look on where nobody can be asked is told what the run waits for. */
function put(question: Question, state: RunState, { page, style, columns, asking, joins }: Showing): void {
  const title = questionTitle(question, state);
  if (asking !== undefined) asking.open(question, title);
  else if (joins === true)
    page.lines(foldLines([paint(words(`It waits for an answer: ${title}`, style), 'asking', style)], columns));
}

/** Where a run stands that was under way already. */
function join(state: RunState, showing: Showing): void {
  const { page, style, columns } = showing;
  const { header, question } = state;
  if (header === undefined) return;
  page.lines(
    foldLines(
      [...linesOf(header, { before: emptyRun, after: state }, style), `So far: ${countsText(state, style)}.`, ''],
      columns,
    ),
  );
  if (state.status !== 'running') page.lines([`Meanwhile it came to its end: ${state.stopReason ?? state.status}.`]);
  if (state.status !== 'running') return;
  const step = [...state.steps.values()].find(({ status }) => status === 'running' || status === 'intended');
  if (step !== undefined) page.begin(headingOf({ step: step.id, attempt: step.attempt }, state, style));
  if (question !== undefined) put(question, state, showing);
}

/** The plan as the operator knows it, and the yes that was said to it. */
function isApproved(event: JournalEvent, { before, after }: Around, { approved }: Showing): boolean {
  if (approved === undefined || after.forecast === undefined) return false;
  if (event.type !== 'plan.forecast' && !(event.type === 'question.answered' && before.question?.about === 'plan')) return false;
  return canonicalJson(after.forecast as unknown as Json) === canonicalJson(approved as unknown as Json);
}

function unaskedQuestion(event: JournalEvent, { before }: Around, { asking, playback }: Showing): Question | undefined {
  if (event.type !== 'run.stopped' || event.reason !== 'operator-needed' || before.question === undefined) return undefined;
  return playback || asking?.hasAsked(before.question.id) ? undefined : before.question;
}

/** An answer that the operator did not type here: an option's, or that of a run that is past. */
function answerLines(event: EventOf<'question.answered'>, around: Around, { style, asking }: Showing): readonly string[] {
  const question = around.before.question?.id === event.id ? around.before.question : undefined;
  const text =
    terminalAnswerText(event.answer) ?? (typeof event.answer === 'string' ? event.answer : JSON.stringify(event.answer));
  const answer = secretAnswerText(question, style) ?? words(text, style);
  const about = question === undefined ? '' : ` (${words([question.about, secretOf(question)].join(' ').trim(), style)})`;
  if (event.by !== 'operator') return [paint(`Answered by ${event.by}${about}: ${answer}`, 'faint', style)];
  if (asking?.hasAnswered(event.id) || question === undefined) return [];
  // Somebody else who watches the run was quicker.
  if (asking?.hasAsked(event.id)) return [`> ${answer} ${paint('(answered elsewhere)', 'faint', style)}`];
  return [...questionLines(question, questionTitle(question, around.after), style), `> ${answer}`];
}

/** The secret that a question is about. */
function secretOf({ data }: Question): string {
  const named = typeof data === 'object' && data !== null && 'secret' in data ? data.secret : undefined;
  return typeof named === 'string' ? named : '';
}

function headingOf(event: Pick<EventOf<'step.started'>, 'step' | 'attempt'>, state: RunState, style: Style): string {
  const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : '';
  return words(`${placeOf(event.step, state).trimStart()} ${state.steps.get(event.step)?.title ?? event.step}${again}`, style);
}
