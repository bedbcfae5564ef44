import { SecretText } from './secrets.ts';

/**
 * Words of our own in a step type's JSON Schema. `fairlead: 'text'` is a string that may hold secrets;
 * `fairlead: 'template'` names a file in the recipe's `files/` folder, and the step gets that file's text with
 * its expressions filled in; `fairlead: 'recipe-file'` names a file or folder of the recipe, and the step gets
 * where it lies and its digest.
 */
export type FairleadKeyword = 'text' | 'template' | 'recipe-file';

/** The keyword as ajv takes it: `ajv.addKeyword(paramsKeyword)`. It judges params that are already evaluated. */
export const paramsKeyword = {
  keyword: 'fairlead',
  schemaType: 'string' as const,
  validate: (kind: FairleadKeyword, data: unknown): boolean => {
    if (kind === 'recipe-file') return typeof data === 'object' && data !== null && 'recipeFile' in data;
    return typeof data === 'string' || data instanceof SecretText;
  },
  error: {
    message: ({ schema }: { readonly schema?: unknown }): string =>
      schema === 'recipe-file' ? 'must be a file of the recipe' : 'must be a string',
  },
};
