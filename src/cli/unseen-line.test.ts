import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUnseenLine, type UnseenEnd } from './unseen-line.ts';

/** What comes of the keys, given byte by byte in chunks of these sizes. */
function typed(keys: string | Uint8Array, sizes: readonly number[] = [1]): UnseenEnd | undefined {
  const bytes = Buffer.from(keys as string);
  const line = createUnseenLine();
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    const ended = line.take(bytes.subarray(at, at + size), 0);
    if (ended !== undefined) return ended;
    at += size;
  }
  return undefined;
}

describe('a line that nobody sees', () => {
  it('is what was typed, in every character, however the bytes come', () => {
    const printable = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\p{Cc}]/gu, ''));
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(printable, sizes, fc.constantFrom('\r', '\n'), (text, chunks, enter) => {
        expect(typed(text + enter, chunks)?.text).toBe(text);
      }),
    );
  });

  it('has no end before Enter', () => {
    expect(typed('half')).toBeUndefined();
  });

  it.each([
    ['Backspace takes the last character', 'pa\u007fass\bs\r', 'pass'],
    ['Backspace takes a whole character of many bytes', 'pä€\u007f\u007fw\r', 'pw'],
    ['Backspace on nothing takes nothing', '\u007f\u007fa\r', 'a'],
    ['Ctrl-U takes all', 'wrong\u0015right\r', 'right'],
    ['Ctrl-D after a character is none', 'a\u0004b\r', 'ab'],
    ['arrows, function keys and Home are no part of it', 'a\u001b[D\u001b[15~b\u001bOPc\u001b[1;5C\r', 'abc'],
    ['the marks of a paste are no part of it', '\u001b[200~pasted\u001b[201~\r', 'pasted'],
    ['other control characters are no part of it', 'a\u0001\u001a\u0000b\tc\r', 'ab\tc'],
    ['it may be empty', '\r', ''],
  ])('%s', (_law, keys, text) => {
    expect(typed(keys, [3])?.text).toBe(text);
    expect(typed(keys)?.text).toBe(text);
  });

  it('a lone Escape swallows nothing that is typed later', () => {
    const line = createUnseenLine();
    expect(line.take(Buffer.from('a\u001b'), 0)).toBeUndefined();
    expect(line.take(Buffer.from('[b\r'), 500)?.text).toBe('a[b');
  });

  it.each([
    ['Ctrl-C', 'secret\u0003'],
    ['Ctrl-C inside a sequence', 'a\u001b[\u0003'],
    ['Ctrl-D where nothing is typed', '\u0004'],
  ])('%s gives it up', (_law, keys) => {
    const ended = typed(keys);
    expect(ended).toMatchObject({ text: undefined });
    expect(ended?.rest).toHaveLength(0);
  });

  it('what comes after Enter is left for the next', () => {
    const ended = typed('one\rtwo\r', [64]);
    expect(ended?.text).toBe('one');
    expect(Buffer.from(ended?.rest ?? []).toString()).toBe('two\r');
  });
});
