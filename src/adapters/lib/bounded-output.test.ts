import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createBoundedOutput, HEAD_BYTES, KEPT_BYTES } from './bounded-output.ts';

const MEBIBYTE = 1024 * 1024;

/** An output whose clock stands still unless it is told to go on, and the lines that it gave. */
function collected() {
  const lines: string[] = [];
  const clock = { now: 0 };
  const output = createBoundedOutput(
    (line) => lines.push(line),
    () => clock.now,
  );
  return { lines, clock, output };
}

/** Numbered lines of 64 bytes each, and how many bytes the lines in brackets say are left out before each. */
const numbered = (from: number, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => `${String(from + index).padStart(63)}\n`).join(''));
const isNote = (line: string): boolean => line.startsWith('[... ');
const leftOut = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Number(/^\[\.\.\. (\d+) bytes of/.exec(line)?.[1] ?? 0), 0);

describe('the output of a program', () => {
  it('gives the same lines and the same text however it is cut into chunks', () => {
    const text = fc
      .array(fc.constantFrom('a', 'ü', '漢', '\n', '\r\n', '😀', 'long '), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const lines: string[] = [];
        const output = createBoundedOutput((line) => lines.push(line));
        const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        ends.forEach((end, index) => {
          output.push(bytes.subarray(ends[index - 1] ?? 0, end));
        });
        output.end();
        expect(output.text()).toBe(whole);
        const expected = whole.split(/\r?\n/);
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });

  it('keeps the end of what comes byte by byte', () => {
    const output = createBoundedOutput(undefined);
    for (let index = 0; index < KEPT_BYTES + 1000; index++)
      output.push(Uint8Array.of(index === 999 ? 10 : index < 1000 ? 97 : 98));
    expect(output.text()).toBe('b'.repeat(KEPT_BYTES));
  });

  it('of a flood it gives the beginning and the end, and says to the byte how much it left out between them', () => {
    const { lines, output } = collected();
    const chunks = 512;
    for (let chunk = 0; chunk < chunks; chunk++) output.push(numbered(chunk * 1024, 1024));
    output.end();
    const total = chunks * 65_536;
    const given = lines.filter((line) => !isNote(line));
    expect(leftOut(lines) + given.length * 64).toBe(total);
    expect(lines.at(-1)).toBe(`[... in all, ${leftOut(lines)} of ${total} bytes are left out ...]`);
    const head = HEAD_BYTES / 64;
    expect(given.slice(0, head).findIndex((line, index) => Number(line) !== index)).toBe(-1);
    const tail = KEPT_BYTES / 64 - 1;
    expect(given.slice(-tail).findIndex((line, index) => Number(line) !== chunks * 1024 - tail + index)).toBe(-1);
    expect(given.length * 64).toBeLessThan(6 * MEBIBYTE);
    expect(output.text() === numbered(chunks * 1024 - KEPT_BYTES / 64, KEPT_BYTES / 64).toString()).toBe(true);
  });

  it('of a flood that lasts it gives a stretch now and then, each from the beginning of a line', () => {
    const { lines, clock, output } = collected();
    const cut = numbered(0, 1024).subarray(0, 65_500);
    for (let chunk = 0; chunk < 2048; chunk++) {
      clock.now += 2;
      output.push(cut);
    }
    const seconds = clock.now / 1000;
    const before = lines.filter((line) => !isNote(line));
    expect(before.length).toBeGreaterThan(HEAD_BYTES / 64 + 4000 * seconds);
    expect(before.length).toBeLessThan(HEAD_BYTES / 64 + 20_000 * seconds);
    output.end();
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('what comes fast, but not faster than it can be shown, is given line by line', () => {
    const { lines, clock, output } = collected();
    for (let chunk = 0; chunk < 200; chunk++) {
      clock.now += 200;
      output.push(numbered(chunk * 1024, 1024));
    }
    output.end();
    expect(lines.findIndex((line, index) => Number(line) !== index)).toBe(-1);
    expect(lines).toHaveLength(200 * 1024);
  });

  it('a burst that is over is given to its last line, although nothing follows it', () => {
    vi.useFakeTimers();
    try {
      const { lines, clock, output } = collected();
      const chunks = (HEAD_BYTES + KEPT_BYTES) / 65_536;
      for (let chunk = 0; chunk < chunks; chunk++) output.push(numbered(chunk * 1024, 1024));
      expect(lines.length).toBeLessThan(chunks * 1024);
      clock.now += 60_000;
      vi.advanceTimersByTime(60_000);
      expect(lines.findIndex((line, index) => Number(line) !== index)).toBe(-1);
      expect(lines).toHaveLength(chunks * 1024);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of an endless line it gives the beginning, and never a part whose beginning is missing', () => {
    const { lines, output } = collected();
    const chunk = Buffer.alloc(65_536, 'y');
    for (let count = 0; count < 512; count++) output.push(chunk);
    output.end();
    expect(lines).toEqual([
      'y'.repeat(65_536),
      `[... ${511 * 65_536} bytes of output are left out ...]`,
      `[... in all, ${511 * 65_536} of ${512 * 65_536} bytes are left out ...]`,
    ]);
    expect(output.text()).toBe('y'.repeat(KEPT_BYTES));
  });

  it('what it keeps begins where a line does: of a secret that the cut fell into nothing is left', () => {
    const { output } = collected();
    output.push(Buffer.from(`swordfish-0815\n${'x'.repeat(KEPT_BYTES - 9)}\n`));
    expect(output.text()).toBe(`${'x'.repeat(KEPT_BYTES - 9)}\n`);
  });

  it('cuts a long line between characters', () => {
    const { lines, output } = collected();
    output.push(Buffer.from(`x${'漢'.repeat(30_000)}\nnext\n`));
    output.end();
    expect(lines[0]).toBe(`x${'漢'.repeat(21_845)}`);
    expect(lines.slice(1, 3)).toEqual([`[... ${(30_000 - 21_845) * 3} bytes of this line are left out ...]`, 'next']);
  });
});
