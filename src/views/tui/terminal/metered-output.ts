// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what moves the cursor begins with one

import { type FrameCause, type Ledger, spend, waitBefore } from './byte-budget.ts';
import { afterWriting, type LeftModes, undo } from './left-modes.ts';

/**
 * Ink draws from wherever the cursor stands, over what is there: the second screen leaves the cursor where it was on the first,
 * and is not empty where a program that was killed left it open.
 */
const SECOND_SCREEN = '\u001b[?1049h';
const EMPTY_FROM_TOP = '\u001b[H\u001b[J';

/** Ink steps over each line that has not changed by itself: of a clock that goes on, most bytes are such steps. */
const STEPS = /(?:\u001b\[E){2,}/g;
const STEP_LENGTH = 3;

/** The same, with as many steps as lie together in one. */
function shortened(chunk: string): string {
  return chunk.replaceAll(STEPS, (steps) => `\u001b[${steps.length / STEP_LENGTH}E`);
}

/** What is needed of a terminal's output; process.stdout is one. */
export type TerminalOutput = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows' | 'isTTY' | 'on' | 'off'>;

/** A terminal's output that counts what goes through it. */
export interface MeteredOutput<Stream extends TerminalOutput> {
  /** In place of the stream, with all that the stream has: hand it to Ink. */
  readonly stream: Stream;
  /** How many bytes were written so far. */
  readonly bytes: number;
  /** How many frames: what is written in one go. */
  readonly frames: number;
  /** How many milliseconds a frame has to wait now; 0: it may be drawn. */
  wait(cause: FrameCause): number;
  /**
   * What puts the terminal back as it was found, as far as it was not put back yet; maybe nothing. From then on the stream takes
   * nothing more: what Ink writes at its end would move the cursor of a screen that is somebody else's again.
   */
  giveBack(): string;
}

/** Counts what is written to a stream. `now`: milliseconds of a clock that only goes forward. */
export function createMeteredOutput<Stream extends TerminalOutput>(
  target: Stream,
  now: () => number = () => performance.now(),
): MeteredOutput<Stream> {
  let ledger: Ledger = [];
  let left: LeftModes = new Set();
  let bytes = 0;
  let frames = 0;
  /** When the frame began that is being written. */
  let frame: number | undefined;
  let givenBack = false;

  const count = (chunk: string | Uint8Array): void => {
    const size = Buffer.byteLength(chunk);
    if (size === 0) return;
    if (frame === undefined) {
      frame = now();
      frames++;
      queueMicrotask(() => {
        frame = undefined;
      });
    }
    bytes += size;
    ledger = spend(ledger, frame, size);
    left = afterWriting(left, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'));
  };
  const write = (chunk: string | Uint8Array, ...rest: readonly never[]): boolean => {
    if (givenBack) {
      const written: unknown = rest.at(-1);
      if (typeof written === 'function') queueMicrotask(() => written());
      return true;
    }
    const short = typeof chunk === 'string' ? shortened(chunk) : chunk;
    const whole = short === SECOND_SCREEN ? `${SECOND_SCREEN}${EMPTY_FROM_TOP}` : short;
    count(whole);
    return target.write(whole, ...rest);
  };
  const methods = new Map<PropertyKey, unknown>([['write', write]]);
  const stream = new Proxy(target, {
    get(_, key) {
      const known = methods.get(key);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor') return value;
      const bound: unknown = value.bind(target);
      methods.set(key, bound);
      return bound;
    },
  });
  return {
    stream,
    get bytes() {
      return bytes;
    },
    get frames() {
      return frames;
    },
    wait: (cause) => waitBefore(cause, ledger, now()),
    giveBack() {
      const sequence = undo(left);
      left = new Set();
      givenBack = true;
      return sequence;
    },
  };
}

/** Draws as soon as the output lets. */
export interface Pacer {
  /** There is something new to draw. Wishes that come before it is drawn are one. */
  ask(cause: FrameCause): void;
  /** Nothing more is drawn. */
  stop(): void;
}

/** A timer: calls after so many milliseconds, unless it is called off by what it returns. */
export type After = (ms: number, act: () => void) => () => void;

const afterReally: After = (ms, act) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

/**
 * Draws what is new when the output has room for it: for a key at once nearly always, for output at most 20 times a second
 * and more seldom where frames are large. While nothing is new, nothing is done.
 */
export function createPacer(output: Pick<MeteredOutput<TerminalOutput>, 'wait'>, draw: () => void, after = afterReally): Pacer {
  let pending: { readonly cause: FrameCause; readonly callOff: () => void } | undefined;
  let stopped = false;
  const ask = (cause: FrameCause): void => {
    if (stopped || pending?.cause === 'key' || pending?.cause === cause) return;
    pending?.callOff();
    pending = undefined;
    const ms = output.wait(cause);
    if (ms === 0) draw();
    else pending = { cause, callOff: after(ms, () => due(cause)) };
  };
  const due = (cause: FrameCause): void => {
    pending = undefined;
    // Somebody else may have written since: then there is another wait.
    ask(cause);
  };
  return {
    ask,
    stop() {
      stopped = true;
      pending?.callOff();
      pending = undefined;
    },
  };
}
