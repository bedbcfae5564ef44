import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Box, Text } from 'ink';
import { createElement, type ReactNode } from 'react';
import { expect, it } from 'vitest';
import { paint, type Style } from '../views/lib/style.ts';
import { expectFrame, frameText } from './frames.ts';

const size = { columns: 20, rows: 5 };
const colour: Style = { colour: true, unicode: true };
const ascii: Style = { colour: false, unicode: false };
const text = (words: string): ReactNode => createElement(Text, {}, words);

it('a frame shows each row up to the edge of the terminal, the blank ones too', async () => {
  expect(await frameText('one\n\n  two', size)).toBe('one                 |\n                    |\n  two               |\n');
});

it('a wide character takes two cells, and the edge stays where it is', async () => {
  expect(await frameText('漢字!', size)).toBe('漢字!               |\n');
});

it('below the characters stands what is painted, a letter for each cell, rows without left out', async () => {
  const drawn = `plain\n${paint('good', 'good', colour)} ${paint('old', 'faint', colour)}\n\u001b[1;31mbad\u001b[0m \u001b[7m  \u001b[0m`;
  expect(await frameText(drawn, size)).toBe(
    [
      'plain               |',
      'good old            |',
      'bad                 |',
      '',
      'styles: B red bold, f faint, g green, r reverse',
      '  2 gggg fff',
      '  3 BBB rr',
      '',
    ].join('\n'),
  );
});

it('sequences that move the cursor do in a frame what they do in a terminal', async () => {
  expect(await frameText('abc\u001b[2DX', size)).toBe('aXc                 |\n');
});

it('what Ink draws keeps its paint, and is held against a golden file that -u writes', async () => {
  const element = createElement(
    Box,
    { flexDirection: 'column' },
    text(`${paint('✓', 'good', colour)} done`),
    text(paint('old', 'faint', colour)),
  );
  await expectFrame('example', element, { ...size, style: colour });
});

it('a frame that is too wide, too high, or not as plain as the terminal is refused, and no golden file is made of it', async () => {
  const refused: readonly (readonly [element: ReactNode, style: Style, why: RegExp])[] = [
    [createElement(Box, { width: 24, flexShrink: 0 }, text('a line of 22 columns..')), colour, /wider than 20 columns/],
    [createElement(Box, { flexDirection: 'column' }, ...[1, 2, 3, 4, 5].map((n) => text(`${n}`))), colour, /rows of refused/],
    [text('✓ done'), ascii, /not ASCII/],
    [text(paint('done', 'good', colour)), ascii, /have a colour/],
  ];
  const golden = fileURLToPath(new URL('../../snapshots/frames/refused.20x5.', import.meta.url));
  const files = [`${golden}colour.txt`, `${golden}ascii.txt`];
  try {
    for (const [element, style, why] of refused) {
      await expect(expectFrame('refused', element, { ...size, style })).rejects.toThrow(why);
    }
    expect(files.filter((file) => existsSync(file))).toEqual([]);
  } finally {
    for (const file of files) await rm(file, { force: true });
  }
});
