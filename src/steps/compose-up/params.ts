import Type, { type Static } from 'typebox';
import { absolutePath, duration } from '../lib/schema.ts';

const name = Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]*$' });

/** The schema of the params of `compose.up`. */
export const schema = Type.Object(
  {
    directory: absolutePath("The project's folder: relative paths start here, and `.env` is read here."),
    file: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The compose file, relative to the folder. Default: `compose.yaml` or `docker-compose.yml`, with its override file where there is one.',
      }),
    ),
    project: Type.Optional(
      Type.String({ pattern: '^[a-z0-9][a-z0-9_-]*$', description: "The project's name. Default: the folder's name." }),
    ),
    services: Type.Optional(
      Type.Array(name, { minItems: 1, description: 'Only these services, with what they depend on. Default: all.' }),
    ),
    wait: Type.Optional(
      duration('How long services may take until they run and are healthy. Default: `2m`. Pulling and building are not counted.'),
    ),
    one_shot: Type.Optional(
      Type.Array(name, {
        description:
          'Services that must end with exit code 0. A service without restart policy, health check and ports may do so unlisted; one that is stopped by hand and ends with 0 is then not noticed.',
      }),
    ),
    pull: Type.Optional(
      Type.Union([Type.Literal('missing'), Type.Literal('never'), Type.Literal('always')], {
        description: 'Which images to pull when something has to be brought up. Default: `missing`.',
      }),
    ),
    build: Type.Optional(Type.Boolean({ description: 'Build images anew when something has to be brought up. Default: false.' })),
    recreate: Type.Optional(
      Type.Union([Type.Literal('all'), Type.Literal('changed')], {
        description:
          'What is made anew when a step in `after` has changed something: `all` (default), or only the services in which compose finds a difference itself, as it does in the compose file, `.env` and images. It can not see into files that are mounted.',
      }),
    ),
    remove_orphans: Type.Optional(
      Type.Boolean({ description: 'Remove containers of services that the compose file no longer has. Default: false.' }),
    ),
  },
  { additionalProperties: false },
);

/** The params of `compose.up`. */
export type ComposeUpParams = Static<typeof schema>;
