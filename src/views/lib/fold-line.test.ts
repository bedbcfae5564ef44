import { expect, it } from 'vitest';
import { foldLine, foldLines } from './fold-line.ts';

it('breaks between words and indents what follows below the first', () => {
  expect(foldLine('  ? one two three four', 12)).toEqual(['  ? one two', '      three', '      four']);
});

it('leaves a line that fits, and every line where there is no width', () => {
  expect(foldLine('fits exactly', 12)).toEqual(['fits exactly']);
  expect(foldLines(['a'.repeat(200)], undefined)).toEqual(['a'.repeat(200)]);
});

it('never breaks a word: it may have to be copied', () => {
  expect(foldLine('see https://example.org/a/long/path now', 10)).toEqual([
    'see',
    '    https://example.org/a/long/path',
    '    now',
  ]);
});

it('counts wide characters as two columns and colours as none', () => {
  expect(foldLine('\u001b[1mab\u001b[22m cd', 5)).toEqual(['\u001b[1mab\u001b[22m cd']);
  expect(foldLine('漢字 漢字', 6)).toEqual(['漢字', '   漢字']);
});

it('paints each line on its own: what is painted over a break is switched off at the end, and on again after it', () => {
  const [faint, bold, off] = ['\u001b[2m', '\u001b[1m', '\u001b[22m'];
  expect(foldLine(`${faint}one two three${off} four`, 9)).toEqual([
    `${faint}one two${off}`,
    `${faint}    three${off}`,
    '    four',
  ]);
  expect(foldLine(`${bold}\u001b[31mone two\u001b[39m${off}`, 5)).toEqual([
    `${bold}\u001b[31mone\u001b[39m${off}`,
    `${bold}\u001b[31m  two\u001b[39m${off}`,
  ]);
});
