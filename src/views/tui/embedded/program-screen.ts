import { pictureOf, type ScreenPicture } from '../../../model/screen-picture.ts';

/** The terminal of a program that is drawn inside the app: none of its sequences goes further than here. */
export interface ProgramScreen {
  /** Draws what the program wrote; resolves when it is drawn. One who waits for it is not overrun. */
  write(bytes: Uint8Array): Promise<void>;
  resize(columns: number, rows: number): void;
  /** What is to be seen now. */
  picture(): ScreenPicture;
  close(): void;
}

/** The mode in which the cursor shows. */
const CURSOR = 25;

/** Nobody can scroll back here: the full screen is for that. */
const SCROLLBACK = 0;

/** A blank screen; `reply` gets what the terminal itself answers to a program that asks it, for its cursor's place, say. */
export async function createScreen(columns: number, rows: number, reply: (keys: string) => void): Promise<ProgramScreen> {
  // Loading it takes its time, so only those who need a terminal pay for it.
  const { default: xterm } = await import('@xterm/headless');
  // What is wrong with what a program writes it would say on our own terminal.
  const quiet = { logLevel: 'off' } as const;
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: SCROLLBACK, allowProposedApi: true, ...quiet });
  let cursorShown = true;
  let closed = false;
  terminal.onData(reply);
  for (const final of ['h', 'l']) {
    terminal.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
      if (modes.includes(CURSOR)) cursorShown = final === 'h';
      return false;
    });
  }
  // A reset, soft or hard, shows it as well.
  const onReset = (): boolean => {
    cursorShown = true;
    return false;
  };
  terminal.parser.registerCsiHandler({ intermediates: '!', final: 'p' }, onReset);
  terminal.parser.registerEscHandler({ final: 'c' }, onReset);
  return {
    write: (bytes) => (closed ? Promise.resolve() : new Promise((resolve) => terminal.write(bytes, resolve))),
    resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
    picture: () => pictureOf(terminal, cursorShown),
    close() {
      closed = true;
      terminal.dispose();
    },
  };
}
