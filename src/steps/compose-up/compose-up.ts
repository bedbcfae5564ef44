import { parseDuration } from '../../model/duration.ts';
import { fail, failureOf } from '../../model/failure.ts';
import type { Change, ReadContext, StepType } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { type ComposeFlavour, detectCompose, noCompose } from '../lib/compose-cli.ts';
import { findComposeFiles, type ProjectFiles, projectName, refuseForeignProject, SERVICE_LABEL } from '../lib/compose-files.ts';
import { rideOut } from '../lib/ride-out.ts';
import { bringUp } from './bring-up.ts';
import { type ComposeUpParams, schema } from './params.ts';
import { compareServices, inPlace, readContainers, type SeenService, standing } from './seen.ts';
import { readWanted, wouldRecreate } from './wanted.ts';

/** One look at a project. */
export interface ComposeUpState {
  readonly project: string;
  /** Absent where the compose file is not there, or (in a plan) can't be read yet. */
  readonly at?: { readonly flavour: ComposeFlavour; readonly files: ProjectFiles };
  /** Does the project have any container? */
  readonly exists: boolean;
  readonly services: readonly SeenService[];
  /** Containers of services that the file no longer has. */
  readonly orphans: readonly string[];
  /** Service → its first container. */
  readonly containers: Readonly<Record<string, string>>;
  readonly due: readonly StepId[];
  /** A crash fell between this step's intent and its outcome. */
  readonly doubted: boolean;
  /** The intent was to bring the whole project into being. */
  readonly begun: boolean;
  readonly notes: readonly string[];
}

/** The services of a compose project run, and are healthy. */
export const composeUp: StepType<ComposeUpParams, ComposeUpState> = {
  name: 'compose.up',
  summary: 'The services of a compose project run, and are healthy where they have a health check.',
  schema,
  looksForItself: true,
  outputs: { project: "The compose project's name.", containers: "Service → its container's name." },
  removal: {
    targets: (params) => [`project ${projectName(params)}`],
    uses: 'compose.down',
    params: ({ directory, file, project }) => ({
      directory,
      ...(file === undefined ? {} : { file }),
      ...(project === undefined ? {} : { project }),
    }),
  },
  needs: () => [],
  whenInDoubt: () => 'read-again',
  read,
  diff,
  outputsOf: (_, { project, containers }) => ({ project, containers }),
  notes: (_, { notes }) => notes,
  async apply(params, _, ctx, state) {
    ctx.signal.throwIfAborted();
    if (state.at === undefined) throw noFile(params);
    const limit = parseDuration(params.wait ?? '2m') as number;
    await bringUp(ctx, { ...state.at, params, limit, services: state.services });
    return undefined;
  },
};

async function read(params: ComposeUpParams, ctx: ReadContext): Promise<ComposeUpState> {
  const project = projectName(params);
  const ask = (): ReturnType<typeof readContainers> => readContainers(ctx.docker, project);
  // A plan takes one look; a run outlasts a restart of the engine, at this first look as at all that follow.
  const found = ctx.forecast ? await ask() : await rideOut(ctx, ask);
  const details = [...found.values()].flat();
  await refuseForeignProject(ctx.host, params.directory, project, details);
  const base = {
    project,
    exists: details.length > 0,
    services: [],
    orphans: [],
    containers: Object.fromEntries([...found].map(([service, [first]]) => [service, first?.name ?? ''])),
    due: ctx.due,
    doubted: ctx.doubted !== undefined,
    begun: ctx.doubted?.some(({ action, target }) => action === 'create' && target === `project ${project}`) === true,
  };
  const files = await findComposeFiles(ctx.host, params);
  if (files === undefined) {
    if (!ctx.forecast) throw noFile(params);
    return { ...base, notes: ['The compose file is not there yet.'] };
  }
  const flavour = await detectCompose(ctx.host, ctx.signal);
  if (flavour === undefined) {
    if (ctx.forecast && !base.exists) return { ...base, notes: [] };
    throw noCompose();
  }
  const { host, docker, signal } = ctx;
  try {
    const wanted = await readWanted(host, flavour, files, params.services, signal);
    const services = await compareServices(docker, wanted, found, params.one_shot ?? [], () =>
      wouldRecreate(host, flavour, files, signal),
    );
    const orphans = details.filter(({ labels }) => !wanted.known.has(labels[SERVICE_LABEL] ?? ''));
    return { ...base, at: { flavour, files }, services, orphans: orphans.map((container) => container.name), notes: [] };
  } catch (error) {
    // An earlier step of the same run may still write what is wrong or missing now.
    const { code, message } = failureOf(error);
    if (!ctx.forecast || !code.startsWith('compose.')) throw error;
    return { ...base, notes: [`As it is now, before the steps above: ${message}`] };
  }
}

function diff(params: ComposeUpParams, state: ComposeUpState): readonly Change[] {
  const target = `project ${state.project}`;
  if (!state.exists) return state.at !== undefined && nothingWanted(state) ? [] : [{ action: 'create', target }];
  if (state.due.length > 0) return [{ action: 'update', target, because: state.due }];
  const services = state.services.flatMap((service) => differenceOf(service, state.doubted));
  // What a crash cut off is still that one thing.
  if (state.begun && services.length > 0) return [{ action: 'create', target }];
  const orphans = params.remove_orphans === true ? state.orphans : [];
  return [...services, ...orphans.map((container): Change => ({ action: 'delete', target: `container ${container}` }))];
}

/** A file whose services are all switched off by profile or `scale: 0` has nothing to bring up. */
function nothingWanted({ services }: ComposeUpState): boolean {
  return services.every(({ wanted }) => wanted.scale === 0);
}

function differenceOf({ wanted, containers, image, current, oneShot }: SeenService, doubted: boolean): readonly Change[] {
  const target = `service ${wanted.name}`;
  const update = (property: string, before?: string, after?: string): readonly Change[] => [
    {
      action: 'update',
      target,
      property,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ];
  if (containers.length === 0) return wanted.scale === 0 ? [] : [{ action: 'create', target }];
  if (image !== undefined) return update('image', image.before, image.after);
  if (!current) return update('configuration');
  if (containers.length !== wanted.scale)
    return update('running', `${containers.length} containers`, `${wanted.scale} containers`);
  const out = containers.find((container) => !inPlace(container, oneShot));
  if (out !== undefined) return update('running', standing(out), oneShot === 'listed' ? 'exited (0)' : 'running');
  // Who has just been restarted is not ill; but what this very step began, it waits for.
  const well = doubted ? ['healthy'] : ['healthy', 'starting'];
  const ill = containers.find(({ state, health }) => state === 'running' && health !== undefined && !well.includes(health));
  return ill === undefined ? [] : update('health', ill.health, 'healthy');
}

function noFile({ directory, file }: ComposeUpParams) {
  return fail('compose.no-file', `There is no ${file ?? 'compose.yaml or docker-compose.yml'} in ${directory}.`, {
    hints: ['Write it in an earlier step (host.file), or put `directory` and `file` of this step right.'],
  });
}
