import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stripEscapes } from '../../model/untrusted-text.ts';
import { foldPainted } from './fold-painted.ts';
import { paint } from './style.ts';
import { paintedWidth } from './width.ts';

const style = { colour: true, unicode: true };

describe('a painted line that is folded', () => {
  it('breaks between words and goes on further in', () => {
    expect(foldPainted('  one two three four', 12)).toEqual(['  one two', '    three', '    four']);
  });

  it('stays painted in every line, and each line ends plain', () => {
    expect(foldPainted(paint('aaa bbb ccc', 'bad', style), 8)).toEqual([
      '\u001b[31maaa bbb\u001b[39m',
      '  \u001b[31mccc\u001b[39m',
    ]);
  });

  it('loses nothing but spaces, and no line is too wide', () => {
    const piece = fc.tuple(
      fc.constantFrom('bad', 'good', 'faint', undefined),
      fc.string({ unit: fc.constantFrom('a', ' ', '漢', 'é', '-') }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 8, max: 40 }), (pieces, columns) => {
        const line = pieces.map(([look, text]) => (look === undefined ? text : paint(text, look, style))).join('');
        const folded = foldPainted(line, columns);
        for (const one of folded) expect(paintedWidth(one)).toBeLessThanOrEqual(columns);
        const bare = (text: string): string => stripEscapes(text).replaceAll(' ', '');
        expect(folded.map(bare).join('')).toBe(bare(line));
      }),
    );
  });
});
