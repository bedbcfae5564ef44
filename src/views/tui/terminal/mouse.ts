// biome-ignore-all lint/suspicious/noControlCharactersInRegex: reports of the mouse begin with one

/** Asks the terminal to report clicks and the wheel, in the form that knows no largest column (SGR). */
export const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
/** Takes that back: marking text belongs to the terminal again. */
export const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';

/** Something that the mouse did; columns and rows count from 0. */
export type MouseEvent =
  | { readonly kind: 'wheel'; readonly direction: 'up' | 'down'; readonly column: number; readonly row: number }
  | { readonly kind: 'click'; readonly button: 'left' | 'middle' | 'right'; readonly column: number; readonly row: number };

/** What was found in a piece of input, and the beginning of a report at its end that is still to be completed. */
export interface MouseInput {
  readonly events: readonly MouseEvent[];
  readonly rest: string;
}

const REPORT = /\u001b\[<(\d{1,4});(\d{1,5});(\d{1,5})([Mm])/g;
const BEGINNING = /\u001b(\[(<[\d;]{0,16})?)?$/;
const BUTTONS = ['left', 'middle', 'right'] as const;
/** Added to the number of a button: held keys (shift, meta, control), which make no difference here. */
const HELD_KEYS = 0b11100;

/** Finds the reports of the mouse in what came from a terminal; keys are not looked at. `rest` is that of the piece before. */
export function readMouse(rest: string, piece: string): MouseInput {
  const input = rest + piece;
  const events = [...input.matchAll(REPORT)].flatMap((match) => eventOf(match) ?? []);
  return { events, rest: BEGINNING.exec(input)?.[0] ?? '' };
}

function eventOf([, code, x, y, end]: RegExpExecArray): MouseEvent | undefined {
  const place = { column: Math.max(0, Number(x) - 1), row: Math.max(0, Number(y) - 1) };
  const what = Number(code) & ~HELD_KEYS;
  // Releases, moves and buttons of which most mice have none say nothing.
  if (end === 'm') return undefined;
  if (what === 64 || what === 65) return { kind: 'wheel', direction: what === 64 ? 'up' : 'down', ...place };
  const button = BUTTONS[what];
  return button === undefined ? undefined : { kind: 'click', button, ...place };
}

/** The mouse of a terminal: off until somebody turns it on. */
export interface Mouse {
  readonly isOn: boolean;
  turnOn(): void;
  turnOff(): void;
}

/**
 * Listens to what Ink reads from the terminal (Ink itself leaves out such reports) and tells of what the mouse does. It must be
 * off while somebody else has the terminal, or it would read what is typed for them: `lendTerminal` sees to that.
 */
export function createMouse(
  { stdin, stdout }: { readonly stdin: NodeJS.ReadableStream; readonly stdout: Pick<NodeJS.WritableStream, 'write'> },
  onEvent: (event: MouseEvent) => void,
): Mouse {
  let isOn = false;
  let rest = '';
  const listen = (piece: string | Buffer): void => {
    const found = readMouse(rest, piece.toString());
    rest = found.rest;
    for (const event of found.events) onEvent(event);
  };
  return {
    get isOn() {
      return isOn;
    },
    turnOn() {
      if (isOn) return;
      isOn = true;
      rest = '';
      stdin.on('data', listen);
      stdout.write(MOUSE_ON);
    },
    turnOff() {
      if (!isOn) return;
      isOn = false;
      stdout.write(MOUSE_OFF);
      stdin.off('data', listen);
    },
  };
}
