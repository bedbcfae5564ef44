// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what a program writes, and keys, are made of them

import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { Style } from '../../lib/style.ts';
import { paintedWidth } from '../../lib/width.ts';
import { drawPicture } from './draw-picture.ts';
import { createScreen, type ProgramScreen } from './program-screen.ts';

const COLOUR: Style = { colour: true, unicode: true, colours: 256 };
const SIXTEEN: Style = { colour: true, unicode: true };
const BARE: Style = { colour: false, unicode: false };

async function drawn(text: string, columns = 20, rows = 4, replies: string[] = []): Promise<ProgramScreen> {
  const screen = await createScreen(columns, rows, (keys) => replies.push(keys));
  onTestFinished(() => screen.close());
  await screen.write(Buffer.from(text));
  return screen;
}

it('colours are those of the program, as near as the terminal has them, and each is switched off again', async () => {
  const screen = await drawn('\u001b[31mr\u001b[38;5;208mo\u001b[48;2;0;0;255mb\u001b[0;1;4mx\u001b[?25l');
  const [in256] = drawPicture(screen.picture(), COLOUR);
  expect(in256).toBe(
    '\u001b[31mr\u001b[39m\u001b[38;5;208mo\u001b[39m\u001b[38;5;208m\u001b[48;5;21mb\u001b[49m\u001b[39m\u001b[1m\u001b[4mx\u001b[24m\u001b[22m',
  );
  const [in16] = drawPicture(screen.picture(), SIXTEEN);
  expect(in16).toContain('\u001b[31mr');
  expect(in16).not.toMatch(/38;5|48;5/);
});

it('without colours none is drawn: what has a background is in reverse, and bold stays', async () => {
  const screen = await drawn('\u001b[31mred\u001b[44mblue\u001b[0;1mbold\u001b[?25l');
  expect(drawPicture(screen.picture(), BARE)[0]).toBe('red\u001b[7mblue\u001b[27m\u001b[1mbold\u001b[22m');
});

it('the cursor is a cell in reverse, also behind the text and over a wide character, and goes where the program hides it', async () => {
  expect(drawPicture((await drawn('ab\u001b[1;2H')).picture(), COLOUR)[0]).toBe('a\u001b[7mb\u001b[27m');
  expect(drawPicture((await drawn('ab\u001b[1;5H')).picture(), COLOUR)[0]).toBe('ab  \u001b[7m \u001b[27m');
  expect(drawPicture((await drawn('漢字\u001b[1;3H')).picture(), COLOUR)[0]).toBe('漢\u001b[7m字\u001b[27m');
  expect(drawPicture((await drawn('ab\u001b[?25l')).picture(), COLOUR)[0]).toBe('ab');
  expect(drawPicture((await drawn('ab\u001b[?25l\u001b[!p')).picture(), COLOUR)[0]).toContain('\u001b[7m');
});

it('lines of boxes are drawn in ASCII where there is no more, each in its one cell', async () => {
  const screen = await drawn('┌──┐ é → 漢 ☃\u001b[?25l');
  expect(drawPicture(screen.picture(), BARE)[0]).toBe('+--+ e > ?  ?');
});

it('nothing that a program writes reaches the terminal but its characters', async () => {
  const evil =
    '\u001b]0;title\u0007\u001b]52;c;ZXZpbA==\u0007\u001bPq#0\u001b\\\u001b[?1049hok\u202e\u200b\u001b[?1000h\u001b[6n\u001b[5i\u0007\u009b31m';
  const replies: string[] = [];
  const [line] = drawPicture((await drawn(evil, 20, 4, replies)).picture(), { ...COLOUR, colour: false });
  expect(line?.replaceAll(/\u001b\[\d+m/g, '')).toBe('ok ');
  // It asked where the cursor is: the terminal that is drawn here has answered, nobody else.
  expect(replies).toEqual(['\u001b[1;3R']);
});

it('whatever is written, each line fits the columns and holds no sequence but paint', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 12 }),
          fc.string({ unit: 'binary', maxLength: 6 }),
          fc.constantFrom(
            '\u001b[31m',
            '\u001b[7m',
            '\u001b[1;80H',
            '\u001b[K',
            '\u001b[2J',
            '\u001b[?1049h',
            '😀',
            '漢',
            'e\u0301',
            '\u009b',
          ),
        ),
        { maxLength: 12 },
      ),
      fc.constantFrom(COLOUR, SIXTEEN, BARE),
      async (parts, style) => {
        const screen = await createScreen(16, 3, () => undefined);
        await screen.write(Buffer.from(parts.join('')));
        for (const line of drawPicture(screen.picture(), style)) {
          expect(paintedWidth(line)).toBeLessThanOrEqual(16);
          const bare = line.replaceAll(/\u001b\[[\d;]+m/g, '');
          expect(bare).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
          if (!style.unicode) expect(bare).toMatch(/^[ -~]*$/);
        }
        screen.close();
      },
    ),
    { numRuns: 25 },
  );
});

it('a picture says which screen it is, where the cursor is and what the program wants of the keyboard', async () => {
  const screen = await drawn('\u001b[?1049h\u001b[?1h\u001b[?2004h\u001b[3;5H');
  expect(screen.picture()).toMatchObject({
    columns: 20,
    rows: 4,
    alternate: true,
    cursor: { column: 4, row: 2 },
    modes: { applicationCursor: true, bracketedPaste: true },
  });
  screen.resize(10, 2);
  expect(screen.picture()).toMatchObject({ columns: 10, rows: 2 });
});
