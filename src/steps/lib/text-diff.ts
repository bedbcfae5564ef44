import { structuredPatch } from 'diff';
import { foreignLine } from './foreign-text.ts';
import { maskedLines } from './masked-lines.ts';

/** So many lines of a diff are shown. */
const MOST_LINES = 200;

/** Beyond this (in characters, or in lines that differ) no diff is made: it would take long, and nobody reads it. */
const MOST_CHARACTERS = 2 * 1024 * 1024;
const MOST_EDITS = 1000;

/**
 * A unified diff without file header: 3 lines of context, 200 lines at most with a note where it is cut, secrets
 * masked (see `maskedLines`). Line by line, each counted in its own text; '' where the texts are equal. With `foreign` the text
 * before is somebody else's: of its lines that are not wanted only the names are shown.
 */
export function textDiff(before: string, after: string, foreign = false): string {
  if (before === after) return '';
  const patch =
    before.length + after.length > MOST_CHARACTERS
      ? undefined
      : structuredPatch('', '', before, after, undefined, undefined, { context: 3, maxEditLength: MOST_EDITS });
  if (patch === undefined) return `… too much differs to show it: ${lineCount(before)} → ${lineCount(after)} lines`;
  const wanted = new Set(after.split('\n'));
  const found = before.split('\n');
  const old = maskedLines(before).map((line, at) => {
    const raw = found[at] ?? '';
    return foreign && !wanted.has(raw) ? foreignLine(raw) : line;
  });
  const fresh = maskedLines(after);
  const shown = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => {
    let oldAt = oldStart - 1;
    let newAt = newStart - 1;
    return [
      `@@ -${oldLines === 0 ? oldStart - 1 : oldStart},${oldLines} +${newLines === 0 ? newStart - 1 : newStart},${newLines} @@`,
      ...lines.map((line) => {
        if (line.startsWith('-')) return `-${old[oldAt++] ?? ''}`;
        if (line.startsWith('+')) return `+${fresh[newAt++] ?? ''}`;
        // What libdiff adds where a text has no newline at its end.
        if (line.startsWith('\\')) return line;
        newAt++;
        return ` ${old[oldAt++] ?? ''}`;
      }),
    ];
  });
  const more = shown.length - MOST_LINES;
  return (more > 0 ? [...shown.slice(0, MOST_LINES), `… and ${more} more lines`] : shown).join('\n');
}

/** How many lines a text has; a newline at its end begins no further one. */
export function lineCount(text: string): number {
  if (text === '') return 0;
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
