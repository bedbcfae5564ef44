import { formatDuration } from '../../model/duration.ts';
import type { LiveEvent } from '../../model/events.ts';
import { paint, type Style, sign } from '../lib/style.ts';
import { cut } from '../lib/width.ts';
import { words } from '../lib/words.ts';

/** Where lines go. */
export interface Paper {
  write(text: string): void;
  readonly style: Style;
  /** May a line be drawn over? */
  readonly overwrites: boolean;
  /** The terminal's width now; default 80. */
  columns?(): number;
}

/** Lines in order, and below them, where the terminal can, one line that passes: what is being done now. */
export interface Page {
  lines(lines: readonly string[]): void;
  /** Lines of the step that is being done: its name comes above them. */
  below(lines: readonly string[]): void;
  /** A step begins; `heading` names it. */
  begin(heading: string): void;
  live(item: LiveEvent): void;
  /** The step is over. */
  over(): void;
  /** While a question is open nothing passes: it would be drawn over what is being typed. */
  quiet(on: boolean): void;
}

/** A step that takes longer than this is announced; one that is quicker is seen when it ends. */
const ANNOUNCE_MS = 3_000;
/** Where nothing can be drawn over, progress of a step is said at most this often. */
const PROGRESS_MS = 10_000;
/** Where nothing can be drawn over and a step says nothing, a sign of life comes this often. */
const SIGN_OF_LIFE_MS = 60_000;
const TICK_MS = 1_000;
/** When there is progress to show beside it, so much of the passing line is for the step's title. */
const TITLE_COLUMNS = 40;

interface Work {
  readonly heading: string;
  readonly since: number;
  readonly tick: NodeJS.Timeout;
  announced: boolean;
  progress: string;
  progressAt: number;
  saidAt: number;
}

/** A page on paper. Its clock never keeps the process alive. */
export function createPage(paper: Paper): Page {
  const { style } = paper;
  let work: Work | undefined;
  let passing = '';
  let silent = false;
  let blank = true;

  /** Two parts that both keep a distance keep one, not two. */
  const print = (lines: readonly string[]): void => {
    const apart = blank && lines[0] === '' ? lines.slice(1) : lines;
    if (apart.length === 0) return;
    paper.write(`${apart.join('\n')}\n`);
    blank = apart.at(-1) === '';
  };
  const clear = (): void => {
    if (passing !== '') paper.write('\r\u001b[K');
    passing = '';
  };
  const draw = (): void => {
    if (!paper.overwrites || work === undefined || silent) return;
    const text = passingText(work, (paper.columns?.() ?? 80) - 1, style);
    if (text === passing) return;
    clear();
    paper.write(paint(text, 'faint', style));
    passing = text;
  };
  /** Puts the step's name above what it says, once. */
  const announce = (): void => {
    if (work === undefined || work.announced) return;
    work.announced = true;
    work.saidAt = performance.now();
    clear();
    print([paint(`${sign('running', style)} ${work.heading}`, 'faint', style)]);
  };
  const say = (lines: readonly string[]): void => {
    clear();
    print(lines);
    if (work !== undefined) work.saidAt = performance.now();
    draw();
  };
  const below = (lines: readonly string[]): void => {
    announce();
    say(lines);
  };
  const sayProgress = (of: Work, now: number): void => {
    of.progressAt = now;
    below([paint(cut(`    ${of.progress}`, 79, sign('more', style)), 'faint', style)]);
  };
  const tick = (): void => {
    if (work === undefined || silent) return;
    if (paper.overwrites) {
      draw();
      return;
    }
    const now = performance.now();
    if (now - work.since >= ANNOUNCE_MS && !work.announced) {
      announce();
      // What it waits for since its beginning may be all that it will ever say.
      if (work.progress !== '') sayProgress(work, now);
    }
    if (now - work.saidAt >= SIGN_OF_LIFE_MS) {
      const doing = work.progress === '' ? '' : `: ${work.progress}`;
      say([paint(`    still under way after ${formatDuration(now - work.since)}${doing}`, 'faint', style)]);
    }
  };
  /** The run waits outside of any step: said once for each thing that it waits for. */
  const waitFor = (what: string): void => {
    if (work?.heading === what) return;
    begin(what);
    announce();
    say([paint('    Ctrl-C stops waiting and leaves it at work; resume --on-survivors end ends it.', 'faint', style)]);
  };
  const begin = (heading: string): void => {
    over();
    const since = performance.now();
    const timer = setInterval(tick, TICK_MS).unref();
    work = { heading, since, tick: timer, announced: false, progress: '', progressAt: since, saidAt: since };
    draw();
  };
  const over = (): void => {
    if (work !== undefined) clearInterval(work.tick);
    work = undefined;
    clear();
  };

  return {
    lines(lines) {
      if (lines.length > 0) say(lines);
    },
    begin,
    live(item) {
      if (item.type === 'step.output') below([paint(`    ${words(item.text, style)}`, 'faint', style)]);
      if (item.type === 'run.waiting') waitFor(words(item.text, style));
      if (item.type !== 'step.progress' || work === undefined) return;
      work.progress = `${words(item.text, style)}${share(item.done, item.of)}${timeLeft(item.leftMs)}`;
      if (paper.overwrites) {
        draw();
        return;
      }
      const now = performance.now();
      if (now - work.progressAt < PROGRESS_MS) return;
      sayProgress(work, now);
    },
    below,
    over,
    quiet(on) {
      silent = on;
      if (on) clear();
      else draw();
    },
  };
}

/** `… 3/17 Start the service (12 s): waiting for 2 containers` */
function passingText(work: Work, columns: number, style: Style): string {
  const end = sign('more', style);
  const elapsed = performance.now() - work.since;
  const time = elapsed < 2 * TICK_MS ? '' : ` (${formatDuration(elapsed)})`;
  const head = `${sign('running', style)} ${work.heading}`;
  const tail = work.progress === '' ? time : `${time}: ${work.progress}`;
  const room = work.progress === '' ? columns - time.length : TITLE_COLUMNS;
  return cut(`${cut(head, room, end)}${tail}`.replaceAll('\t', ' '), columns, end);
}

function timeLeft(leftMs: number | undefined): string {
  return leftMs === undefined ? '' : `; ${formatDuration(leftMs)} left`;
}

function share(done: number | undefined, of: number | undefined): string {
  return done === undefined || of === undefined || !(of > 0) ? '' : ` ${Math.floor((100 * done) / of)} %`;
}
