import Type, { type Static } from 'typebox';
import type { Image } from '../../model/ports.ts';
import type { ApplyContext, Change, ReadContext, StepType } from '../../model/step.ts';
import { absolutePath, ensure } from '../lib/schema.ts';
import { buildImage, CONTEXT_LABEL } from './build-image.ts';
import { contextDigest, noBuildContext } from './context-digest.ts';

const build = Type.Object(
  {
    context: absolutePath('The folder on the host that it is built from; earlier steps fill it.'),
    dockerfile: Type.Optional(
      Type.String({ pattern: '^(?!/)(?!.*(^|/)\\.\\.(/|$)).+$', description: 'Relative to the context. Default: Dockerfile.' }),
    ),
    args: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String(), {
        description: "Build arguments. Never a secret: they stay readable in the image's history.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Build it on this host, and again when anything in the context changed. A `.git` at its top is not looked at.',
  },
);

const schema = Type.Object(
  {
    name: Type.String({ pattern: '^[^-\\s]\\S*$', description: 'Its reference: name and tag, as in `redis:7.2`.' }),
    pull: Type.Optional(
      Type.Union([Type.Literal('missing'), Type.Literal('always')], {
        description:
          '`missing` (default): pulled where it is not there; `always`: pulled once in any case, and again when a step named in `after` changed something.',
      }),
    ),
    build: Type.Optional(build),
    ensure: ensure('the image'),
  },
  { additionalProperties: false, not: { type: 'object', properties: { pull: true, build: true }, required: ['pull', 'build'] } },
);

type Params = Static<typeof schema>;

/** What one look found. */
interface State {
  readonly image?: Image;
  readonly made: boolean;
  /** Of what it is to be built from; undefined where that isn't there. */
  readonly digest?: string;
}

/** An image of the Docker Engine, pulled or built. */
export const dockerImage: StepType<Params, State> = {
  name: 'docker.image',
  summary: 'A Docker image is there: pulled from its registry, or built on this host.',
  schema,
  outputs: { id: "The image's id, as in `sha256:…`." },
  removal: { targets: ({ name }) => [name] },
  needs: () => [],
  actsOnce: ({ pull, ensure }) => pull === 'always' && ensure !== 'absent',
  whenInDoubt: () => 'read-again',
  read,
  diff,
  notes: ({ name, ensure }, { image, made }) =>
    ensure === 'absent' && image !== undefined && !made ? [`${name} kept: was here before`] : [],
  outputsOf: (_, { image }) => (image === undefined ? {} : { id: image.id }),
  apply,
};

async function read(params: Params, ctx: ReadContext): Promise<State> {
  const image = await ctx.docker.image(params.name);
  const wanted = params.build !== undefined && params.ensure !== 'absent' ? params.build : undefined;
  const digest = wanted === undefined ? undefined : await contextDigest(ctx.host, wanted);
  return {
    made: ctx.made(params.name),
    ...(image === undefined ? {} : { image }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function diff(params: Params, { image, made, digest }: State): readonly Change[] {
  const target = params.name;
  if (params.ensure === 'absent') return image !== undefined && made ? [{ action: 'delete', target }] : [];
  if (image === undefined) return [{ action: 'create', target, after: params.build === undefined ? 'pulled' : 'built' }];
  if (params.build === undefined)
    return params.pull === 'always' ? [{ action: 'run', target, property: 'pull', after: 'pulled anew' }] : [];
  return digest !== undefined && image.labels[CONTEXT_LABEL] === digest
    ? []
    : [{ action: 'update', target, property: 'build', after: 'built anew' }];
}

async function apply(
  params: Params,
  _: readonly Change[],
  ctx: ApplyContext,
  { digest }: State,
): Promise<{ id: string } | undefined> {
  ctx.signal.throwIfAborted();
  if (params.ensure === 'absent') {
    await remove(params.name, ctx);
    return undefined;
  }
  if (params.build === undefined) {
    await ctx.docker.pull(params.name, {
      signal: ctx.signal,
      onProgress: ({ text, done, of }) => ctx.progress(`Pulling ${params.name}: ${text}`, done, of),
    });
  } else {
    if (digest === undefined) throw noBuildContext(params.name, params.build);
    await buildImage(ctx, params.name, params.build, digest);
  }
  const image = await ctx.docker.image(params.name);
  return image === undefined ? undefined : { id: image.id };
}

/** Images of one content that are removed at once get in each other's way in the engine: what counts is whether ours is gone. */
async function remove(name: string, { docker }: ApplyContext): Promise<void> {
  try {
    await docker.removeImage(name);
  } catch (error) {
    if ((await docker.image(name)) !== undefined) throw error;
  }
}
