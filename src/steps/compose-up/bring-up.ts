import { EVIDENCE_LINES, type FairleadError, fail, failureOf } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { type ComposeFlavour, composeRun } from '../lib/compose-cli.ts';
import { upFailure } from '../lib/compose-failures.ts';
import type { ProjectFiles } from '../lib/compose-files.ts';
import { rideOut } from '../lib/ride-out.ts';
import { runStreamed } from '../lib/run-streamed.ts';
import { waitUntil } from '../lib/wait-until.ts';
import type { ComposeUpParams } from './params.ts';
import type { SeenService } from './seen.ts';
import { type Watch, watchProject } from './settle.ts';

/** What has to come up, and how. */
export interface BringUp {
  readonly flavour: ComposeFlavour;
  readonly files: ProjectFiles;
  readonly params: ComposeUpParams;
  /** Milliseconds until all has to stand, counted from the end of `compose up`. */
  readonly limit: number;
  readonly services: readonly SeenService[];
}

/**
 * Runs `compose up -d` and waits until every service stands. Throws with the failing container's log as evidence;
 * containers are left in place.
 */
export async function bringUp(ctx: ApplyContext, wanted: BringUp): Promise<void> {
  const { flavour, files, params, services } = wanted;
  const only = params.services ?? [];
  const pull = params.pull ?? 'missing';
  const up = composeRun(flavour, files, [
    'up',
    '-d',
    ...(ctx.due.length > 0 && params.recreate !== 'changed' ? ['--force-recreate'] : []),
    ...(flavour.major === 2 ? ['--pull', pull] : []),
    ...(params.build === true ? ['--build'] : []),
    ...(params.remove_orphans === true ? ['--remove-orphans'] : []),
    ...only,
  ]);
  const before = services.flatMap(({ containers }) => containers);
  const expected = services.map(({ wanted: { name, scale }, oneShot }) => ({ name, scale, oneShot }));
  const watch = watchProject(ctx.docker, files.project, expected, before, up.argv, ctx.signal);

  if (flavour.major === 1) await pullAsVersion1(ctx, wanted, pull);
  await rouse(ctx, wanted);
  await runUp(ctx, up, watch).catch(async (error: unknown) => {
    if (failureOf(error).code !== 'docker.unreachable') throw error;
    // The engine was restarted in the middle of it. What is up already stays, so it can just be done again.
    await rideOut(ctx, () => ctx.docker.containers({ project: files.project }));
    await runUp(ctx, up, watch);
  });
  await watch.settle(wanted.limit, (text) => ctx.progress(text));
}

/** Version 1 has no `--pull`: it pulls what is missing, on its own. */
async function pullAsVersion1(ctx: ApplyContext, { flavour, files, params, services }: BringUp, pull: string): Promise<void> {
  if (pull === 'always') await act(ctx, composeRun(flavour, files, ['pull', ...(params.services ?? [])]));
  if (pull !== 'never') return;
  for (const { wanted } of services) {
    if (wanted.image === undefined || (await ctx.docker.image(wanted.image)) !== undefined) continue;
    throw fail('docker.image-not-found', `Docker has no image ${wanted.image}, and this step does not pull.`, {
      hints: ['Pull or build it in an earlier step (docker.pull).'],
    });
  }
}

/** `up` lets a paused container be, and one that restarts over and over waits out its pause: both are taken out of it first. */
async function rouse(ctx: ApplyContext, { flavour, files, services }: BringUp): Promise<void> {
  const inState = (state: string): string[] =>
    services
      .filter(({ containers }) => containers.some((container) => container.state === state))
      .map(({ wanted }) => wanted.name);
  const paused = inState('paused');
  const restarting = inState('restarting');
  if (paused.length > 0) await act(ctx, composeRun(flavour, files, ['unpause', ...paused]));
  if (restarting.length > 0) await act(ctx, composeRun(flavour, files, ['stop', ...restarting]));
}

/** Runs `up`, and ends it early where a container restarts over and over: `up` itself would wait for its health for ever. */
async function runUp(ctx: ApplyContext, command: ReturnType<typeof composeRun>, watch: Watch): Promise<void> {
  const ended = new AbortController();
  const cut = new AbortController();
  let loop: FairleadError | undefined;
  const watching = waitUntil(
    async () => {
      loop = await watch.loop();
      return loop === undefined ? undefined : true;
    },
    { limit: Number.MAX_SAFE_INTEGER, every: 1000, signal: AbortSignal.any([ctx.signal, ended.signal]) },
  ).then(
    () => cut.abort(),
    () => undefined,
  );
  try {
    await act({ ...ctx, signal: AbortSignal.any([ctx.signal, cut.signal]) }, command);
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw loop ?? (waitedInVain(error) ? await watch.blame() : undefined) ?? error;
  } finally {
    ended.abort();
    await watching;
  }
}

/** Did compose give up because of a container that another one depends on? */
function waitedInVain(error: unknown): boolean {
  const { code, evidence } = failureOf(error);
  const said = evidence?.tail.join('\n') ?? '';
  return code === 'compose.up-failed' && /unhealthy|dependency failed|complete successfully|exited \(\d+\)/.test(said);
}

async function act(ctx: ApplyContext, command: ReturnType<typeof composeRun>): Promise<void> {
  ctx.output(`$ ${command.argv.join(' ')}`);
  const ran = await runStreamed(ctx, command);
  if (ran.code === 0) return;
  const tail = ran.tail.slice(-EVIDENCE_LINES);
  const evidence = { argv: command.argv, tail, ...(ran.code === null ? {} : { exit: ran.code }) };
  throw await upFailure(ctx.host, ctx.signal, `${ran.stdout}\n${ran.stderr}`, evidence);
}
