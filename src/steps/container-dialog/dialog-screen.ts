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
  /** Lines that the cursor has left and that were not given yet, or read otherwise by now. `all`: that in which it is, too. */
  finished(all?: true): readonly string[];
  /** The cursor's line and what is below it. */
  open(): readonly string[];
  /** What is in sight. */
  visible(): readonly string[];
  /** Does text stand before the cursor, as where a program waits for an answer, or is there none, as in a menu? */
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
}

/** A blank screen; `reply` gets what the terminal itself answers to a program that asks it, for its cursor's place, say. */
export async function openDialogScreen(columns: number, reply: (keys: string) => void): Promise<DialogScreen> {
  // Loading it takes its time, so only those who need a terminal pay for it.
  const { default: xterm } = await import('@xterm/headless');
  const terminal = new xterm.Terminal({ cols: columns, rows: ROWS, scrollback: SCROLLBACK, allowProposedApi: true });
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
  /** Where the logical line of a place in the buffer begins. */
  const startOf = (index: number): number => {
    let at = index;
    while (at > 0 && active().getLine(at)?.isWrapped === true) at--;
    return at;
  };
  const cursorIndex = (): number => active().baseY + active().cursorY;
  const cursorRow = (): number => startOf(cursorIndex()) + offset();
  const topRow = (): number => startOf(active().baseY) + offset();
  const linesFrom = (row: number): ScreenLine[] => {
    const lines: ScreenLine[] = [];
    const { length, cursorX } = active();
    let text = '';
    let began = startOf(Math.max(0, row - offset()));
    for (let at = began; at < length; at++) {
      const part = active().getLine(at)?.translateToString(true) ?? '';
      // Of a blank that waits for an answer, the cursor tells how far it goes.
      text += at === cursorIndex() ? part.trimEnd().padEnd(cursorX) : part;
      if (active().getLine(at + 1)?.isWrapped === true) continue;
      lines.push({ row: began + offset(), text: startOf(cursorIndex()) === began ? text : text.trimEnd() });
      text = '';
      began = at + 1;
    }
    return lines;
  };

  /** Rows that were wiped since something was typed: what is there now is new, also where it reads as before. */
  const wiped = new Set<number>();
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
    return how === 2 || how === 3 ? wipe(0, ROWS) : wipe(cursorX === 0 ? cursorY : cursorY + 1, ROWS);
  });

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

  return {
    async draw(bytes) {
      for (let at = 0; at < bytes.length; at += PIECE) {
        await new Promise<void>((resolve) => terminal.write(bytes.subarray(at, at + PIECE), resolve));
        count();
      }
    },
    fresh() {
      const known = before?.buffer === active().type ? before : undefined;
      const cursor = cursorRow();
      return linesFrom(known?.top ?? topRow()).filter(({ row, text }) => {
        if (text.trim() === '' || (row === known?.answered && cursor > row)) return false;
        return known === undefined || wiped.has(row) || known.texts.get(row) !== text;
      });
    },
    typed(row) {
      const top = topRow();
      const texts = new Map(linesFrom(top).map((line) => [line.row, line.text]));
      before = { buffer: active().type, top, texts, answered: row ?? cursorRow() };
      wiped.clear();
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
    isAsking() {
      const { cursorX } = active();
      const before = active().getLine(cursorIndex())?.translateToString(true, 0, cursorX) ?? '';
      return hidden || before.trim() !== '';
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
