import { fail } from '../../model/failure.ts';
import { sanitize } from '../../model/untrusted-text.ts';

/** Output name → a regular expression with one group, as recipes write it. */
export type CapturePatterns = Readonly<Record<string, string>>;

/** What the patterns found, and the names of those that found nothing. */
export interface Captured {
  readonly values: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
}

/**
 * Compiles a pattern of a recipe; `^` and `$` match at lines. Throws `params.bad-pattern`, naming the param, for
 * one that is no regular expression.
 */
export function compilePattern(pattern: string, param: string): RegExp {
  try {
    return new RegExp(pattern, 'm');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw fail('params.bad-pattern', `\`${param}\` is not a regular expression: ${why}`, {
      hints: [`Correct \`${param}\` in the recipe; patterns are JavaScript's.`],
      cause,
    });
  }
}

/**
 * Reads named values out of what a program printed: the first group of the first match, or the whole match where
 * the pattern has no group. Escape sequences and carriage returns are taken out before.
 */
export function captureAll(patterns: CapturePatterns, printed: string): Captured {
  const text = sanitize(printed, true);
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, pattern] of Object.entries(patterns)) {
    const match = compilePattern(pattern, `output.${name}`).exec(text);
    const value = match?.[1] ?? match?.[0];
    if (value === undefined) missing.push(name);
    else values[name] = value;
  }
  return { values, missing };
}
