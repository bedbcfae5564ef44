import { MASK } from '../../model/secrets.ts';

/** Takes what was typed in secret out of what a terminal shows. */
export interface TypedMask {
  /** This was, or will be, typed. */
  add(secret: string): void;
  /**
   * As many lines as they may be shown: a program may echo what is typed, and break it where its line is full. The beginning of a
   * secret at the end of the last line counts as the secret: its rest may be on its way.
   */
  lines(lines: readonly string[]): readonly string[];
}

/** What is shorter stands in too many other words. */
const SHORTEST = 4;

/** One that knows no secret yet. */
export function createTypedMask(known: readonly string[] = []): TypedMask {
  const secrets = new Set(known);
  return {
    add: (secret) => void secrets.add(secret),
    lines(lines) {
      const masked = [...secrets]
        .filter(({ length }) => length >= SHORTEST)
        .sort((a, b) => b.length - a.length)
        .reduce((text, secret) => withoutBeginning(text.replaceAll(broken(secret), maskOf), secret), lines.join('\n'));
      return masked === '' && lines.length === 0 ? [] : masked.split('\n');
    },
  };
}

/** The secret, with a line's end anywhere in it. */
function broken(secret: string): RegExp {
  const characters = [...secret].map((character) => character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&'));
  return new RegExp(characters.join('\\n?'), 'g');
}

/** Lines stay what they are, also empty ones. */
function maskOf(found: string): string {
  return `${MASK}${'\n'.repeat(found.split('\n').length - 1)}`;
}

function withoutBeginning(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= SHORTEST; length--) {
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}${MASK}`;
  }
  return text;
}
