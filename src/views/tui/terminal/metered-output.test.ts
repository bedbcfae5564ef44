import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_MS, type FrameCause, WINDOW_BYTES, WINDOW_MS } from './byte-budget.ts';
import { createMeteredOutput, createPacer, type TerminalOutput } from './metered-output.ts';

/** A terminal that takes all and remembers it. */
class FakeTerminal extends EventEmitter {
  columns = 80;
  rows = 24;
  isTTY = true as const;
  written = '';
  write(chunk: string | Uint8Array): boolean {
    this.written += chunk.toString();
    return true;
  }
}
const fakeTerminal = () => new FakeTerminal() as FakeTerminal & TerminalOutput;

/** Time that passes only when told, with timers in it. */
const createTime = () => {
  let now = 0;
  let timers: { at: number; act: () => void }[] = [];
  return {
    now: () => now,
    after: (ms: number, act: () => void) => {
      const timer = { at: now + ms, act };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    get timers() {
      return timers.length;
    },
    pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const next = timers.toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.act();
      }
      now = end;
    },
  };
};

describe('a metered output', () => {
  it('is the stream in all but the counting: size, listeners and what is written', () => {
    const terminal = fakeTerminal();
    const output = createMeteredOutput(terminal);
    terminal.columns = 132;
    let resized = 0;
    const onResize = (): void => void resized++;
    output.stream.on('resize', onResize);
    terminal.emit('resize');
    output.stream.off('resize', onResize);
    terminal.emit('resize');
    expect({ columns: output.stream.columns, rows: output.stream.rows, isTTY: output.stream.isTTY, resized }).toEqual({
      columns: 132,
      rows: 24,
      isTTY: true,
      resized: 1,
    });
    output.stream.write('häł');
    output.stream.write(Buffer.from('lo'));
    expect(terminal.written).toBe('häłlo');
    expect(output.bytes).toBe(7);
  });

  it('takes what is written in one go for one frame, and nothing for none', async () => {
    const output = createMeteredOutput(fakeTerminal());
    output.stream.write('\u001b[?2026h');
    output.stream.write('frame');
    output.stream.write('');
    output.stream.write('\u001b[?2026l');
    await Promise.resolve();
    output.stream.write('');
    expect(output.frames).toBe(1);
    output.stream.write('next');
    expect(output.frames).toBe(2);
  });

  it('begins the second screen at its top and empty, also after it was left', () => {
    const terminal = fakeTerminal();
    const { stream } = createMeteredOutput(terminal);
    for (const sequence of ['\u001b[?1049h', '\u001b[?1049l', '\u001b[?1049h']) stream.write(sequence);
    expect(terminal.written).toBe('\u001b[?1049h\u001b[H\u001b[J\u001b[?1049l\u001b[?1049h\u001b[H\u001b[J');
  });

  it('takes steps over lines that lie together in one', () => {
    const terminal = fakeTerminal();
    createMeteredOutput(terminal).stream.write(`\u001b[2Aone\u001b[Etwo${'\u001b[E'.repeat(12)}three\u001b[E\u001b[E`);
    expect(terminal.written).toBe('\u001b[2Aone\u001b[Etwo\u001b[12Ethree\u001b[2E');
  });

  it('gives the terminal back as it was, and from then on lets nothing through', async () => {
    const terminal = fakeTerminal();
    const output = createMeteredOutput(terminal);
    output.stream.write('\u001b[?1049h');
    output.stream.write(Buffer.from('\u001b[?25l'));
    expect(output.giveBack()).toBe('\u001b[0m\u001b[?1049l\u001b[?25h');
    expect(output.giveBack()).toBe('');
    const before = terminal.written;
    await new Promise<void>((resolve) => output.stream.write('\u001b[?1049l', () => resolve()));
    expect(terminal.written).toBe(before);
  });

  it('has nothing to give back where all was taken back', () => {
    const { stream, giveBack } = createMeteredOutput(fakeTerminal());
    stream.write('\u001b[?1049h');
    stream.write('\u001b[?1049l');
    expect(giveBack()).toBe('');
  });
});

describe('a pacer', () => {
  const begin = (frameBytes: () => number) => {
    const time = createTime();
    const terminal = fakeTerminal();
    const output = createMeteredOutput(terminal, time.now);
    const drawn: { at: number; bytes: number }[] = [];
    const draw = (): void => {
      const bytes = frameBytes();
      drawn.push({ at: time.now(), bytes });
      output.stream.write('x'.repeat(bytes));
    };
    return { time, terminal, output, drawn, pacer: createPacer(output, draw, time.after) };
  };
  /** Between two moments other things happen: what is written in one go ends there. */
  const settle = (): Promise<void> => Promise.resolve();

  it('draws the first at once, and what comes close behind once', async () => {
    const { time, drawn, pacer } = begin(() => 100);
    pacer.ask('output');
    await settle();
    for (let wish = 0; wish < 10; wish++) pacer.ask('output');
    expect(drawn).toHaveLength(1);
    time.pass(FRAME_MS);
    expect(drawn).toHaveLength(2);
    expect(time.timers).toBe(0);
  });

  it('draws for a key what would have waited longer for output', async () => {
    const { time, drawn, pacer } = begin(() => 15_000);
    pacer.ask('output');
    await settle();
    pacer.ask('output');
    time.pass(FRAME_MS);
    expect(drawn).toHaveLength(1);
    pacer.ask('key');
    expect(drawn).toHaveLength(2);
    time.pass(60_000);
    expect(drawn).toHaveLength(2);
  });

  it('stopped, draws nothing more', async () => {
    const { time, drawn, pacer } = begin(() => 10);
    pacer.ask('output');
    await settle();
    pacer.ask('output');
    pacer.stop();
    pacer.ask('key');
    time.pass(60_000);
    expect(drawn).toHaveLength(1);
    expect(time.timers).toBe(0);
  });

  it('keeps below 30 KB/s over any five seconds and shows the newest in the end, whatever is asked for when', async () => {
    const wishes = fc.array(
      fc.record({
        cause: fc.constantFrom<FrameCause>('key', 'output'),
        bytes: fc.integer({ min: 1, max: 19_999 }),
        pause: fc.integer({ min: 0, max: 300 }),
      }),
      { minLength: 30, maxLength: 200 },
    );
    await fc.assert(
      fc.asyncProperty(wishes, async (asked) => {
        let bytes = 1;
        const { time, drawn, pacer } = begin(() => bytes);
        for (const wish of asked) {
          bytes = wish.bytes;
          pacer.ask(wish.cause);
          await settle();
          time.pass(wish.pause);
          await settle();
        }
        bytes = 7;
        pacer.ask('output');
        for (let second = 0; second < 10; second++) {
          await settle();
          time.pass(1000);
        }
        expect(drawn.at(-1)?.bytes).toBe(7);
        const within = (at: number): number =>
          drawn.reduce((sum, frame) => (frame.at > at - WINDOW_MS && frame.at <= at ? sum + frame.bytes : sum), 0);
        expect(Math.max(...drawn.map(({ at }) => within(at)))).toBeLessThan(WINDOW_BYTES);
      }),
      { numRuns: 50 },
    );
  });
});
