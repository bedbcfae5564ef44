import { expect, test } from 'vitest';
import { chunksOf, cutPainted, fitPainted, paintedWidth } from './width.ts';

const RED = '\u001b[31mred words\u001b[39m';

test('what paints takes no column', () => {
  expect(paintedWidth(RED)).toBe(9);
});

test('a cut text keeps what switches its paint off', () => {
  expect(cutPainted(`${RED} and more`, 6, '…')).toBe('\u001b[31mred w…\u001b[39m');
});

test('a text that fits is left alone; a fitted one has exactly its columns, wide characters counted as two', () => {
  expect(cutPainted(RED, 9, '…')).toBe(RED);
  for (const text of ['', 'a', '日本語のテキスト', `${RED}日本`, 'exactly-10'])
    expect(paintedWidth(fitPainted(text, 10, '…'))).toBe(10);
});

test('a text is cut into pieces of which none is too wide and nothing is lost', () => {
  expect(chunksOf('abcdefgh', 4, 3)).toEqual(['abcd', 'efg', 'h']);
  expect(chunksOf('ab', 4, 3)).toEqual(['ab']);
  expect(chunksOf('港港港', 4, 2)).toEqual(['港港', '港']);
  expect(chunksOf('港港', 1, 1)).toEqual(['港', '港']);
});
