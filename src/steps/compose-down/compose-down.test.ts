import { expect } from 'vitest';
import { describeStepType, type World } from '../../testing/step-bench.ts';
import { composeDown } from './compose-down.ts';

const params = { directory: '/srv/app' };
const labels = { 'com.docker.compose.project': 'app', 'com.docker.compose.service': 'web' };

/** A `docker` that removes what it is told to from the fake engine; `down` does what compose does. */
function given(world: World, options: { file: boolean; broken?: boolean }): void {
  const { docker, host } = world;
  if (options.file) host.put('/srv/app/compose.yaml', { content: 'services: {}' });
  docker.putContainer({ name: 'app-web-1', labels });
  docker.putContainer({ name: 'other-web-1', labels: { ...labels, 'com.docker.compose.project': 'other' } });
  docker.networksByName.set('app_default', {
    id: '1',
    name: 'app_default',
    driver: 'bridge',
    internal: false,
    pools: [],
    labels: { 'com.docker.compose.project': 'app' },
    containers: [],
  });
  docker.volumeProjects.set('app_data', 'app').set('other_data', 'other');
  host.program('docker', ({ argv }) => {
    const [, act, then, ...names] = argv;
    if (act === 'compose' && then === 'version') return { stdout: 'Docker Compose version v2.26.1\n' };
    if (act === 'compose') {
      if (options.broken === true) return { code: 15, stderr: 'invalid spec: :/x: empty section between colons\n' };
      docker.dropContainer('app-web-1');
      docker.networksByName.delete('app_default');
      if (argv.includes('--volumes')) docker.volumeProjects.delete('app_data');
      return {};
    }
    if (act === 'rm') for (const name of names) docker.dropContainer(name);
    if (act === 'network') for (const name of names) docker.networksByName.delete(name);
    if (act === 'volume') for (const name of names) docker.volumeProjects.delete(name);
    return {};
  });
}

async function expectOthersUntouched(world: World): Promise<void> {
  expect((await world.docker.containers({})).map(({ name }) => name)).toEqual(['other-web-1']);
  expect(world.docker.volumeProjects.has('other_data')).toBe(true);
}

describeStepType(composeDown, [
  {
    law: 'takes a project down and keeps its volumes',
    params,
    given: (world) => given(world, { file: true }),
    changes: [{ action: 'delete', target: 'project app' }],
    afterwards: async (world) => {
      await expectOthersUntouched(world);
      expect(world.docker.volumeProjects.has('app_data')).toBe(true);
    },
  },
  {
    law: 'removes volumes where asked',
    params: { ...params, volumes: true },
    given: (world) => given(world, { file: true }),
    changes: [
      { action: 'delete', target: 'project app' },
      { action: 'delete', target: 'volume app_data' },
    ],
    afterwards: expectOthersUntouched,
  },
  {
    law: 'goes by labels where the compose file is gone',
    params: { ...params, volumes: true },
    given: (world) => given(world, { file: false }),
    afterwards: expectOthersUntouched,
  },
  {
    law: 'goes by labels where compose does not accept the file',
    params: { ...params, volumes: true },
    given: (world) => given(world, { file: true, broken: true }),
    afterwards: expectOthersUntouched,
  },
  {
    law: 'a project that is not there is as wanted',
    params: { directory: '/srv/never' },
    given: () => undefined,
    changes: [],
  },
]);
