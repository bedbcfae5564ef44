import type { LentPicture } from '../../model/lent-picture.ts';
import { pictureOf } from '../../model/screen-picture.ts';
import { CUT } from '../../model/untrusted-text.ts';

/** One line of a screen: also what the terminal had to wrap is one. */
export interface ScreenLine {
  /** Counted from the first line that the program ever printed. */
  readonly row: number;
  readonly text: string;
}

/** What a program's terminal shows, as somebody in front of it would read it. */
export interface DialogScreen {
  /** Draws what the program printed. */
  draw(bytes: Uint8Array): Promise<void>;
  /** Lines that came, were drawn anew or read otherwise since something was typed last, without empty ones. */
  fresh(): readonly ScreenLine[];
  /** Something is typed now, in answer to the line of this row; default: the cursor's. */
  typed(row?: number): void;
  /** Somebody types at the cursor's line, key by key: it is his, also where it is drawn anew with each key. */
  typedByHand(): void;
  /** Lines that the cursor has left and that were not given yet, or read otherwise by now. `all`: that in which it is, too. */
  finished(all?: true): readonly string[];
  /** The cursor's line and what is below it. */
  open(): readonly string[];
  /** What is in sight. */
  visible(): readonly string[];
  /** The last lines that are out of sight, at most so many. */
  above(most: number): readonly string[];
  /** What is in sight, as it looks. Of a line that began out of sight only that there is one. */
  picture(): LentPicture;
  /** Makes it another size. Lines stay the lines that they were. */
  resize(columns: number, rows: number): Promise<void>;
  /** Does text stand before the cursor, as where a program waits for an answer, or is there none, as in a menu; or has it all the screen? */
  isAsking(): boolean;
  close(): void;
}

/** Rows of the terminal; menus and forms fit. */
export const ROWS = 50;

/** So many lines that have left the screen are kept: more than a piece can bring, so that none is lost before it is read. */
const SCROLLBACK = 5000;
const PIECE = 4096;

/** The mode in which the cursor shows. */
const CURSOR = 25;

interface Snapshot {
  readonly buffer: 'normal' | 'alternate';
  readonly top: number;
  readonly texts: ReadonlyMap<number, string>;
  /** The line that was answered: programs draw it once more, with the answer in it. */
  readonly answered: number;
  readonly byHand?: true;
}

/** The lines of a buffer by their rows, and which of them the cursor is in. */
interface Rows {
  readonly rows: readonly number[];
  readonly cursor: number;
}

/** A blank screen; `reply` gets what the terminal itself answers to a program that asks it, for its cursor's place, say. */
export async function openDialogScreen(columns: number, reply: (keys: string) => void): Promise<DialogScreen> {
  // Loading it takes its time, so only those who need a terminal pay for it.
  const { default: xterm } = await import('@xterm/headless');
  const terminal = new xterm.Terminal({
    cols: columns,
    rows: ROWS,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
    // What is wrong with what a program writes it would say on our own terminal.
    logLevel: 'off',
    // A narrower terminal must not cut the very line that waits for an answer.
    reflowCursorLine: true,
  });
  terminal.onData(reply);
  const active = () => terminal.buffer.active;

  /**
   * How many lines the terminal has forgotten: told by a mark that moves up with its line. It stands above the screen, where
   * a program can't move lines about.
   */
  let lost = 0;
  let mark: { readonly line: number; dispose(): void } | undefined;
  let marked = 0;
  const count = (): void => {
    if (active().type !== 'normal') return;
    if (mark !== undefined) lost += marked - Math.max(0, mark.line);
    mark?.dispose();
    mark = active().baseY > 0 ? terminal.registerMarker(-active().cursorY - 1) : undefined;
    marked = mark?.line ?? 0;
  };

  const offset = (): number => (active().type === 'normal' ? lost : 0);
  /** Where the logical line of a place in a buffer begins. */
  const startOf = (index: number, buffer = active()): number => {
    let at = index;
    while (at > 0 && buffer.getLine(at)?.isWrapped === true) at--;
    return at;
  };
  const cursorIndex = (): number => active().baseY + active().cursorY;
  /** Where in its line the cursor is about to be, while the terminal is made another size. */
  let movedColumn: number | undefined;
  const cursorColumn = (): number => (active().type === 'normal' ? movedColumn : undefined) ?? active().cursorX;
  const cursorRow = (): number => startOf(cursorIndex()) + offset();
  const topRow = (): number => startOf(active().baseY) + offset();
  const linesFrom = (row: number): ScreenLine[] => {
    const lines: ScreenLine[] = [];
    const { length } = active();
    let text = '';
    let began = startOf(Math.max(0, row - offset()));
    for (let at = began; at < length; at++) {
      const part = active().getLine(at)?.translateToString(true) ?? '';
      // Of a blank that waits for an answer, the cursor tells how far it goes.
      text += at === cursorIndex() ? part.trimEnd().padEnd(cursorColumn()) : part;
      // Behind the last line there is what was there when it had other rows.
      if (at + 1 < length && active().getLine(at + 1)?.isWrapped === true) continue;
      lines.push({ row: began + offset(), text: startOf(cursorIndex()) === began ? text : text.trimEnd() });
      text = '';
      began = at + 1;
    }
    return lines;
  };

  /** Rows that were wiped since something was typed: what is there now is new, also where it reads as before. */
  let wiped = new Set<number>();
  const wipe = (from: number, to: number): false => {
    for (let row = from; row < to; row++) wiped.add(row + active().baseY + offset());
    return false;
  };
  terminal.parser.registerCsiHandler({ final: 'K' }, ([how]) => {
    const { cursorX, cursorY } = active();
    return how === 2 || how === 1 || cursorX === 0 ? wipe(cursorY, cursorY + 1) : false;
  });
  terminal.parser.registerCsiHandler({ final: 'J' }, ([how]) => {
    const { cursorX, cursorY } = active();
    if (how === 1) return wipe(0, cursorY + 1);
    return how === 2 || how === 3 ? wipe(0, terminal.rows) : wipe(cursorX === 0 ? cursorY : cursorY + 1, terminal.rows);
  });

  let turn: Promise<unknown> = Promise.resolve();
  /** What is drawn, and what changes the size, do not get in each other's way. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done;
    return done;
  };
  const written = (data: string | Uint8Array): Promise<void> => new Promise((resolve) => terminal.write(data, resolve));
  /** Puts the cursor so many cells behind the beginning of its line: of lines that are broken anew the terminal forgets where in them it was. */
  const cursorTo = (cells: number): string => {
    const { cols, rows } = terminal;
    const row = startOf(cursorIndex()) - active().baseY + Math.floor(cells / cols);
    return `\u001b[${Math.max(1, Math.min(rows, row + 1))};${(cells % cols) + 1}H`;
  };

  let hidden = false;
  for (const final of ['h', 'l']) {
    terminal.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
      if (modes.includes(CURSOR)) hidden = final === 'l';
      return false;
    });
  }

  let before: Snapshot | undefined;
  let given = new Map<number, string>();
  let firstOpen = 0;

  const remember = (answered: number): void => {
    const top = topRow();
    const texts = new Map(linesFrom(top).map((line) => [line.row, line.text]));
    before = { buffer: active().type, top, texts, answered };
    wiped.clear();
  };
  /** The lines of a buffer, counted as rows of `linesFrom` are. */
  const rowsOf = (buffer: 'normal' | 'alternate'): Rows => {
    const own = terminal.buffer[buffer];
    const shift = buffer === 'normal' ? lost : 0;
    const rows: number[] = [];
    for (let at = 0; at < own.length; at++) if (at === 0 || own.getLine(at)?.isWrapped !== true) rows.push(at + shift);
    return { rows, cursor: rows.indexOf(startOf(own.baseY + own.cursorY, own) + shift) };
  };
  /** Where lines are after others took more or fewer rows: as far from the cursor's as they were. */
  const movedFrom = (buffer: 'normal' | 'alternate', was: Rows): ((row: number) => number | undefined) => {
    const now = rowsOf(buffer);
    const places = new Map(was.rows.map((row, index) => [row, now.rows[index - was.cursor + now.cursor]]));
    return (row) => places.get(row);
  };

  return {
    draw: (bytes) =>
      inTurn(async () => {
        for (let at = 0; at < bytes.length; at += PIECE) {
          await written(bytes.subarray(at, at + PIECE));
          count();
        }
      }),
    fresh() {
      const known = before?.buffer === active().type ? before : undefined;
      const cursor = cursorRow();
      return linesFrom(known?.top ?? topRow()).filter(({ row, text }) => {
        if (text.trim() === '' || (row === known?.answered && (cursor > row || known.byHand === true))) return false;
        return known === undefined || wiped.has(row) || known.texts.get(row) !== text;
      });
    },
    typed: (row) => remember(row ?? cursorRow()),
    typedByHand() {
      remember(cursorRow());
      if (before !== undefined) before = { ...before, byHand: true };
    },
    finished(all) {
      if (active().type !== 'normal') return [];
      const end = all ? Number.POSITIVE_INFINITY : cursorRow();
      const lines = linesFrom(firstOpen).filter(({ row }) => row < end);
      while (all && lines.length > 0 && lines.at(-1)?.text.trim() === '') lines.pop();
      const news = lines.filter(({ row, text }) => given.get(row) !== text);
      // What has left the screen can't change any more.
      firstOpen = topRow();
      given = new Map([...given, ...lines.map(({ row, text }) => [row, text] as const)].filter(([row]) => row >= firstOpen));
      return news.map(({ text }) => text);
    },
    open: () => withoutEnd(linesFrom(cursorRow())),
    visible: () => withoutEnd(linesFrom(topRow())),
    above(most) {
      const top = topRow();
      return linesFrom(Math.max(offset(), top - most))
        .filter(({ row }) => row < top)
        .map(({ text }) => text.trimEnd())
        .slice(-most);
    },
    picture() {
      const picture = pictureOf(terminal, !hidden);
      const { baseY } = active();
      const isWrapped = (row: number): boolean => active().getLine(baseY + row)?.isWrapped === true;
      const wrapped = picture.lines.flatMap((_, row) => (isWrapped(row) ? [row] : []));
      // What stands there may be the end of something that must not be seen, which nobody can tell from its end.
      let cut = 0;
      while (wrapped[cut] === cut) cut++;
      const lines = picture.lines.map((line, row) => (row >= cut ? line : row === 0 ? [{ text: CUT, cells: 1 }] : []));
      return { ...picture, lines, wrapped: wrapped.slice(cut) };
    },
    resize: (columns, rows) =>
      inTurn(async () => {
        if (columns === terminal.cols && rows === terminal.rows) return;
        const was = { normal: rowsOf('normal'), alternate: rowsOf('alternate') };
        const behind = (cursorIndex() - startOf(cursorIndex())) * terminal.cols + active().cursorX;
        // Behind a full row there is no place for it but in the next, which is another line.
        const cells = behind > 0 && behind % columns === 0 ? behind - 1 : behind;
        terminal.resize(columns, rows);
        // All that is counted in rows is put right at once: somebody may type, or look, while the cursor is on its way.
        movedColumn = cells % columns;
        mark?.dispose();
        mark = undefined;
        count();
        const moved = { normal: movedFrom('normal', was.normal), alternate: movedFrom('alternate', was.alternate) };
        given = remapped(given, moved.normal);
        firstOpen = moved.normal(firstOpen) ?? lost;
        if (active().type === 'normal') {
          // A higher screen shows lines once more that were given long ago.
          for (const { row, text } of linesFrom(topRow())) if (row < firstOpen) given.set(row, text);
        }
        wiped = new Set([...wiped].flatMap((row) => moved[active().type](row) ?? []));
        if (before !== undefined) {
          const { top, texts, answered, buffer } = before;
          const own = moved[buffer];
          before = { ...before, top: own(top) ?? 0, texts: remapped(texts, own), answered: own(answered) ?? -1 };
        }
        if (active().type === 'normal') await written(cursorTo(cells));
        movedColumn = undefined;
      }),
    isAsking() {
      const before = active().getLine(cursorIndex())?.translateToString(true, 0, cursorColumn()) ?? '';
      return hidden || active().type === 'alternate' || before.trim() !== '';
    },
    close: () => terminal.dispose(),
  };
}

/** The lines, but for empty ones at the end. */
function withoutEnd(lines: readonly ScreenLine[]): readonly string[] {
  const texts = lines.map(({ text }) => text.trimEnd());
  while (texts.at(-1) === '') texts.pop();
  return texts;
}

function remapped(texts: ReadonlyMap<number, string>, moved: (row: number) => number | undefined): Map<number, string> {
  return new Map(
    [...texts].flatMap(([row, text]) => {
      const now = moved(row);
      return now === undefined ? [] : [[now, text] as const];
    }),
  );
}
