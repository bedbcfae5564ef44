import type { Problem } from '../model/recipe.ts';

/** One line for `fairlead lint`: `recipes/ente/recipe.yaml:3:5: found `titel`; expected one of … [recipe.unknown-key]`. */
export function problemText({ code, at, found, expected }: Problem): string {
  const line = `${at.file}:${at.line}:${at.column}: found ${found}; expected ${expected} [${code}]`;
  return line.replaceAll(/\s*\n\s*/g, ' ');
}
