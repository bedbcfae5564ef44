import Type, { type Static } from 'typebox';
import { ownerParam } from '../lib/owners.ts';
import { absolutePath, ensure, fileMode } from '../lib/schema.ts';

/** Schema of `host.directory`. */
export const directorySchema = Type.Object(
  {
    path: Type.Optional(absolutePath('The folder. Give this or `paths`.')),
    paths: Type.Optional(
      Type.Array(absolutePath('A folder.'), {
        minItems: 1,
        uniqueItems: true,
        description: 'Several folders, alike in owner and mode.',
      }),
    ),
    owner: Type.Optional(
      ownerParam(
        'Who owns them: `user`, `user:group`, `:group`, or numbers as in `991:991`. Default: whoever owns a folder that is there; us for a new one.',
      ),
    ),
    mode: Type.Optional(
      fileMode("Permission bits, as in `'0750'`. Default: `'0755'` for a new folder; one that is there keeps its own."),
    ),
    recursive: Type.Optional(
      Type.Boolean({ description: 'Give everything below to the owner, too. Links are not followed. Default: false.' }),
    ),
    contents: Type.Optional(
      Type.Literal('delete', {
        description: 'With `ensure: absent`: remove the folders with all that is in them. Give the step a `danger`.',
      }),
    ),
    ensure: ensure('each folder (when it is empty)'),
  },
  { additionalProperties: false },
);

/** Params of `host.directory`. */
export type DirectoryParams = Static<typeof directorySchema>;
