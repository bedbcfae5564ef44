import { expect, it } from 'vitest';
import { afterProgram, giveBackSequence, type LeftByProgram, untouched } from './left-by-program.ts';

const after = (...pieces: readonly string[]): LeftByProgram => pieces.reduce(afterProgram, untouched);
const AS_FOUND = '\u001b7\u001b[r\u001b8\u001b[0m\u001b(B\u001b>';

it('after nothing but text there is nothing to put right', () => {
  expect(giveBackSequence(after('hello\r\n', 'é漢'))).toBe('');
});

it('colours, other characters and a part that scrolls are put right, whatever else was left', () => {
  expect(giveBackSequence(after('\u001b[31mred'))).toBe(AS_FOUND);
  expect(giveBackSequence(after('\u001b(0lqqk'))).toBe(AS_FOUND);
});

it('an editor that was killed leaves neither its keys nor its screen, in however many pieces it wrote', () => {
  const begin = '\u001b[?1049h\u001b[?1h\u001b[>4;2m\u001b[?1004h\u001b[>1u\u001b[?7l';
  for (const left of [after(begin), after(...begin)]) {
    const back = giveBackSequence(left);
    for (const remedy of ['\u001b[?1049l', '\u001b[?1l', '\u001b[>4m', '\u001b[?1004l', '\u001b[<u', '\u001b[?7h', AS_FOUND]) {
      expect(back).toContain(remedy);
    }
  }
});

it('what the program has put right itself is left alone', () => {
  const own = '\u001b[?1049h\u001b[>4;2m\u001b[?1004h\u001b[>1u\u001b[<u\u001b[?1004l\u001b[>4;m\u001b[>4m\u001b[?1049l';
  expect(giveBackSequence(after(own))).toBe(AS_FOUND);
});

it('what nobody completes is not kept for ever', () => {
  expect(after(`\u001b[${'1'.repeat(100_000)}`).begun.length).toBeLessThan(50);
});
