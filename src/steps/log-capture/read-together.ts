import type { LineReader, Match, NamedPattern } from './line-reader.ts';

/** The groups that one line, or some of them together, give so far. */
interface Part {
  /** Of its (last) line, counted from the first that was read. */
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
  /** It has neighbours that it could be taken for: nothing tells what belongs to it. */
  crowded: boolean;
}

/** The name of what `readTogether` finds. */
export const TOGETHER = 'together';

/**
 * What one thing says may stand in several lines, at most `within` lines apart and in either order: here a token, there
 * whom it is for. A match has all groups that any of the patterns names; a line with all of them is one by itself. Lines that
 * could as well belong to others are not guessed at.
 */
export function readTogether(patterns: readonly NamedPattern[], groups: readonly string[], within: number): LineReader {
  let next = 0;
  let lastPart = -1;
  let parts: Part[] = [];
  let sure = false;
  let unclear = false;
  let rest: string | undefined;
  const isWhole = (values: Part['values']): boolean => groups.every((name) => values[name] !== undefined);

  function take({ at, text }: { readonly at: string; readonly text: string }): readonly Match[] {
    const line = next++;
    parts = parts.filter((part) => line - part.line <= within);
    const values = valuesIn(text, patterns);
    if (Object.keys(values).length === 0) {
      // Whatever stood before, it is too far from all that follows.
      if (line - lastPart >= within) [sure, rest] = [true, at];
      return [];
    }
    lastPart = line;
    const whole = isWhole(values) ? values : join(line, values);
    if (whole === undefined) return [];
    // What stands beside it and says the same is another way to say it.
    parts = parts.filter((part) => !agree(part.values, whole));
    return [{ at, name: TOGETHER, captures: whole }];
  }

  /** Puts a line's part to the one that it belongs to; undefined until all is there. */
  function join(line: number, values: Part['values']): Part['values'] | undefined {
    const rivals = parts.filter((part) => !agree(part.values, values));
    const partners = parts.filter((part) => agree(part.values, values));
    const mine: Part = { line, values, crowded: rivals.length > 0 };
    for (const rival of rivals) rival.crowded = true;
    const [partner] = partners;
    if (partner === undefined) {
      parts.push(mine);
      return undefined;
    }
    if (partners.length > 1 || partner.crowded || mine.crowded) {
      unclear = true;
      mine.crowded = true;
      parts.push(mine);
      return undefined;
    }
    const joined = { ...partner.values, ...values };
    parts = parts.filter((part) => part !== partner);
    if (isWhole(joined)) return joined;
    parts.push({ line, values: joined, crowded: false });
    return undefined;
  }

  return {
    take,
    get sure() {
      return sure;
    },
    get rest() {
      return rest;
    },
    get unclear() {
      return unclear;
    },
  };
}

/** All that the patterns find in one line; of two that find the same group, the first one counts. */
function valuesIn(text: string, patterns: readonly NamedPattern[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { pattern } of patterns) {
    for (const [name, value] of Object.entries(pattern.exec(text)?.groups ?? {})) {
      if (value !== undefined) values[name] ??= value;
    }
  }
  return values;
}

function agree(one: Part['values'], other: Part['values']): boolean {
  return Object.entries(one).every(([name, value]) => other[name] === undefined || other[name] === value);
}
