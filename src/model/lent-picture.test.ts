import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LentPicture, maskPicture, textOfRow } from './lent-picture.ts';
import type { Piece } from './screen-picture.ts';
import { MASK } from './secrets.ts';

const piece = (text: string, look?: Piece['look']): Piece => ({
  text,
  cells: [...text].length,
  ...(look === undefined ? {} : { look }),
});
const picture = (lines: LentPicture['lines'], wrapped: readonly number[] = []): LentPicture => ({
  columns: 10,
  rows: lines.length,
  lines,
  wrapped,
  alternate: false,
  modes: { applicationCursor: false, bracketedPaste: false },
});
const hide =
  (secret: string) =>
  (lines: readonly string[]): readonly string[] =>
    lines.map((line) => line.replaceAll(secret, MASK));

describe('a masked picture', () => {
  it('is the same where there is nothing to hide', () => {
    const seen = picture([[piece('red', { ink: 1 }), piece(' plain')], []]);
    expect(maskPicture(seen, hide('hunter2'))).toEqual(seen);
  });

  it('has no colours in a line that held a secret, and others as they were', () => {
    const red = [piece('red', { ink: 1 })];
    const seen = picture([red, [piece('hun', { bold: true }), piece('ter2!')]]);
    expect(maskPicture(seen, hide('hunter2')).lines).toEqual([red, [piece(`${MASK}!`)]]);
  });

  it('hides a secret that goes on in the next row, and keeps the rows', () => {
    const seen = picture([[piece('is: hunter')], [piece('2!')], [piece('next')]], [1]);
    expect(maskPicture(seen, hide('hunter2')).lines.map(textOfRow)).toEqual([`is: ${MASK}!`, '', 'next']);
  });

  it('keeps blanks at the end of a row that goes on, and the room that a wide letter takes', () => {
    const wide = [...'漢字漢字漢'].map((text) => ({ text, cells: 2 }));
    const seen = picture([[piece('a')], [piece('hunter2')], [...wide], [piece('!')]], [1, 3]);
    expect(maskPicture(seen, hide('hunter2')).lines.map(textOfRow)).toEqual([`a         `, MASK, '漢字漢字漢', '!']);
    expect(
      maskPicture(seen, (lines) => lines.map((line) => `x${line}`))
        .lines.slice(2)
        .map(textOfRow),
    ).toEqual(['x漢字漢字', '漢!']);
  });

  it('has as many rows as before, none wider than the terminal', () => {
    const rows = fc.array(fc.tuple(fc.string({ maxLength: 10 }), fc.boolean()), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.string({ minLength: 1, maxLength: 4 }), (lines, secret) => {
        const wrapped = lines.flatMap(([, goesOn], index) => (goesOn ? [index] : []));
        const seen = picture(
          lines.map(([text]) => [piece(text)]),
          wrapped,
        );
        const masked = maskPicture(seen, hide(secret));
        expect(masked.lines).toHaveLength(lines.length);
        for (const line of masked.lines) expect([...textOfRow(line)].length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
