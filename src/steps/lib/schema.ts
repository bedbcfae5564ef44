import Type from 'typebox';
import { DURATION_PATTERN } from '../../model/duration.ts';
import type { RecipeFile } from '../../model/recipe.ts';
import type { Text } from '../../model/secrets.ts';

/** A string that may hold secrets. */
export function text(description: string) {
  return Type.Unsafe<Text>({ fairlead: 'text', description });
}

/** A file in the recipe's `files/` folder, filled in. */
export function template(description: string) {
  return Type.Unsafe<Text>({ fairlead: 'template', description });
}

/** A file or folder of the recipe, by its path within the recipe's folder. */
export function recipeFile(description: string) {
  return Type.Unsafe<RecipeFile>({ fairlead: 'recipe-file', description });
}

/** A duration such as `30s` or `1h30m`; give its default in the description and apply it in the step. */
export function duration(description: string) {
  return Type.String({ pattern: DURATION_PATTERN, description });
}

/** An absolute path on the host, without `..`. */
export function absolutePath(description: string) {
  return Type.String({ pattern: '^(?!.*/\\.\\.(/|$))/.*$', description });
}

/** An octal mode in quotes, as in `'0750'`: YAML would read a bare one as a number. */
export function fileMode(description: string) {
  return Type.String({ pattern: '^[0-7]{3,4}$', description });
}

/** Wanted there, or wanted gone. */
export function ensure(what: string) {
  return Type.Optional(
    Type.Union([Type.Literal('present'), Type.Literal('absent')], {
      description: `\`present\` (default), or \`absent\`: ${what} is removed if fairlead made it, and kept otherwise.`,
    }),
  );
}
