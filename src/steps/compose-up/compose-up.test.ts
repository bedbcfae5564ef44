import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FairleadError } from '../../model/failure.ts';
import type { ContainerDetail, Executed } from '../../model/ports.ts';
import type { StepId } from '../../model/step-id.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { composeUp } from './compose-up.ts';

const params = { directory: '/srv/app' };
const FILE = '/srv/app/compose.yaml';

/** What a container of the fake is labelled with and what `config --hash` prints: of the service's text. */
function hashOf(service: unknown): string {
  return createHash('sha256').update(JSON.stringify(service)).digest('hex');
}

function container(service: string, definition: { image?: string }, more: Partial<ContainerDetail> = {}) {
  return {
    name: `app-${service}-1`,
    image: definition.image ?? '',
    imageId: 'sha256:1',
    labels: {
      'com.docker.compose.project': 'app',
      'com.docker.compose.service': service,
      'com.docker.compose.config-hash': hashOf(definition),
      'com.docker.compose.project.working_dir': '/srv/app',
    },
    ...more,
  };
}

/** A compose of version 2 that knows `version`, `config`, `config --hash` and `up`; `stands` says how containers end up. */
function fakeCompose(world: World, stands: Record<string, Partial<ContainerDetail>> = {}): void {
  const servicesIn = (text: string) =>
    Object.entries((parse(text) as { services: Record<string, { image?: string }> }).services).sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
  world.host.program('docker', ({ argv, stdin }): Partial<Executed> => {
    if (argv[2] === 'version') return { stdout: 'Docker Compose version v2.26.1\n' };
    if (argv.includes('--dry-run')) return { code: 1 };
    const text = argv.includes('-') ? stdin : world.host.text(FILE);
    const unset = /\$\{(\w+)\}/.exec(text)?.[1];
    const warning = `time="x" level=warning msg="The \\"${unset}\\" variable is not set. Defaulting to a blank string."\n`;
    if (argv.includes('--hash'))
      return {
        stdout: servicesIn(text)
          .map(([name, of]) => `${name} ${hashOf(of)}\n`)
          .join(''),
      };
    if (argv.includes('config')) return { stdout: text, stderr: unset === undefined ? '' : warning };
    if (argv.includes('up')) {
      for (const [name, of] of servicesIn(text)) {
        world.docker.putContainer(container(name, of, { state: 'running', exitCode: 0, health: 'healthy', ...stands[name] }));
      }
    }
    return {};
  });
}

function given(world: World, services: Record<string, object>, stands?: Record<string, Partial<ContainerDetail>>): void {
  world.host.put(FILE, { content: JSON.stringify({ services }) });
  fakeCompose(world, stands);
}

const web = { image: 'web:1', ports: ['80:80'] };
const store = { image: 'store:1' };

describeStepType(composeUp, [
  {
    law: 'brings up a project that has no containers, and names its containers to later steps',
    params,
    given: (world) => given(world, { web, store }),
    changes: [{ action: 'create', target: 'project app' }],
    afterwards: (_, outputs) =>
      expect(outputs).toEqual({ project: 'app', containers: { store: 'app-store-1', web: 'app-web-1' } }),
  },
  {
    law: 'a project as wanted needs nothing',
    params,
    given: (world) => {
      given(world, { web, store });
      world.docker.putContainer(container('web', web));
      world.docker.putContainer(container('store', store, { state: 'exited', exitCode: 0 }));
    },
    changes: [],
  },
  {
    law: 'a compose file that an earlier step writes is forecast as a new project',
    params: { ...params, project: 'late' },
    given: () => undefined,
    planOnly: true,
    changes: [{ action: 'create', target: 'project late' }],
  },
  {
    law: 'shows each service that differs by what differs in it',
    params,
    given: (world) => {
      given(world, { web, store, job: { image: 'job:1', ports: ['1:1'] }, gone: { image: 'gone:1' }, ill: { image: 'ill:1' } });
      world.docker.images.set('web:1', { id: 'sha256:2', tags: ['web:1'], labels: {}, size: 1 });
      world.docker.putContainer(container('web', web));
      world.docker.putContainer(
        container('store', { ...store, image: 'store:1' }, { labels: { ...container('store', {}).labels } }),
      );
      world.docker.putContainer(
        container('job', { image: 'job:1', ports: ['1:1'] } as object, { image: 'job:1', state: 'exited' }),
      );
      world.docker.putContainer(container('ill', { image: 'ill:1' }, { health: 'unhealthy' }));
    },
    planOnly: true,
    changes: [
      { action: 'create', target: 'service gone' },
      { target: 'service ill', property: 'health', before: 'unhealthy', after: 'healthy' },
      { target: 'service job', property: 'running', before: 'exited (0)', after: 'running' },
      { target: 'service store', property: 'configuration' },
      { target: 'service web', property: 'image', before: 'web:1 (1)', after: 'web:1 (2)' },
    ],
  },
  {
    law: 'a container that runs for a moment between two restarts does not stand; one that has run for a while does',
    params,
    given: (world) => {
      given(world, { web, loop: { image: 'loop:1' } });
      const before = { restartCount: 4, startedAt: new Date(Date.now() - 60_000).toISOString() };
      world.docker.putContainer(container('web', web, before));
      world.docker.putContainer(
        container('loop', { image: 'loop:1' }, { restartCount: 4, startedAt: new Date(Date.now() + 3_600_000).toISOString() }),
      );
    },
    planOnly: true,
    changes: [{ target: 'service loop', property: 'running', before: 'restarting', after: 'running' }],
  },
  {
    law: 'a step that it comes after makes it act, and is named as the reason',
    params,
    given: (world) => {
      given(world, { web });
      world.docker.putContainer(container('web', web));
    },
    context: { due: ['config' as StepId] },
    changes: [{ action: 'update', target: 'project app', because: ['config' as StepId] }],
    afterwards: (world) => expect(world.host.calls.find((argv) => argv.includes('up'))).toContain('--force-recreate'),
  },
  {
    law: 'a step that it comes after lets compose find out what to make anew, where the recipe says so',
    params: { ...params, recreate: 'changed' },
    given: (world) => {
      given(world, { web });
      world.docker.putContainer(container('web', web));
    },
    context: { due: ['env' as StepId] },
    changes: [{ action: 'update', target: 'project app', because: ['env' as StepId] }],
    afterwards: (world) => expect(world.host.calls.find((argv) => argv.includes('up'))).not.toContain('--force-recreate'),
  },
  {
    law: 'a project that a crash cut off half-way is still one that is made, and made to its end',
    params,
    given: (world) => {
      given(world, { web, store });
      world.docker.putContainer(container('store', store, { state: 'created' }));
    },
    context: { doubted: [{ action: 'create', target: 'project app' }] },
    changes: [{ action: 'create', target: 'project app' }],
    afterwards: async ({ docker }) => expect(await docker.containers({ project: 'app' })).toHaveLength(2),
  },
  {
    law: 'a listed one-shot service has to end with 0',
    params: { ...params, one_shot: ['web'] },
    given: (world) => {
      given(world, { web }, { web: { state: 'exited', exitCode: 0 } });
      world.docker.putContainer(container('web', web, { state: 'exited', exitCode: 1 }));
    },
    changes: [{ target: 'service web', property: 'running', before: 'exited (1)', after: 'exited (0)' }],
  },
  {
    law: 'containers that `compose run` left behind are none of its business',
    params,
    given: (world) => {
      given(world, { web });
      world.docker.putContainer(container('web', web));
      const labels = { ...container('web', web).labels, 'com.docker.compose.oneoff': 'True' };
      world.docker.putContainer({ ...container('web', {}), name: 'app-web-run-1', state: 'exited', exitCode: 1, labels });
    },
    changes: [],
  },
  {
    law: 'a container that ends with an error fails with its name',
    params,
    given: (world) => given(world, { web }, { web: { state: 'exited', exitCode: 2 } }),
    fails: 'compose.exited',
  },
  {
    law: 'a container that never becomes healthy fails when the time is up',
    params: { ...params, wait: '50ms' },
    given: (world) => given(world, { web }, { web: { health: 'starting' } }),
    fails: 'compose.unhealthy',
  },
  {
    law: 'a variable without a value fails in a run',
    params,
    given: (world) => given(world, { web: { image: '${TAG}' } }),
    fails: 'compose.blank-variable',
  },
]);

describe('compose.up', () => {
  it('a variable without a value is a note in a plan: an earlier step may still set it', async () => {
    const world = createWorld();
    given(world, { web: { image: '${TAG}' } });
    const state = await composeUp.read(params, contextOf(world, composeUp, { forecast: true }));
    expect(composeUp.diff(params, state)).toEqual([{ action: 'create', target: 'project app' }]);
    expect(composeUp.notes?.(params, state)).toEqual([expect.stringContaining('TAG')]);
  });

  it('a host without compose may get it from an earlier step', async () => {
    const world = createWorld();
    world.host.put(FILE, { content: 'services: {}' });
    await expect(planStep(composeUp, params, contextOf(world, composeUp))).rejects.toMatchObject({
      missing: 'docker',
      failure: { code: 'compose.not-installed' },
    });
  });

  it('says which folder holds a project of the same name', async () => {
    const world = createWorld();
    given(world, { web });
    world.host.put('/srv/elsewhere/compose.yaml', { content: '' });
    const labels = { ...container('web', web).labels, 'com.docker.compose.project.working_dir': '/srv/elsewhere' };
    world.docker.putContainer(container('web', web, { labels }));
    await expect(planStep(composeUp, params, contextOf(world, composeUp))).rejects.toMatchObject({
      failure: { code: 'compose.project-taken', message: expect.stringContaining('/srv/elsewhere') },
    });
    world.host.delete('/srv/elsewhere');
    expect(await planStep(composeUp, params, contextOf(world, composeUp)), 'a folder that was moved is no rival').toEqual([]);
  });

  it.each([
    ['as soon as compose is done', 0],
    ['while compose is at work, which therefore fails', 1],
  ])('waits for an engine that is restarted %s', async (_, code) => {
    const world = createWorld();
    given(world, { web });
    const compose = world.host;
    let ups = 0;
    const host = {
      ...compose,
      exec: async (...[command, options]: Parameters<typeof compose.exec>): Promise<Executed> => {
        const ran = await compose.exec(command, options);
        if (!command.argv.includes('up') || ups++ > 0) return ran;
        world.docker.up = false;
        if (code !== 0) options.onLine?.('error during connect: EOF');
        return { ...ran, code };
      },
    };
    const waits: string[] = [];
    const progress = (text: string): void => {
      waits.push(text);
      world.docker.up = true;
    };
    await convergeStep(composeUp, params, contextOf(world, composeUp, { host, progress }));
    expect(waits[0]).toContain('waiting for the Docker Engine');
    expect(ups).toBe(code + 1);
  });

  it('ends a compose that waits for ever for a container which restarts over and over', async () => {
    const world = createWorld();
    given(world, { web });
    const compose = world.host;
    const host = {
      ...compose,
      exec: (...[command, options]: Parameters<typeof compose.exec>) => {
        if (!command.argv.includes('up')) return compose.exec(command, options);
        world.docker.putContainer(container('web', web, { restartCount: 3, health: 'starting', state: 'restarting' }));
        world.docker.log('app-web-1', 'no such database');
        return new Promise<Executed>((_, reject) => {
          options.signal.addEventListener('abort', () => reject(options.signal.reason));
        });
      },
    };
    const error = await convergeStep(composeUp, params, contextOf(world, composeUp, { host })).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(FairleadError);
    expect(error.failure).toMatchObject({ code: 'compose.restarting', evidence: { tail: ['no such database'] } });
  });
});
