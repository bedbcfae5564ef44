import type { Style } from '../../lib/style.ts';
import { hasText } from './output-line.ts';
import type { OutputSource } from './output-source.ts';

/** The number of the nearest line that has the text, from `from` (it included) on; undefined where none has. Stops at the first. */
export function findLine(
  source: OutputSource,
  wanted: string,
  from: number,
  way: 'up' | 'down',
  style: Style,
): number | undefined {
  const step = way === 'up' ? -1 : 1;
  const start = way === 'up' ? Math.min(from, source.count - 1) : Math.max(from, source.first);
  for (let number = start; number >= source.first && number < source.count; number += step) {
    const line = source.line(number);
    if (line !== undefined && hasText(line, wanted, style)) return number;
  }
  return undefined;
}
