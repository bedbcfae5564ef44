import type { EventOf, JournalEvent } from '../../model/events.ts';
import { isLive, type RunControl, type RunFeed, type View } from '../../model/feed.ts';
import type { Question } from '../../model/questions.ts';
import { emptyRun, fold, type RunState } from '../../model/run-state.ts';
import { foldLines } from '../lib/fold-line.ts';
import { secretAnswerText } from '../lib/kept-data-text.ts';
import { questionLines, questionTitle } from '../lib/question-text.ts';
import { placeOf } from '../lib/recap-text.ts';
import { paint, type Style } from '../lib/style.ts';
import { words } from '../lib/words.ts';
import { type Asking, createAsking, type ReadLine } from './asking.ts';
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
  readonly style: Style;
  /** May a line be drawn over: is it a terminal that can? */
  readonly overwrites: boolean;
  /** The terminal's width now: long lines are folded to it. Absent: they are not, and what passes is cut to 80. */
  columns?(): number;
}

/** Plain lines: for scripts, logs, screen readers and dumb terminals. */
export function createTextView(terminal: TextTerminal): View {
  return {
    async follow(feed: RunFeed, control?: RunControl) {
      const page = createPage(terminal);
      const { readLine, readSecret, style } = terminal;
      const columns = (): number | undefined => terminal.columns?.();
      const asking =
        control === undefined || !readLine ? undefined : createAsking(readLine, control, page, style, columns, readSecret);
      let state: RunState = emptyRun;
      let showing = control === undefined;
      try {
        for await (const item of feed.items) {
          if (isLive(item)) {
            if (item.type === 'feed.caught-up') showing = true;
            else if (showing) page.live(item);
            continue;
          }
          const around = { before: state, after: fold(state, item) };
          state = around.after;
          if (showing)
            show(item, around, {
              page,
              style,
              playback: control === undefined,
              columns: terminal.columns?.(),
              ...(asking ? { asking } : {}),
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
  readonly asking?: Asking;
}

function show(event: JournalEvent, around: Around, showing: Showing): void {
  const { page, style, asking, columns } = showing;
  asking?.heed(event);
  if (event.type === 'step.finished' || event.type === 'run.stopped' || event.type === 'run.finished') page.over();
  const unasked = unaskedQuestion(event, around, showing);
  const lines = linesOf(event, { ...around, ...(unasked === undefined ? {} : { unasked }) }, style);
  if (event.type === 'secret.generated') page.below(lines);
  else page.lines(foldLines(event.type === 'question.answered' ? answerLines(event, around, showing) : lines, columns));
  if (event.type === 'step.started') page.begin(headingOf(event, around.after, style));
  if (event.type === 'question.asked') asking?.open(event.question, questionTitle(event.question, around.after));
}

function unaskedQuestion(event: JournalEvent, { before }: Around, { asking, playback }: Showing): Question | undefined {
  if (event.type !== 'run.stopped' || event.reason !== 'operator-needed' || before.question === undefined) return undefined;
  return playback || asking?.hasAsked(before.question.id) ? undefined : before.question;
}

/** An answer that the operator did not type here: an option's, or that of a run that is past. */
function answerLines(event: EventOf<'question.answered'>, around: Around, { style, asking }: Showing): readonly string[] {
  const question = around.before.question?.id === event.id ? around.before.question : undefined;
  const text = typeof event.answer === 'string' ? event.answer : JSON.stringify(event.answer);
  const answer = secretAnswerText(question, style) ?? words(text, style);
  const about = question === undefined ? '' : ` (${words([question.about, secretOf(question)].join(' ').trim(), style)})`;
  if (event.by !== 'operator') return [paint(`Answered by ${event.by}${about}: ${answer}`, 'faint', style)];
  if (asking?.hasAsked(event.id) || question === undefined) return [];
  return [...questionLines(question, questionTitle(question, around.after), style), `> ${answer}`];
}

/** The secret that a question is about. */
function secretOf({ data }: Question): string {
  const named = typeof data === 'object' && data !== null && 'secret' in data ? data.secret : undefined;
  return typeof named === 'string' ? named : '';
}

function headingOf(event: EventOf<'step.started'>, state: RunState, style: Style): string {
  const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : '';
  return words(`${placeOf(event.step, state).trimStart()} ${state.steps.get(event.step)?.title ?? event.step}${again}`, style);
}
