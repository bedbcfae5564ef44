import Type, { type Static } from 'typebox';
import { sameCidr } from '../../model/cidr.ts';
import { fail } from '../../model/failure.ts';
import type { Network, NetworkSpec } from '../../model/ports.ts';
import type { ApplyContext, Change, ReadContext, StepType } from '../../model/step.ts';
import { ensure } from '../lib/schema.ts';
import { findClash } from './find-clash.ts';

const schema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$', description: "The network's name." }),
    driver: Type.Optional(Type.String({ minLength: 1, description: 'Its driver. Default: bridge.' })),
    subnet: Type.Optional(
      Type.String({
        pattern: '^[0-9a-fA-F.:]+/\\d+$',
        description: 'Its addresses, as in `172.21.0.0/16`. Default: the engine chooses.',
      }),
    ),
    ip_range: Type.Optional(
      Type.String({
        pattern: '^[0-9a-fA-F.:]+/\\d+$',
        description: 'The part of the subnet that containers without a fixed address get theirs from.',
      }),
    ),
    gateway: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F.:]+$', description: "The host's address in it." })),
    internal: Type.Optional(Type.Boolean({ description: 'No way out to other networks. Default: false.' })),
    ensure: ensure('the network'),
  },
  { additionalProperties: false, dependencies: { ip_range: ['subnet'], gateway: ['subnet'] } },
);

type Params = Static<typeof schema>;

/** What one look found. */
interface State {
  readonly network?: Network;
  readonly made: boolean;
}

/** A network of the Docker Engine. */
export const dockerNetwork: StepType<Params, State> = {
  name: 'docker.network',
  summary: 'A Docker network exists, with these addresses.',
  schema,
  removal: { targets: ({ name }) => [name] },
  needs: () => [],
  whenInDoubt: () => 'read-again',
  read,
  diff,
  notes(params, { network, made }) {
    if (network === undefined) return [];
    if (params.ensure === 'absent') return made ? [] : [`${params.name} kept: was here before`];
    const busy = network.containers.length > 0 && differences(params, network).length > 0;
    return busy ? [`${params.name} can only be made anew once these containers are gone: ${network.containers.join(', ')}`] : [];
  },
  apply,
};

async function read(params: Params, ctx: ReadContext): Promise<State> {
  const networks = await ctx.docker.networks();
  const network = networks.find((candidate) => candidate.name === params.name);
  const state = { made: ctx.made(params.name), ...(network === undefined ? {} : { network }) };
  if (params.ensure !== 'absent' && params.subnet !== undefined && diff(params, state).length > 0) {
    const holder = await findClash(ctx, params.subnet, networks, network);
    if (holder !== undefined) throw subnetInUse(params.name, params.subnet, holder);
  }
  return state;
}

function diff(params: Params, { network, made }: State): readonly Change[] {
  const target = params.name;
  if (params.ensure === 'absent') return network !== undefined && made ? [{ action: 'delete', target }] : [];
  if (network !== undefined) return differences(params, network);
  const { ensure: _, name: __, ...settings } = params;
  return [{ action: 'create', target, ...(Object.keys(settings).length === 0 ? {} : { after: settings }) }];
}

/** What isn't given is not looked at: the engine chose it. */
function differences(params: Params, network: Network): readonly Change[] {
  const [pool] = network.pools;
  const properties: [string, string | boolean | undefined, string | boolean | undefined][] = [
    ['driver', network.driver, params.driver ?? 'bridge'],
    ['internal', network.internal, params.internal ?? false],
    ['subnet', pool?.subnet, params.subnet],
    ['ip_range', pool?.ipRange, params.ip_range],
    ['gateway', pool?.gateway, params.gateway],
  ];
  return properties
    .filter(([, before, after]) => after !== undefined && !isSame(before, after))
    .map(([property, before, after]) => ({
      action: 'update',
      target: params.name,
      property,
      before: before ?? null,
      after: after as string | boolean,
    }));
}

function isSame(before: string | boolean | undefined, after: string | boolean): boolean {
  return typeof before === 'string' && typeof after === 'string' ? before === after || sameCidr(before, after) : before === after;
}

async function apply(params: Params, changes: readonly Change[], ctx: ApplyContext, { network }: State): Promise<undefined> {
  ctx.signal.throwIfAborted();
  if (changes.every(({ action }) => action === 'run')) return;
  if (network !== undefined) {
    if (network.containers.length > 0) throw networkInUse(params.name, network.containers);
    await ctx.docker.removeNetwork(params.name);
    ctx.signal.throwIfAborted();
  }
  if (params.ensure !== 'absent') await ctx.docker.createNetwork(specOf(params));
}

function specOf(params: Params): NetworkSpec {
  return {
    name: params.name,
    driver: params.driver ?? 'bridge',
    internal: params.internal ?? false,
    labels: {},
    ...(params.subnet === undefined ? {} : { subnet: params.subnet }),
    ...(params.ip_range === undefined ? {} : { ipRange: params.ip_range }),
    ...(params.gateway === undefined ? {} : { gateway: params.gateway }),
  };
}

function subnetInUse(name: string, subnet: string, holder: string) {
  return fail('docker.subnet-in-use', `The network ${name} can't have ${subnet}: ${holder} holds addresses of it.`, {
    hints: ['Choose another subnet for it, where the recipe lets you.', 'Or free these addresses first, if nobody needs them.'],
  });
}

function networkInUse(name: string, containers: readonly string[]) {
  return fail('docker.network-in-use', `The network ${name} is in use by ${containers.join(', ')}, so it can't be removed.`, {
    hints: [`Stop and remove them first: \`docker rm -f ${containers.join(' ')}\`, or \`docker compose down\` in their project.`],
    retryable: true,
  });
}
