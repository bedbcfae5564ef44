import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import type { ApplyContext, Change, StepType } from '../../model/step.ts';
import { type ComposeFlavour, composeRun, detectCompose } from '../lib/compose-cli.ts';
import { findComposeFiles, PROJECT_LABEL, type ProjectFiles, projectName, refuseForeignProject } from '../lib/compose-files.ts';
import { runStreamed, type Streamed } from '../lib/run-streamed.ts';
import { absolutePath } from '../lib/schema.ts';

const schema = Type.Object(
  {
    directory: absolutePath("The project's folder."),
    file: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The compose file, relative to the folder. Default: `compose.yaml` or `docker-compose.yml`, whichever is there.',
      }),
    ),
    project: Type.Optional(
      Type.String({ pattern: '^[a-z0-9][a-z0-9_-]*$', description: "The project's name. Default: the folder's name." }),
    ),
    volumes: Type.Optional(
      Type.Boolean({ description: "Remove the project's volumes too, with all data in them. Default: false." }),
    ),
    images: Type.Optional(
      Type.Union([Type.Literal('none'), Type.Literal('local')], {
        description:
          '`local`: along with the containers, remove images that were built without a name of their own. Default: `none`.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** One look at what is left of a project. */
export interface ComposeDownState {
  readonly project: string;
  /** Names. */
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** A compose project is gone: its containers and networks, and its volumes if asked. */
export const composeDown: StepType<Params, ComposeDownState> = {
  name: 'compose.down',
  summary: 'A compose project has no containers and networks any more, and no volumes if so asked.',
  schema,
  needs: () => [],
  whenInDoubt: () => 'read-again',
  async read(params, { docker, host }) {
    const project = projectName(params);
    const [containers, networks, volumes] = await Promise.all([
      docker.containers({ project }),
      docker.networks(),
      docker.volumes({ project }),
    ]);
    await refuseForeignProject(host, params.directory, project, containers);
    return {
      project,
      containers: containers.map(({ name }) => name).sort(),
      networks: networks.filter(({ labels }) => labels[PROJECT_LABEL] === project).map(({ name }) => name),
      volumes: [...volumes].sort(),
    };
  },
  diff(params, { project, containers, networks, volumes }) {
    const up = containers.length > 0 || networks.length > 0;
    return [
      ...(up ? [{ action: 'delete', target: `project ${project}` } satisfies Change] : []),
      ...(params.volumes === true ? volumes.map((name): Change => ({ action: 'delete', target: `volume ${name}` })) : []),
    ];
  },
  notes: (params, { volumes }) =>
    params.volumes === true || volumes.length === 0 ? [] : [`kept: the volumes ${volumes.join(', ')}`],
  async apply(params, _, ctx) {
    ctx.signal.throwIfAborted();
    const files = await findComposeFiles(ctx.host, params);
    const flavour = files === undefined ? undefined : await detectCompose(ctx.host, ctx.signal);
    if (files !== undefined && flavour !== undefined) await composeDownBy(ctx, flavour, files, params);
    const left = await composeDown.read(params, ctx);
    await sweep(ctx, params, left);
    return undefined;
  },
};

/** Stops in the order that the file wants. Where compose does not accept the file, the sweep does the work. */
async function composeDownBy(ctx: ApplyContext, flavour: ComposeFlavour, files: ProjectFiles, params: Params): Promise<void> {
  const args = [
    'down',
    '--remove-orphans',
    ...(params.volumes === true ? ['--volumes'] : []),
    ...(params.images === 'local' ? ['--rmi', 'local'] : []),
  ];
  const command = composeRun(flavour, files, args);
  ctx.output(`$ ${command.argv.join(' ')}`);
  const { code } = await runStreamed(ctx, command);
  if (code !== 0) ctx.output('compose could not take the project down; what is left is removed by its label.');
}

/**
 * Removes what carries the project's label: all of it where the compose file is gone or broken, else what `down`
 * leaves (containers of services in a profile, volumes that the file no longer names).
 */
async function sweep(ctx: ApplyContext, params: Params, left: ComposeDownState): Promise<void> {
  if (left.containers.length > 0) {
    await docker(ctx, ['stop', ...left.containers]);
    await docker(ctx, ['rm', '--force', ...left.containers]);
  }
  if (left.networks.length > 0) await docker(ctx, ['network', 'rm', ...left.networks]);
  if (params.volumes === true && left.volumes.length > 0) await docker(ctx, ['volume', 'rm', ...left.volumes]);
}

async function docker(ctx: ApplyContext, args: readonly string[]): Promise<Streamed> {
  const argv = ['docker', ...args];
  ctx.output(`$ ${argv.join(' ')}`);
  const ran = await runStreamed(ctx, { argv });
  if (ran.code === 0 || args[0] === 'stop') return ran;
  const used = /has active endpoints|volume is in use/.test(ran.stderr);
  throw fail('compose.down-failed', `Docker could not remove all of the project: ${ran.tail.at(-1) ?? 'it said nothing'}`, {
    fault: used ? 'operator' : 'environment',
    hints: [
      used
        ? 'A container of another project uses it: stop that one first, then try again.'
        : 'Read the last lines that Docker printed, then try again.',
    ],
    retryable: true,
    evidence: { argv, tail: ran.tail, ...(ran.code === null ? {} : { exit: ran.code }) },
  });
}
