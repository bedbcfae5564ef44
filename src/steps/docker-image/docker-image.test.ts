import { expect, it } from 'vitest';
import { fail } from '../../model/failure.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { contextDigest } from './context-digest.ts';
import { dockerImage } from './docker-image.ts';

const image = (id: string, labels = {}) => ({ id, tags: [], labels, size: 1000 });
const built = { name: 'lighthouse:1', build: { context: '/srv/image', args: { B: '2', A: 'x y' } } };

/** A context, and a builder that does what `docker build` would. */
function buildable(world: World): void {
  world.host.put('/srv/image/Dockerfile', { content: 'FROM scratch\n' });
  world.host.put('/srv/image/bin/app', { content: 'app', mode: 0o755 });
  builder(world);
}

function builder({ host, docker }: World): void {
  host.program('node', ({ argv, env }) => {
    expect(argv.at(-1)).toMatch(/\/build-image\.mjs$/);
    const { name, labels } = JSON.parse(env.FAIRLEAD_BUILD ?? '');
    docker.images.set(name, image(`sha256:${name}`, labels));
    return { stdout: 'Step 1/1 : FROM scratch\n' };
  });
}

describeStepType(dockerImage, [
  {
    law: 'pulls an image that is missing',
    params: { name: 'redis:7.2' },
    given: ({ docker }) => docker.pullable.set('redis:7.2', image('sha256:r')),
    changes: [{ action: 'create', target: 'redis:7.2' }],
    afterwards: async ({ docker }, outputs) => {
      expect(await docker.image('redis:7.2')).toBeDefined();
      expect(outputs).toEqual({ id: 'sha256:r' });
    },
  },
  {
    law: 'pulls nothing where the image is there',
    params: { name: 'redis:7.2' },
    given: ({ docker }) => docker.images.set('redis:7.2', image('sha256:old')),
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ id: 'sha256:old' }),
  },
  {
    law: 'pulls an image that is there too, where it should always',
    params: { name: 'redis:7.2', pull: 'always' },
    given: ({ docker }) => {
      docker.images.set('redis:7.2', image('sha256:old'));
      docker.pullable.set('redis:7.2', image('sha256:new'));
    },
    changes: [{ action: 'run', target: 'redis:7.2', property: 'pull' }],
    afterwards: (_, outputs) => expect(outputs).toEqual({ id: 'sha256:new' }),
  },
  { law: 'says that a registry has no such image', params: { name: 'no/such:1' }, fails: 'docker.image-not-found' },
  {
    law: 'builds an image that is missing and labels it',
    params: built,
    given: buildable,
    changes: [{ action: 'create', target: 'lighthouse:1', after: 'built' }],
    afterwards: ({ docker, output }, outputs) => {
      expect(docker.images.get('lighthouse:1')?.labels['fairlead.context']).toMatch(/^[0-9a-f]{64}$/);
      expect(outputs).toEqual({ id: 'sha256:lighthouse:1' });
      expect(output).toContain('Step 1/1 : FROM scratch');
    },
  },
  {
    law: 'builds an image anew that somebody else built',
    params: built,
    given: (world) => {
      buildable(world);
      world.docker.images.set('lighthouse:1', image('sha256:old'));
    },
    changes: [{ action: 'update', target: 'lighthouse:1', property: 'build' }],
  },
  {
    law: 'counts a context that an earlier step will make as not built yet',
    params: built,
    given: builder,
    changes: [{ action: 'create' }],
    planOnly: true,
  },
  { law: 'fails where nobody made the context', params: built, given: builder, fails: 'docker.no-build-context' },
  {
    law: 'tells the end of what a failed build printed',
    params: built,
    given: (world) => {
      buildable(world);
      world.host.program('node', () => ({ code: 1, stderr: 'COPY failed: no such file\n' }));
    },
    fails: 'docker.build-failed',
  },
  {
    law: 'says that the docker program is missing',
    params: built,
    given: (world) => {
      buildable(world);
      world.host.program('node', () => ({ code: 127 }));
    },
    fails: 'docker.no-cli',
  },
  {
    law: 'removes what fairlead made, without looking at the context',
    params: { ...built, ensure: 'absent' },
    given: ({ docker, made }) => {
      docker.images.set('lighthouse:1', image('sha256:l'));
      made.add('docker.image lighthouse:1');
    },
    changes: [{ action: 'delete', target: 'lighthouse:1' }],
    afterwards: ({ docker }) => expect(docker.images.size).toBe(0),
  },
  {
    law: 'keeps what was there before',
    params: { name: 'redis:7.2', ensure: 'absent' },
    given: ({ docker }) => docker.images.set('redis:7.2', image('sha256:r')),
    changes: [],
    afterwards: ({ docker }) => expect(docker.images.size).toBe(1),
  },
]);

it('names the plugin that is missing where the Dockerfile needs BuildKit', async () => {
  const world = createWorld();
  buildable(world);
  const said = 'ERROR: BuildKit is enabled but the buildx component is missing or broken.\n';
  world.host.program('node', () => ({ code: 1, stderr: said }));
  await expect(convergeStep(dockerImage, built, contextOf(world, dockerImage))).rejects.toMatchObject({
    failure: { code: 'docker.build-failed', hints: expect.arrayContaining([expect.stringContaining('docker-buildx-plugin')]) },
  });
});

it('knows a context by its names, modes and contents, its arguments and nothing else', async () => {
  const digestAfter = async (change: (world: World) => void, build: object = {}): Promise<string | undefined> => {
    const world = createWorld();
    buildable(world);
    change(world);
    return contextDigest(world.host, { context: '/srv/image/', ...build });
  };
  const same = await digestAfter(() => undefined);
  const others = await Promise.all([
    digestAfter(({ host }) => host.put('/srv/image/bin/app', { content: 'App', mode: 0o755 })),
    digestAfter(({ host }) => host.put('/srv/image/bin/app', { content: 'app', mode: 0o644 })),
    digestAfter(({ host }) => host.put('/srv/image/new')),
    digestAfter(({ host }) => host.delete('/srv/image/bin')),
    digestAfter(() => undefined, { dockerfile: 'bin/app' }),
    digestAfter(() => undefined, { args: { A: '1' } }),
  ]);
  expect(new Set([same, ...others]).size).toBe(7);
  expect(await digestAfter(({ host }) => host.put('/srv/image/.git/FETCH_HEAD', { content: 'x' }))).toBe(same);
  expect(await digestAfter(({ host }) => host.put('/srv/image/bin/app', { content: 'app', mode: 0o755, uid: 7 }))).toBe(same);
});

it('waits for an engine that an earlier step brings', async () => {
  const world = createWorld();
  world.docker.up = false;
  await expect(planStep(dockerImage, built, contextOf(world, dockerImage))).rejects.toMatchObject({ missing: 'docker' });
});

it('an image that is gone although the engine failed to remove it is removed; one that is still there is not', async () => {
  const world = createWorld();
  world.docker.images.set('redis:7.2', image('sha256:r'));
  world.made.add('docker.image redis:7.2');
  const params = { name: 'redis:7.2', ensure: 'absent' as const };
  const context = contextOf(world, dockerImage);
  const failing = (isGone: boolean) => ({
    ...context,
    docker: {
      ...context.docker,
      image: (name: string) => world.docker.image(name),
      async removeImage(name: string) {
        if (isGone) await world.docker.removeImage(name);
        throw fail('docker.refused', 'unrecognized image ID');
      },
    },
  });
  const state = await dockerImage.read(params, context);
  const changes = dockerImage.diff(params, state);
  await expect(dockerImage.apply?.(params, changes, failing(false), state)).rejects.toThrow('unrecognized');
  await dockerImage.apply?.(params, changes, failing(true), state);
  expect(await world.docker.image('redis:7.2')).toBeUndefined();
});
