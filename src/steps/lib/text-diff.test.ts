import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineCount, textDiff } from './text-diff.ts';

describe('textDiff', () => {
  it('is empty where nothing differs', () => {
    expect(textDiff('a\n', 'a\n')).toBe('');
  });

  it('shows three lines of context around each difference, without a file header', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const after = lines.with(10, 'new').join('\n');
    expect(textDiff(lines.join('\n'), after).split('\n')).toEqual([
      '@@ -8,7 +8,7 @@',
      ' line 7',
      ' line 8',
      ' line 9',
      '-line 10',
      '+new',
      ' line 11',
      ' line 12',
      ' line 13',
    ]);
  });

  it('says where a text has no newline at its end', () => {
    expect(textDiff('a\nb\n', 'a\nb')).toBe('@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file');
  });

  it('shows a change of line ends', () => {
    expect(textDiff('a\n', 'a\r\n')).toBe('@@ -1,1 +1,1 @@\n-a\n+a␍');
  });

  it('is cut after 200 lines, and says so', () => {
    const lines = textDiff('', 'x\n'.repeat(500)).split('\n');
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe('… and 301 more lines');
  });

  it('shows counts where too much differs, and takes no long time for it', () => {
    const text = (word: string): string => Array.from({ length: 20_000 }, (_, index) => `${word} ${index}\n`).join('');
    expect(textDiff(text('a'), text('b'))).toBe('… too much differs to show it: 20000 → 20000 lines');
    expect(textDiff('', 'x'.repeat(3_000_000))).toContain('0 → 1 lines');
  });

  it('masks a secret that stands in a line which differs', () => {
    expect(textDiff('password=old\n', 'password=new\n')).toBe('@@ -1,1 +1,1 @@\n-password=•••\n+password=•••');
  });

  it('shows no escape sequences of a file', () => {
    expect(textDiff('', '\u001b]52;c;aGk=\u0007red\u001b[2J\n')).toBe('@@ -0,0 +1,1 @@\n+red');
  });

  it('is a patch that makes the new text of the old one', () => {
    const line = fc.constantFrom('a', 'b', 'c', '', '  d');
    const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.map((each) => `${each}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = textDiff(before, after);
        expect(diff === '' ? before : applyPatch(before, `--- a\n+++ b\n${diff}\n`)).toBe(after);
      }),
    );
  });
});

describe('lineCount', () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['a\n', 1],
    ['a\nb', 2],
    ['\n\n', 2],
  ])('of %j is %i', (text, count) => {
    expect(lineCount(text)).toBe(count);
  });
});
