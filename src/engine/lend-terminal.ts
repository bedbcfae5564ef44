import type { LiveEvent } from '../model/events.ts';
import type { TerminalRequest } from '../model/feed.ts';
import { maskPicture } from '../model/lent-picture.ts';
import type { Question } from '../model/questions.ts';
import type { Redactor } from '../model/redactor.ts';
import type { LentTerminal, TerminalAnswer } from '../model/step.ts';

/** Pictures are shown no closer together than this, in milliseconds. */
const PICTURE_MS = 50;

/** No terminal is larger, whatever a view says of its own. */
const LARGEST = 1000;

/** A terminal that whoever watches the run may take. */
export interface Lending {
  /** What a view asks of it; nothing where it is not its to ask. */
  receive(request: TerminalRequest): void;
  /** Is it in somebody's hand? */
  isTaken(): boolean;
  /** It is not to be had any more. */
  close(): void;
}

/** What lends a terminal. */
export interface Lender {
  readonly question: Question;
  readonly terminal: LentTerminal;
  show(item: LiveEvent): void;
  redactor(): Redactor;
  /** The question has come to this. Called once. */
  done(answer: TerminalAnswer): void;
}

/**
 * Shows a program's terminal to all who watch, and gives it into the hand of who asks for it, from then on of nobody else: until he
 * gives it back, goes away, or the program ends. What is typed goes to the program and nowhere else.
 */
export function lendTerminal({ question, terminal, show, redactor, done }: Lender): Lending {
  const { id, step } = question;
  let hand: { readonly by: string; readonly taken: string } | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  let later: NodeJS.Timeout | undefined;
  let over = false;

  const tell = (item: { readonly picture?: ReturnType<LentTerminal['picture']> }): void => {
    if (step === undefined) return;
    show({ type: 'step.terminal', step, question: id, ...item, ...(hand === undefined ? {} : { by: hand.by }) });
  };
  const draw = (): void => {
    clearTimeout(later);
    later = undefined;
    shownAt = performance.now();
    const mask = redactor();
    tell({ picture: maskPicture(terminal.picture(), (lines) => lines.map((line) => mask.redactCut(line))) });
  };
  const changed = (): void => {
    if (over) return;
    const wait = shownAt + PICTURE_MS - performance.now();
    if (wait <= 0) draw();
    else later ??= setTimeout(draw, wait);
  };
  const unfollow = terminal.follow(changed);
  const close = (): void => {
    if (over) return;
    over = true;
    clearTimeout(later);
    unfollow();
    hand = undefined;
    tell({});
  };
  const end = (how: TerminalAnswer['terminal']): void => {
    if (over) return;
    const times = hand === undefined ? {} : { taken: hand.taken, returned: new Date().toISOString() };
    if (hand !== undefined) terminal.giveBack();
    close();
    done({ terminal: how, ...times });
  };
  void terminal.over.then(() => end('program-ended'));
  draw();

  return {
    receive(request) {
      if (over || request.question !== id) return;
      if (request.act === 'take') {
        hand = { by: request.by, taken: hand?.taken ?? new Date().toISOString() };
        terminal.take(sized(request.columns), sized(request.rows));
        draw();
        return;
      }
      if (request.by !== hand?.by) return;
      if (request.act === 'type') terminal.type(request.keys);
      else if (request.act === 'give-back') end(request.gone === true ? 'left' : 'given-back');
      else terminal.take(sized(request.columns), sized(request.rows));
    },
    isTaken: () => hand !== undefined,
    close,
  };
}

function sized(cells: number): number {
  return Math.max(1, Math.min(LARGEST, Math.trunc(cells)));
}
