import type { LogLine } from '../../model/ports.ts';

/** What named groups of a pattern matched; null for a group that took no part. */
export type Captures = Readonly<Record<string, string | null>>;

/** Something wanted that a log says. */
export interface Match {
  /** When its (last) line was printed (ISO 8601). */
  readonly at: string;
  /** Which of the things that are wanted it is. */
  readonly name: string;
  readonly captures: Captures;
}

/** Reads the lines of a log, oldest first, without escape sequences, and says what they tell. One reader for one way through. */
export interface LineReader {
  /** The matches that this line completes. */
  take(line: LogLine): readonly Match[];
  /**
   * Since a line at which nothing was begun: what is told from there on needs no line before it. From the first on, where
   * each line tells all by itself.
   */
  readonly sure: boolean;
  /** The time of the last such line (ISO 8601). */
  readonly rest: string | undefined;
  /** Lines belonged together, and nothing told which to which: they count for nothing. */
  readonly unclear: boolean;
}

/** A regular expression of a recipe, by its name. */
export interface NamedPattern {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Each pattern is looked for by itself, in each line. */
export function readEach(patterns: readonly NamedPattern[]): LineReader {
  let rest: string | undefined;
  return {
    sure: true,
    unclear: false,
    get rest() {
      return rest;
    },
    take({ at, text }) {
      rest = at;
      const matches: Match[] = [];
      for (const { name, pattern } of patterns) {
        const match = pattern.exec(text);
        if (match !== null) matches.push({ at, name, captures: capturesOf(match) });
      }
      return matches;
    },
  };
}

function capturesOf({ groups = {} }: RegExpExecArray): Captures {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, value ?? null]));
}

/** The named groups of a regular expression, each once. */
export function groupNames(pattern: string): readonly string[] {
  return [...new Set([...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map((match) => match[1] ?? ''))];
}
