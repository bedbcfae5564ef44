/** So many lines are shown within a slot, more than anybody can read; the slot in milliseconds. */
const LINES_PER_SLOT = 500;
const SLOT_MS = 250;
/** So many of the newest lines wait for the next slot; older ones are not shown. */
const WAITING_LINES = 40;

/** A step's lines on their way to the views. */
export interface PacedLines {
  line(text: string): void;
  /** Shows what waits. */
  settle(): void;
}

/**
 * Shows lines as they come, but no more than some thousand a second: a view that is far away must not be drowned, and the
 * output's file has what it is not shown. What is left out is said. `now` is a clock in milliseconds.
 */
export function createPacedLines(show: (text: string) => void, now: () => number = () => performance.now()): PacedLines {
  let slotEnds = 0;
  let shown = 0;
  let dropped = 0;
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;

  const settle = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (dropped > 0) show(`[... ${dropped} lines are not shown here; see the file of this output ...]`);
    for (const text of waiting) show(text);
    dropped = 0;
    waiting = [];
  };

  return {
    line(text) {
      const at = now();
      if (at >= slotEnds) {
        settle();
        slotEnds = at + SLOT_MS;
        shown = 0;
      }
      if (shown < LINES_PER_SLOT) {
        shown++;
        show(text);
        return;
      }
      waiting.push(text);
      if (waiting.length > WAITING_LINES) {
        waiting.shift();
        dropped++;
      }
      timer ??= setTimeout(settle, SLOT_MS).unref();
    },
    settle,
  };
}
