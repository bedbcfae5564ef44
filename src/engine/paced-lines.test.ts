import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPacedLines } from './paced-lines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function paced() {
  const shown: string[] = [];
  const lines = createPacedLines(
    (text) => shown.push(text),
    () => Date.now(),
  );
  return { shown, lines };
}

it('shows every line of what comes at a readable pace, at once and in order', () => {
  const { shown, lines } = paced();
  for (let count = 0; count < 2000; count++) {
    lines.line(`${count}`);
    expect(shown.at(-1)).toBe(`${count}`);
    vi.advanceTimersByTime(1);
  }
  expect(shown).toHaveLength(2000);
});

it('of more it shows the first and the newest, and says how many lines lie between them', () => {
  const { shown, lines } = paced();
  for (let count = 0; count < 10_000; count++) lines.line(`${count}`);
  expect(shown).toHaveLength(500);
  vi.advanceTimersByTime(250);
  expect(shown).toHaveLength(541);
  expect(shown[500]).toBe('[... 9460 lines are not shown here; see the file of this output ...]');
  expect(shown.slice(501)).toEqual(Array.from({ length: 40 }, (_, index) => `${9960 + index}`));
  lines.settle();
  expect(shown).toHaveLength(541);
});

it('shows at most some thousand lines a second, however long it lasts', () => {
  const { shown, lines } = paced();
  for (let ms = 0; ms < 10_000; ms++) {
    for (let count = 0; count < 100; count++) lines.line('x');
    vi.advanceTimersByTime(1);
  }
  expect(shown.length).toBeLessThan(25_000);
});
