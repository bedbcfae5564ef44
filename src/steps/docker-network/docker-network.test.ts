import { expect, it } from 'vitest';
import type { Network } from '../../model/ports.ts';
import { contextOf, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { dockerNetwork } from './docker-network.ts';
import { routesOfIp, routesOfProc } from './find-clash.ts';

const ente = { name: 'ente.lan', subnet: '172.21.0.0/16', ip_range: '172.21.0.0/25', gateway: '172.21.0.1' };

function network(world: World, name: string, parts: Partial<Network> = {}): void {
  world.docker.networksByName.set(name, {
    id: `id-of-${name}`,
    name,
    driver: 'bridge',
    internal: false,
    pools: [{ subnet: '172.21.0.0/16', ipRange: '172.21.0.0/25', gateway: '172.21.0.1' }],
    labels: {},
    containers: [],
    ...parts,
  });
}

const routes = (json: unknown) => (world: World) => world.host.program('ip', () => ({ stdout: JSON.stringify(json) }));

describeStepType(dockerNetwork, [
  {
    law: 'makes a network with the addresses that are given',
    params: ente,
    changes: [{ action: 'create', target: 'ente.lan', after: { subnet: '172.21.0.0/16' } }],
    afterwards: ({ docker }) =>
      expect(docker.networksByName.get('ente.lan')).toMatchObject({
        driver: 'bridge',
        internal: false,
        pools: [{ subnet: '172.21.0.0/16', ipRange: '172.21.0.0/25', gateway: '172.21.0.1' }],
      }),
  },
  { law: 'leaves a network alone that is as wanted', params: ente, given: (world) => network(world, 'ente.lan'), changes: [] },
  {
    law: 'does not care for what is not given',
    params: { name: 'ente.lan' },
    given: (world) => network(world, 'ente.lan'),
    changes: [],
  },
  {
    law: 'makes a network anew that has other settings and no containers',
    params: { ...ente, internal: true },
    given: (world) => network(world, 'ente.lan', { pools: [{ subnet: '172.31.0.0/16' }] }),
    changes: [
      { action: 'update', property: 'internal', before: false, after: true },
      { property: 'subnet', before: '172.31.0.0/16', after: '172.21.0.0/16' },
      { property: 'ip_range', before: null },
      { property: 'gateway', before: null },
    ],
  },
  {
    law: 'names the containers that keep a network from being made anew',
    params: { ...ente, internal: true },
    given: (world) => {
      network(world, 'ente.lan');
      world.docker.putContainer({ name: 'museum', networks: ['ente.lan'] });
    },
    fails: 'docker.network-in-use',
  },
  {
    law: 'finds a subnet that another Docker network holds in the plan already',
    params: ente,
    given: (world) => network(world, 'mastodon', { pools: [{ subnet: '172.21.128.0/24' }] }),
    fails: 'docker.subnet-in-use',
    planOnly: true,
  },
  {
    law: 'finds a subnet that a route of the host leads to in the plan already',
    params: ente,
    given: routes([
      { dst: 'default', dev: 'eth0' },
      { dst: '172.21.4.0/24', dev: 'wg0' },
    ]),
    fails: 'docker.subnet-in-use',
    planOnly: true,
  },
  {
    law: 'takes no default route, in whatever form, for a clash',
    params: ente,
    given: routes([
      { dst: 'default', dev: 'eth0' },
      { dst: '128.0.0.0/1', dev: 'wg0' },
      { dst: '10.0.0.5', dev: 'eth0' },
    ]),
    changes: [{ action: 'create' }],
  },
  {
    law: 'does not clash with the bridge of the network that it makes anew',
    params: { ...ente, internal: true },
    given: (world) => {
      network(world, 'ente.lan', { id: '0123456789abcdef' });
      routes([{ dst: '172.21.0.0/16', dev: 'br-0123456789ab' }])(world);
    },
    changes: [{ property: 'internal' }],
  },
  {
    law: 'reads the routes from /proc where there is no ip',
    params: ente,
    given: ({ host }) =>
      host.put('/proc/net/route', {
        content:
          'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n' +
          'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n' +
          'tun0\t000015AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n',
      }),
    fails: 'docker.subnet-in-use',
    planOnly: true,
  },
  {
    law: 'removes what fairlead made',
    params: { name: 'ente.lan', ensure: 'absent' },
    given: (world) => {
      network(world, 'ente.lan');
      world.made.add('docker.network ente.lan');
    },
    changes: [{ action: 'delete', target: 'ente.lan' }],
    afterwards: ({ docker }) => expect(docker.networksByName.has('ente.lan')).toBe(false),
  },
  {
    law: 'keeps what was there before',
    params: { name: 'ente.lan', ensure: 'absent' },
    given: (world) => network(world, 'ente.lan'),
    changes: [],
    afterwards: ({ docker }) => expect(docker.networksByName.has('ente.lan')).toBe(true),
  },
  {
    law: 'does not remove a network under a container',
    params: { name: 'ente.lan', ensure: 'absent' },
    given: (world) => {
      network(world, 'ente.lan');
      world.made.add('docker.network ente.lan');
      world.docker.putContainer({ name: 'museum', networks: ['ente.lan'], state: 'exited' });
    },
    fails: 'docker.network-in-use',
  },
]);

it('says who holds a subnet, and who uses a network', async () => {
  const world = createWorld();
  network(world, 'mastodon');
  const clash = planStep(dockerNetwork, ente, contextOf(world, dockerNetwork, { forecast: true }));
  await expect(clash).rejects.toThrow('the Docker network mastodon (172.21.0.0/16)');
  world.docker.putContainer({ name: 'web', networks: ['mastodon'] });
  const params = { name: 'mastodon', internal: true };
  const state = await dockerNetwork.read(params, contextOf(world, dockerNetwork));
  expect(dockerNetwork.notes?.(params, state)).toEqual([expect.stringContaining('web')]);
});

it('waits for an engine that an earlier step brings', async () => {
  const world = createWorld();
  world.docker.up = false;
  await expect(planStep(dockerNetwork, ente, contextOf(world, dockerNetwork))).rejects.toMatchObject({ missing: 'docker' });
});

it('reads both forms of a route table', () => {
  expect(routesOfIp('not json')).toEqual([]);
  expect(routesOfIp('[{"dst":"10.1.0.0/16","dev":"eth1"},{"dst":"default","dev":"eth0"}]')).toEqual([
    { to: '10.1.0.0/16', device: 'eth1' },
  ]);
  const row = 'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0';
  expect(routesOfProc(`header\n${row}\n`)).toEqual([{ to: '172.17.0.0/16', device: 'docker0' }]);
});
