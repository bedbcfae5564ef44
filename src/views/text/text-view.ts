import type { LiveEvent } from '../../model/events.ts';
import { type FeedItem, isLive, type RunControl, type RunFeed, type View } from '../../model/feed.ts';
import type { Question } from '../../model/questions.ts';
import { emptyRun, fold, type RunState } from '../../model/run-state.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { linesOf } from './event-text.ts';
import { answerOf, promptOf, questionLines } from './question-text.ts';
import { paint, type Style, sign } from './style.ts';

/** Where the text goes and where answers come from. */
export interface TextTerminal {
  write(text: string): void;
  /** Asks for a line; undefined when the input has ended. Absent: nobody is there. */
  readLine?(prompt: string): Promise<string | undefined>;
  readonly style: Style;
  /** May a line be drawn over: is it a terminal that can? */
  readonly overwrites: boolean;
}

/** Plain lines: for scripts, logs, screen readers and dumb terminals. */
export function createTextView(terminal: TextTerminal): View {
  return {
    async follow(feed: RunFeed, control?: RunControl) {
      let state: RunState = emptyRun;
      const page = createPage(terminal);
      let showing = control === undefined;
      for await (const item of feed.items) {
        if (isLive(item)) {
          if (item.type === 'feed.caught-up') showing = true;
          else page.live(item);
          continue;
        }
        state = fold(state, item);
        if (!showing) continue;
        page.lines(linesOf(item, state, terminal.style));
        if (item.type === 'step.started') page.started(state.steps.get(item.step)?.title ?? item.step);
        if (item.type === 'question.asked' && control !== undefined && terminal.readLine !== undefined) {
          answerByLine(item.question, terminal, page, control);
        }
      }
      page.end();
    },
  };
}

/** Asks in the background: the feed goes on being read, since an option may answer first. */
function answerByLine(question: Question, terminal: TextTerminal, page: Page, control: RunControl): void {
  const ask = async (): Promise<void> => {
    page.lines(questionLines(question, terminal.style));
    while (true) {
      const typed = await terminal.readLine?.(promptOf(question));
      if (typed === undefined) {
        control.request({ kind: 'stop', when: 'now' });
        return;
      }
      const answer = answerOf(question, typed);
      if (answer !== undefined) {
        control.request({ kind: 'answer', id: question.id, answer });
        return;
      }
    }
  };
  void ask();
}

interface Page {
  lines(lines: readonly string[]): void;
  live(item: LiveEvent): void;
  started(title: string): void;
  end(): void;
}

/** Without overwriting, progress that stays the same kind is said at most this often. */
const PROGRESS_EVERY_MS = 10_000;

function createPage(terminal: TextTerminal): Page {
  let overdrawn = false;
  let saidAt = 0;
  const clear = (): void => {
    if (overdrawn) terminal.write('\r\u001b[K');
    overdrawn = false;
  };
  const lines = (all: readonly string[]): void => {
    if (all.length === 0) return;
    clear();
    terminal.write(`${all.join('\n')}\n`);
  };
  const passing = (text: string): void => {
    clear();
    terminal.write(paint(text, 'faint', terminal.style));
    overdrawn = true;
  };
  return {
    lines,
    started(title) {
      saidAt = performance.now();
      if (terminal.overwrites) passing(`${sign('running', terminal.style)} ${title}`.slice(0, 78));
    },
    live(item: FeedItem) {
      if (item.type === 'step.output') lines([paint(`    ${sanitize(item.text)}`, 'faint', terminal.style)]);
      if (item.type !== 'step.progress') return;
      const text = `    ${sanitize(item.text)}${share(item.done, item.of)}`;
      if (terminal.overwrites) return passing(text.slice(0, 78));
      if (performance.now() - saidAt < PROGRESS_EVERY_MS) return;
      saidAt = performance.now();
      lines([text]);
    },
    end: clear,
  };
}

function share(done: number | undefined, of: number | undefined): string {
  return done === undefined || of === undefined || of === 0 ? '' : ` ${Math.floor((100 * done) / of)} %`;
}
