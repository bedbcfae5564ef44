import Type, { type Static } from 'typebox';
import { type FairleadError, fail } from '../../model/failure.ts';
import type { EngineInfo } from '../../model/ports.ts';
import type { ApplyContext, Change, ReadContext, StepType } from '../../model/step.ts';
import { type ComposeFlavour, detectCompose } from '../lib/compose-cli.ts';
import { hasApt, packageStates } from '../lib/dpkg.ts';
import { detectInit, serviceState } from '../lib/init-system.ts';
import { installPackages } from '../lib/install-packages.ts';
import { ensure } from '../lib/schema.ts';
import { addDockerRepository } from './add-docker-repository.ts';
import { ALL_PACKAGES, composePackages, enginePackages, SOURCES_FILE, systemName } from './packages.ts';
import { removeEngine } from './remove-engine.ts';
import { OWN_LOG, startEngine } from './start-engine.ts';

const schema = Type.Object(
  {
    packages: Type.Optional(
      Type.Union([Type.Literal('distribution'), Type.Literal('docker')], {
        description:
          "Where an engine comes from if there is none: the distribution's own packages (default), or Docker's archive at download.docker.com.",
      }),
    ),
    compose: Type.Optional(Type.Boolean({ description: 'Compose must be there too, in any version. Default: true.' })),
    ensure: ensure('each package'),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** What one look found. */
interface State {
  readonly info?: EngineInfo;
  readonly compose?: ComposeFlavour;
  /** Docker's archive has to be made known to apt. */
  readonly repository: boolean;
  /** Packages to install; for `absent`: what is there and was made by fairlead. */
  readonly packages: readonly string[];
  readonly start: boolean;
  readonly notes: readonly string[];
}

/** An engine that answers, whoever installed it: it is left alone. Otherwise one is installed and started. */
export const dockerEngine: StepType<Params, State> = {
  name: 'docker.engine',
  summary: 'A Docker Engine answers, and compose is there.',
  schema,
  provides: 'docker',
  outputs: { version: "The engine's version.", compose: 'How compose is called here, and its version; null without compose.' },
  // Root is needed only where something must be done: `read` asks for it then.
  needs: () => [],
  whenInDoubt: () => 'read-again',
  read: (params, ctx) => (params.ensure === 'absent' ? readForRemoval(ctx) : readForUse(params, ctx)),
  diff,
  notes: (_, { notes }) => notes,
  outputsOf: (_, { info, compose }) =>
    info === undefined
      ? {}
      : { version: info.version, compose: compose === undefined ? null : `${compose.argv.join(' ')} ${compose.version}` },
  apply,
};

async function readForUse(params: Params, ctx: ReadContext): Promise<State> {
  const info = await ctx.docker.info();
  const compose = await detectCompose(ctx.host, ctx.signal);
  const seen = { ...(info === undefined ? {} : { info }), ...(compose === undefined ? {} : { compose }) };
  const wantsCompose = params.compose !== false && compose === undefined;
  const notes = info === undefined ? [] : await startedByHand(ctx);
  const cutOff = await halfInstalled(ctx);
  if (info !== undefined && !wantsCompose && cutOff.length === 0)
    return { ...seen, repository: false, packages: [], start: false, notes };

  const apt = await hasApt(ctx.host);
  const [release, sources, ...daemons] = await ctx.host.files([
    { op: 'read', path: '/etc/os-release' },
    { op: 'stat', path: SOURCES_FILE },
    { op: 'stat', path: '/usr/bin/dockerd' },
    { op: 'stat', path: '/usr/sbin/dockerd' },
    { op: 'stat', path: '/usr/local/bin/dockerd' },
  ]);
  const system = systemName(new TextDecoder().decode(release));
  const install = info === undefined && daemons.every((daemon) => daemon === undefined);
  if (install && !apt.there) throw noEngine(apt.system);
  if (!apt.there && wantsCompose) notes.push(`there is no compose, and ${apt.system} has no apt: install it by hand`);
  const source = params.packages ?? 'distribution';
  const missing = !apt.there
    ? []
    : install
      ? [...(await enginePackages(ctx, source, system, wantsCompose)), ...(await companions(ctx))]
      : wantsCompose
        ? await composePackages(ctx, system)
        : [];
  const packages = [...new Set([...missing, ...cutOff])];
  const start = info === undefined;
  if ((start || packages.length > 0) && ctx.host.uid !== 0) throw rootNeeded(start);
  return { ...seen, repository: install && source === 'docker' && sources === undefined, packages, start, notes };
}

/** Of what a crash cut off, the packages that are not set up: their programs may be there, and work, all the same. */
async function halfInstalled(ctx: ReadContext): Promise<readonly string[]> {
  const names = (ctx.doubted ?? []).flatMap(({ action, target }) =>
    action === 'create' && target !== SOURCES_FILE ? [target] : [],
  );
  if (names.length === 0 || !(await hasApt(ctx.host)).there) return [];
  const states = await packageStates(ctx, names);
  return names.filter((name) => states.get(name) !== 'installed');
}

/** What an engine needs and its packages only recommend. */
async function companions(ctx: ReadContext): Promise<readonly string[]> {
  const [certificates, apparmor, parser] = await ctx.host.files([
    { op: 'stat', path: '/etc/ssl/certs/ca-certificates.crt' },
    { op: 'read', path: '/sys/module/apparmor/parameters/enabled' },
    { op: 'stat', path: '/sbin/apparmor_parser' },
  ]);
  const confined = new TextDecoder().decode(apparmor).startsWith('Y');
  return [...(certificates === undefined ? ['ca-certificates'] : []), ...(confined && parser === undefined ? ['apparmor'] : [])];
}

/** An engine that an earlier run had to start past the init system is gone after a reboot: say so each time. */
async function startedByHand(ctx: ReadContext): Promise<string[]> {
  const [log] = await ctx.host.files([{ op: 'stat', path: OWN_LOG }]);
  if (log === undefined) return [];
  const init = await detectInit(ctx.host);
  if (init !== 'none' && (await serviceState(ctx, init, 'docker')).running) return [];
  return ['started directly: the init system could not; it will not come back by itself after a reboot'];
}

async function readForRemoval(ctx: ReadContext): Promise<State> {
  const info = await ctx.docker.info();
  const apt = await hasApt(ctx.host);
  const states = apt.there ? await packageStates(ctx, ALL_PACKAGES) : new Map();
  const [sources] = await ctx.host.files([{ op: 'stat', path: SOURCES_FILE }]);
  const there = ALL_PACKAGES.filter((name) => (states.get(name) ?? 'absent') !== 'absent');
  const packages = there.filter((name) => ctx.made(name));
  if (packages.length > 0 && ctx.host.uid !== 0) throw rootNeeded(false);
  return {
    ...(info === undefined ? {} : { info }),
    repository: sources !== undefined && ctx.made(SOURCES_FILE),
    packages,
    start: false,
    notes: there.filter((name) => !ctx.made(name)).map((name) => `${name} kept: was here before`),
  };
}

function diff({ ensure }: Params, { repository, packages, start }: State): readonly Change[] {
  const action = ensure === 'absent' ? ('delete' as const) : ('create' as const);
  const targets = [...(repository ? [SOURCES_FILE] : []), ...packages];
  return [
    ...targets.map((target) => ({ action, target })),
    ...(start ? [{ action: 'update' as const, target: 'docker engine', property: 'running', before: false, after: true }] : []),
  ];
}

async function apply(params: Params, changes: readonly Change[], ctx: ApplyContext, state: State): Promise<undefined> {
  ctx.signal.throwIfAborted();
  if (params.ensure === 'absent') {
    await removeEngine(
      ctx,
      changes.filter(({ action }) => action === 'delete').map(({ target }) => target),
    );
    return;
  }
  if (state.repository) await addDockerRepository(ctx);
  if (state.packages.length > 0) {
    await installPackages(ctx, state.packages, { update: state.repository ? 'always' : 'auto', recommends: false });
  }
  // Its package may have started it already.
  if (state.start && (await ctx.docker.info()) === undefined) await startEngine(ctx);
}

function noEngine(system: string): FairleadError {
  return fail('docker.no-engine', `There is no Docker Engine, and fairlead can't install one on ${system}.`, {
    fault: 'environment',
    hints: [
      'Install Docker by hand (on Slackware: docker from SlackBuilds.org; elsewhere: https://docs.docker.com/engine/install/) and start it.',
      'If it is on another socket, set DOCKER_HOST.',
    ],
  });
}

function rootNeeded(start: boolean): FairleadError {
  return fail('host.root-needed', `${start ? 'Starting the Docker Engine' : "Changing Docker's packages"} needs root.`, {
    hints: ['Run it again with sudo. Nothing was changed.'],
  });
}
