import Type, { type Static } from 'typebox';
import { ownerParam } from '../lib/owners.ts';
import { absolutePath, ensure, fileMode, template, text } from '../lib/schema.ts';

/** Schema of `host.file`. */
export const fileSchema = Type.Object(
  {
    path: absolutePath('The file. Its folder must exist. A link in its place is replaced.'),
    content: Type.Optional(text('What stands in it. Give this or `template`.')),
    template: Type.Optional(template('A file in the recipe whose text, filled in, stands in it. Give this or `content`.')),
    decode: Type.Optional(
      Type.Literal('base64', {
        description:
          '`base64`: the content is base64, and the bytes that it stands for are written; white space in it does not count. For files that are no text, such as a `pkcs12`.',
      }),
    ),
    owner: Type.Optional(
      ownerParam(
        'Who owns it: `user`, `user:group`, `:group`, or numbers as in `991:991`. Default: whoever owns a file that is there; us for a new one.',
      ),
    ),
    mode: Type.Optional(
      fileMode(
        "Permission bits, as in `'0640'`. Default: `'0644'` for a new file, `'0600'` for any that holds a secret; one that is there keeps its own.",
      ),
    ),
    backup: Type.Optional(
      Type.Boolean({ description: "Keep a copy of a file that is replaced, encrypted, in the run's record. Default: true." }),
    ),
    ensure: ensure('the file'),
  },
  { additionalProperties: false },
);

/** Params of `host.file`. */
export type FileParams = Static<typeof fileSchema>;
