import { endMeaning } from '../recipe/suggestion.ts';

/** What follows the name of a secret that there isn't, up to the sentence's end. An input's own name means its value in the vault. Pure. */
export function endMeaningSecret(name: string, known: readonly string[]): string {
  const input = `input.${name}`;
  return known.includes(input) ? `; did you mean \`${input}\`?` : endMeaning(name, known);
}
