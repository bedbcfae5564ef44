import { fail } from '../../model/failure.ts';

/** A text as lines without their ends; a line end at the text's end begins no further line. */
export function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/**
 * The text with `count` lines from line `at` (counted from 0) taken out and others put in their place. All other
 * lines keep their own ends; what is put in gets `eol`. A last line without an end gets one only if lines follow it.
 */
export function spliceLines(text: string, at: number, count: number, lines: readonly string[], eol: string): string {
  const pieces = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const before = pieces.slice(0, at).join('');
  const after = pieces.slice(at + count).join('');
  const unended = !/\n$/.test(text) && text !== '' && at + count >= pieces.length;
  const gap = before !== '' && !before.endsWith('\n') && lines.length > 0 ? eol : '';
  const fresh = lines.map((line) => `${line}${eol}`).join('');
  // A last line that had no end, replaced: its successor has none either.
  const kept = unended && count > 0 && lines.length > 0 ? fresh.slice(0, -eol.length) : fresh;
  return before + gap + kept + after;
}

/** A regular expression of a recipe. Throws `<code>` where it isn't one. */
export function patternOf(source: string, code: string): RegExp {
  try {
    return new RegExp(source);
  } catch (cause) {
    throw fail(code, `${JSON.stringify(source)} is no regular expression: ${cause instanceof Error ? cause.message : ''}`, {
      hints: ['Correct it in the recipe; characters that mean themselves need a backslash: `\\.`, `\\[`, `\\$`.'],
      cause,
    });
  }
}

/**
 * Before which line something new goes: after the last line that matches `after`, else before the last that matches
 * `before`, else at the end.
 */
export function placeFor(lines: readonly string[], after: RegExp | undefined, before: RegExp | undefined): number {
  const afterAt = after === undefined ? -1 : lines.findLastIndex((line) => after.test(line));
  if (afterAt !== -1) return afterAt + 1;
  const beforeAt = before === undefined ? -1 : lines.findLastIndex((line) => before.test(line));
  return beforeAt === -1 ? lines.length : beforeAt;
}
