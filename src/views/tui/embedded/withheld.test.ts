import { expect, it } from 'vitest';
import { createWithholding } from './withheld.ts';

const through = (...pieces: readonly string[]): string => {
  const withhold = createWithholding();
  return Buffer.concat(pieces.map((piece) => withhold(Buffer.from(piece)))).toString();
};

it('titles and the clipboard are left out, in however many pieces they come', () => {
  const text = 'a\u001b]0;title\u0007b\u001b]2;title\u001b\\c\u001b]52;c;ZXZpbA==\u0007d';
  expect(through(text)).toBe('abcd');
  expect(through(...text)).toBe('abcd');
});

it('however they are written: with zeros, with characters that terminals ignore, in UTF-8, within another, by their other names', () => {
  const commands = [
    '\u001b]052;c;ZXZpbA==\u0007',
    '\u001b]00000000052;c;ZXZpbA==\u0007',
    `\u001b]${'0'.repeat(100)}52;c;ZXZpbA==\u0007`,
    '\u001b\u0000]52;c;ZXZpbA==\u0007',
    '\u001b]\u00005\u00012;c;ZXZpbA==\u0007',
    '\u009d52;c;ZXZpbA==\u009c',
    '\u001b]8;;\u001b]52;c;ZXZpbA==\u0007',
    '\u001b]8;;\u009d52;c;ZXZpbA==\u0007',
    '\u001bP\u001b]52;c;ZXZpbA==\u0007\u001b\\',
    '\u001bP1tmux;\u001b\u001b]52;c;ZXZpbA==\u0007\u001b\\',
    '\u001b]lZXZpbA==\u0007',
    '\u001bkZXZpbA==\u001b\\',
    '\u001b_ZXZpbA==\u001b\\',
    '\u001b]99;;ZXZpbA==\u0007',
  ];
  for (const command of commands) {
    for (const shown of [through(`a${command}b`), through(...Array.from(Buffer.from(`a${command}b`).toString()))]) {
      expect(shown, JSON.stringify(command)).not.toMatch(/ZXZp/);
      expect(shown[0]).toBe('a');
      expect(shown.at(-1)).toBe('b');
    }
  }
});

it('a title that is never ended takes nothing else with it than a line’s worth: the next sequence ends it', () => {
  expect(through('\u001b]0;title\r\n$ \u001b[31mred')).toBe('\u001b[31mred');
});

it('the Linux console’s colours go through, which have no end', () => {
  expect(through('\u001b]P0112233text\u001b]R')).toBe('\u001b]P0112233text\u001b]R');
});

it('what is meant for the terminal behind tmux is left out', () => {
  expect(through('a\u001bPtmux;\u001b\u001b]52;c;ZXZpbA==\u0007\u001b\\b')).not.toContain('52;c');
});

it('all else goes through byte for byte: colours, cursor, the second screen, links, questions, other encodings', () => {
  const text =
    '\u001b[31m\u001b[?1049h\u001b[2;3H\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\\u001b]11;?\u0007\u001bP$qm\u001b\\\u001b(0\u001b\u001b[A é漢';
  expect(through(text)).toBe(text);
  expect(through(...text)).toBe(text);
  const bytes = Uint8Array.from([0xff, 0x80, 0x1b, 0x41, 0xe4]);
  expect(createWithholding()(bytes)).toEqual(bytes);
});

it('an endless command holds nothing back but itself', () => {
  const withhold = createWithholding();
  withhold(Buffer.from('\u001b]52;c;'));
  for (let piece = 0; piece < 100; piece++) expect(withhold(Buffer.alloc(1000, 'A'))).toHaveLength(0);
  expect(Buffer.from(withhold(Buffer.from('\u0007ok'))).toString()).toBe('ok');
});
