import { stripEscapes } from '../../../model/untrusted-text.ts';

/** The lines, by their number from 0, that have a text in them, whatever its case; none for an empty text. Paint counts for nothing. */
export function linesWith(lines: readonly string[], text: string): readonly number[] {
  if (text === '') return [];
  const wanted = text.toLowerCase();
  return lines.flatMap((line, at) => (stripEscapes(line).toLowerCase().includes(wanted) ? [at] : []));
}

/** Of these lines the first one at or after a line, or the last one at or before it; from the other end where there is none. */
export function nextLine(found: readonly number[], from: number, backwards = false): number | undefined {
  if (backwards) return found.findLast((line) => line <= from) ?? found.at(-1);
  return found.find((line) => line >= from) ?? found[0];
}
