import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterWriting, type LeftModes, undo } from './left-modes.ts';
import { MOUSE_OFF, MOUSE_ON } from './mouse.ts';

const NONE: LeftModes = new Set();
const after = (...written: readonly string[]): LeftModes => written.reduce(afterWriting, NONE);

it('a terminal that was left as it was found gets nothing more', () => {
  expect(
    undo(after('hello \u001b[31mred\u001b[0m', '\u001b[?1049h\u001b[?25l', MOUSE_ON, MOUSE_OFF, '\u001b[?25h\u001b[?1049l')),
  ).toBe('');
});

it('what was set and not taken back is taken back, the cursor last', () => {
  expect(undo(after('\u001b[?1049h', '\u001b[?25l', MOUSE_ON, '\u001b[?2004h'))).toBe(
    '\u001b[0m\u001b[?1006l\u001b[?1000l\u001b[?2004l\u001b[?1049l\u001b[?25h',
  );
  expect(undo(after('\u001b[?1000;1006h'))).toBe('\u001b[0m\u001b[?1006l\u001b[?1000l');
});

it('modes that are nobody’s business stay as they are', () => {
  expect(undo(after('\u001b[?7l\u001b[?1004$p\u001b[4h'))).toBe('');
});

it('putting a terminal back leaves nothing to put back, whatever was written', () => {
  const sequence = fc
    .tuple(fc.constantFrom('1049', '25', '2004', '1000', '1006', '2026', '7', '1'), fc.constantFrom('h', 'l'))
    .map(([mode, letter]) => `x\u001b[?${mode}${letter}`);
  fc.assert(
    fc.property(fc.array(sequence), (written) => {
      const left = after(...written);
      expect(undo(afterWriting(left, undo(left)))).toBe('');
    }),
  );
});
