import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundedOutput, KEPT_BYTES } from './bounded-output.ts';

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
    for (let index = 0; index < KEPT_BYTES + 1000; index++) output.push(Uint8Array.of(index < 1000 ? 97 : 98));
    expect(output.text()).toBe('b'.repeat(KEPT_BYTES));
  });
});
