import { expect, it } from 'vitest';
import type { Frame } from './docker-frames.ts';
import { logLines } from './docker-logs.ts';

const at = '2026-11-22T20:00:00.000000001Z';

async function* frames(...texts: readonly string[]): AsyncIterable<Frame> {
  for (const text of texts) yield { from: 'out', data: Buffer.from(`${at} ${text}`) };
}

it('of a line that is too long its beginning is given, and the sign of a cut: never its end behind that', async () => {
  const piece = 'x'.repeat(16_384);
  const long = [...Array.from({ length: 70 }, () => piece), 'the end\n', 'next\n'];
  const lines: string[] = [];
  for await (const { text } of logLines(frames(...long), false)) lines.push(text);
  expect(lines.map((line) => line.replace(/x+/, 'x'))).toEqual(['x…', 'next']);
  expect(lines[0]?.length).toBeGreaterThan(1024 * 1024);
});
