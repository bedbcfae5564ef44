import type { JournalEvent } from '../../model/events.ts';
import type { RunControl } from '../../model/feed.ts';
import type { Question } from '../../model/questions.ts';
import { foldLines } from '../lib/fold-line.ts';
import { answerOf, type Besides, besideOf, notAnAnswerText, promptOf, questionLines, wantsToSee } from '../lib/question-text.ts';
import type { Style } from '../lib/style.ts';
import type { Page } from './page.ts';

/** Reads a line that the operator types; undefined when the input has ended, or when the signal is aborted. */
export type ReadLine = (prompt: string, signal?: AbortSignal) => Promise<string | undefined>;

/** What a front end can do at a question besides passing on its answer. */
export interface Bystander {
  /** Which words may be typed at this question besides its answers. */
  besides(question: Question): Besides;
  /** Does what the word says; true, and the question is asked once more, else the front end sees to the rest. */
  beside(word: string, question: Question): Promise<boolean>;
}

/** Asks the operator what the run asks. */
export interface Asking {
  /** Asks in the background: the feed goes on being read, since an option may answer first. */
  open(question: Question, title: string): void;
  /** Takes a question back that something else has answered, or that went with the end of the run. */
  heed(event: JournalEvent): void;
  /** Was this question put before the operator? */
  hasAsked(id: string): boolean;
  /** Did the operator answer it here? */
  hasAnswered(id: string): boolean;
  close(): void;
}

/**
 * An option answers at once, but the question is in the journal first. So long is waited for that before a
 * person is asked; a person does not notice it.
 */
const OPTION_FIRST_MS = 100;

/**
 * Asks by line. Without `readSecret` nobody can type a secret: a question that takes one is left to options. `giveUp`: what Ctrl-C
 * means; true, and the question is asked once more.
 */
export function createAsking(
  readLine: ReadLine,
  control: RunControl,
  page: Page,
  style: Style,
  columns: () => number | undefined = () => undefined,
  readSecret?: ReadLine,
  giveUp?: () => Promise<boolean>,
  bystander?: Bystander,
): Asking {
  const asked = new Set<string>();
  const answered = new Set<string>();
  let open: { readonly id: string; readonly taken: AbortController; readonly patience: NodeJS.Timeout } | undefined;

  const close = (): void => {
    if (open === undefined) return;
    clearTimeout(open.patience);
    open.taken.abort();
    open = undefined;
    page.quiet(false);
  };

  const ask = async (question: Question, title: string, signal: AbortSignal): Promise<void> => {
    asked.add(question.id);
    page.quiet(true);
    const besides = bystander?.besides(question) ?? {};
    const say = (): void => page.lines(foldLines(questionLines(question, title, style, besides), columns()));
    say();
    const read = 'secret' in question.takes ? readSecret : readLine;
    if (read === undefined) return control.request({ kind: 'leave' });
    while (true) {
      const typed = await read(promptOf(question, style, besides), signal);
      if (signal.aborted) return;
      if (typed === undefined && giveUp === undefined) return control.request({ kind: 'stop', when: 'now' });
      const answer = typed === undefined ? undefined : answerOf(question, typed);
      if (answer !== undefined) {
        answered.add(question.id);
        return control.request({ kind: 'answer', id: question.id, answer });
      }
      const word = typed === undefined ? undefined : besideOf(besides, typed);
      if (typed !== undefined && word === undefined && !wantsToSee(question, typed)) {
        page.lines([notAnAnswerText(question, style)]);
        continue;
      }
      const again = typed === undefined ? await giveUp?.() : word === undefined || (await bystander?.beside(word, question));
      if (signal.aborted || again !== true) return;
      page.quiet(true);
      say();
    }
  };

  return {
    open(question, title) {
      close();
      const taken = new AbortController();
      // A terminal that can't be read is one where nobody answers.
      const unreadable = (): void => {
        if (!taken.signal.aborted) control.request({ kind: 'leave' });
      };
      const patience = setTimeout(() => void ask(question, title, taken.signal).catch(unreadable), OPTION_FIRST_MS);
      open = { id: question.id, taken, patience };
    },
    heed(event) {
      const answered = event.type === 'question.answered' && event.id === open?.id;
      if (answered || event.type === 'run.stopped' || event.type === 'run.finished' || event.type === 'run.resumed') close();
    },
    hasAsked: (id) => asked.has(id),
    hasAnswered: (id) => answered.has(id),
    close,
  };
}
