import { type Failure, failureOf } from '../../../model/failure.ts';
import type { TerminalOptions, TerminalProgram } from '../../../model/ports.ts';
import type { ScreenPicture } from '../../../model/screen-picture.ts';
import { drawPicture } from './draw-picture.ts';
import { CHORD } from './program-keys.ts';
import { createScreen, type ProgramScreen } from './program-screen.ts';
import { sizeOf, type TakenTerminal, takeTerminal } from './take-terminal.ts';

/** How a program inside the app is now. */
export type ProgramNow =
  | { readonly status: 'opening' }
  | { readonly status: 'running'; readonly picture: ScreenPicture }
  /** `code`: null where it goes on without its terminal. */
  | { readonly status: 'ended'; readonly picture: ScreenPicture; readonly code: number | null }
  /** We have ended it. */
  | { readonly status: 'closed' }
  | { readonly status: 'failed'; readonly failure: Failure };

/** What a session is begun with. */
export interface SessionSetUp {
  readonly columns: number;
  readonly rows: number;
  open(options: TerminalOptions): Promise<TerminalProgram>;
  /** Hears what there is to see, at most as often as can be drawn. */
  tell(now: ProgramNow): void;
}

/** A terminal as it is handed over. */
export interface HandedTerminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** A program inside the app, from its beginning to its end. */
export interface ProgramSession {
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Ends the program, as its terminal's end does. */
  end(): void;
  /** Gives the program a terminal of its own until Ctrl-] is pressed there, or it ends. */
  handOver(terminal: HandedTerminal): Promise<void>;
  /** Resolves when the program is gone and told of. Never rejects. */
  readonly over: Promise<void>;
}

/** Pictures are taken so often at most, in milliseconds; what comes together is in one of them. */
const BETWEEN_MS = 50;
const TOGETHER_MS = 5;

/** Begins one. */
export function beginSession({ columns, rows, open, tell }: SessionSetUp): ProgramSession {
  const ending = new AbortController();
  let size = { columns, rows };
  let program: TerminalProgram | undefined;
  /** Typed before the program was there. */
  const early: string[] = [];
  let screen: ProgramScreen | undefined;
  let handed: { readonly taken: TakenTerminal; back(): void } | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  let telling: NodeJS.Timeout | undefined;

  const show = (): void => {
    telling = undefined;
    toldAt = performance.now();
    if (screen !== undefined && handed === undefined) tell({ status: 'running', picture: screen.picture() });
  };
  const showSoon = (): void => {
    telling ??= setTimeout(show, Math.max(TOGETHER_MS, toldAt + BETWEEN_MS - performance.now()));
  };
  const resize = (newColumns: number, newRows: number): void => {
    if (newColumns === size.columns && newRows === size.rows) return;
    size = { columns: newColumns, rows: newRows };
    screen?.resize(newColumns, newRows);
    void program?.resize(newColumns, newRows);
    showSoon();
  };

  const run = async (): Promise<ProgramNow> => {
    const drawn = await createScreen(columns, rows, (keys) => program?.type(keys));
    screen = drawn;
    try {
      // An engine that hangs must not keep us: what it opens late is ended by the signal.
      const opened = await Promise.race([open({ ...size, signal: ending.signal }), abortOf(ending.signal)]);
      program = opened;
      for (const keys of early) opened.type(keys);
      drawn.resize(size.columns, size.rows);
      for await (const bytes of opened.output) {
        await drawn.write(bytes);
        await handed?.taken.write(bytes);
        showSoon();
      }
      return { status: 'ended', code: await opened.ended(), picture: drawn.picture() };
    } catch (error) {
      return ending.signal.aborted ? { status: 'closed' } : { status: 'failed', failure: failureOf(error) };
    } finally {
      clearTimeout(telling);
      drawn.close();
      screen = undefined;
      handed?.back();
    }
  };

  return {
    type(keys) {
      if (program === undefined) early.push(keys);
      else program.type(keys);
    },
    resize,
    end: () => ending.abort(),
    over: run().then(tell),
    handOver: (terminal) =>
      new Promise((resolve) => {
        if (screen === undefined || program === undefined) return resolve();
        const before = size;
        const back = (): void => {
          if (handed === undefined) return;
          handed = undefined;
          taken.giveBack();
          resize(before.columns, before.rows);
          showSoon();
          resolve();
        };
        const taken = takeTerminal({
          ...terminal,
          typed(keys) {
            const text = typeof keys === 'string' ? keys : Buffer.from(keys).toString('latin1');
            const chord = text.indexOf(CHORD);
            if (chord !== 0) program?.type(chord === -1 ? keys : keys.slice(0, chord));
            if (chord !== -1) back();
          },
          resized: resize,
          gone: () => ending.abort(),
        });
        handed = { taken, back };
        void taken.write(Buffer.from(asItStands(screen.picture())));
        const { columns: width, rows: height } = sizeOf(terminal.stdout);
        resize(width, height);
      }),
  };
}

/** Rejects when it is aborted. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** What brings a terminal to where a program's own stands: its text, its cursor, its modes. */
function asItStands(picture: ScreenPicture): string {
  const { cursor, alternate, modes } = picture;
  const lines = drawPicture(picture, { colour: true, unicode: true, colours: 256 }, { cursor: false });
  const at = cursor ?? { column: 0, row: 0 };
  return [
    alternate ? '\u001b[?1049h' : '',
    '\u001b[2J\u001b[H',
    lines.join('\r\n'),
    `\u001b[${at.row + 1};${at.column + 1}H`,
    cursor === undefined ? '\u001b[?25l' : '',
    modes.applicationCursor ? '\u001b[?1h' : '',
    modes.bracketedPaste ? '\u001b[?2004h' : '',
  ].join('');
}
