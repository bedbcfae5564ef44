import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDockerodeEngine } from '../../adapters/docker/dockerode-engine.ts';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { FairleadError } from '../../model/failure.ts';
import type { Host } from '../../model/ports.ts';
import type { AnyStepType, ApplyContext, Change } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { importBusyboxImage, removeBusyboxImage } from '../../testing/busybox-image.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { composeDown } from '../compose-down/compose-down.ts';
import { detectCompose } from '../lib/compose-cli.ts';
import { composeUp } from './compose-up.ts';

const run = promisify(execFile);
const suffix = randomBytes(4).toString('hex');
const image = `fairlead-compose-${suffix}:1`;
const reveal = async (text: unknown): Promise<string> => String(text);
const docker = createDockerodeEngine({ reveal });
const node = await createNodeHost({ reveal });

/** This host, with one compose only: version 2 lies where FAIRLEAD_TEST_COMPOSE_V2 (a DOCKER_CONFIG folder) says, or is installed. */
function hostWith(major: 1 | 2): Host {
  const config = process.env.FAIRLEAD_TEST_COMPOSE_V2;
  const env = config === undefined ? {} : { DOCKER_CONFIG: config };
  return {
    ...node,
    exec: (command, options) => {
      const plugin = command.argv[0] === 'docker' && command.argv[1] === 'compose';
      if (major === 1 && plugin) return Promise.resolve({ code: 1, signal: null, stdout: '', stderr: '' });
      return node.exec({ ...command, env: { ...command.env, ...env } }, options);
    },
  };
}

const flavours: { readonly major: 1 | 2; readonly version: string; readonly host: Host }[] = [];
for (const major of [1, 2] as const) {
  const found = await detectCompose(hostWith(major));
  if (found?.major === major) flavours.push({ major, version: found.version, host: hostWith(major) });
}

it('at least one docker compose is here to be tested with', () => {
  expect(flavours.map(({ version }) => version)).not.toEqual([]);
});

beforeAll(() => importBusyboxImage(image));
afterAll(() => removeBusyboxImage(image));

describe.each(flavours)('compose $version', ({ major, host }) => {
  let directory: string;
  let project: string;
  let shown: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), `fairlead-c${major}${suffix}-`));
    project = basename(directory).toLowerCase();
    shown = [];
  });
  afterEach(async () => {
    const label = `label=com.docker.compose.project=${project}`;
    for (const [what, list, remove] of [
      ['container', ['ps', '-aq'], ['rm', '-fv']],
      ['network', ['network', 'ls', '-q'], ['network', 'rm']],
      ['volume', ['volume', 'ls', '-q'], ['volume', 'rm']],
    ] as const) {
      const ids = (await run('docker', [...list, '--filter', label])).stdout.split('\n').filter((id) => id !== '');
      if (ids.length > 0)
        await run('docker', [...remove, ...ids]).catch((error) => Promise.reject(new Error(`${what}: ${error}`)));
    }
    await rm(directory, { recursive: true, force: true });
  });

  const context = (type: AnyStepType, more: Partial<ApplyContext> = {}): ApplyContext => ({
    ...contextOf(createWorld(), type, { host, docker, signal: AbortSignal.timeout(600_000), ...more }),
    output: (line) => shown.push(line),
  });
  const up = (params: object = {}, more: Partial<ApplyContext> = {}) =>
    convergeStep(composeUp, { directory, ...params }, context(composeUp, more));
  const plan = (params: object = {}, more: Partial<ApplyContext> = {}): Promise<readonly Change[]> =>
    planStep(composeUp, { directory, ...params }, context(composeUp, more));
  const failure = async (params: object = {}) => {
    const error = await up(params).then(
      () => undefined,
      (thrown: FairleadError) => thrown,
    );
    expect(error, 'it should have failed').toBeDefined();
    return (error as FairleadError).failure;
  };
  const put = (file: string, text: string): Promise<void> => writeFile(join(directory, file), text);
  /** A compose file of services, each given as lines below its name. */
  const services = (of: Record<string, readonly string[]>, rest = ''): Promise<void> =>
    put(
      'compose.yaml',
      `version: "3.8"\nservices:\n${Object.entries(of)
        .map(
          ([name, lines]) =>
            `  ${name}:\n    image: ${image}\n    stop_signal: SIGKILL\n${lines.map((line) => `    ${line}\n`).join('')}`,
        )
        .join('')}${rest}`,
    );
  const nameOf = (service: string): string => [project, service, '1'].join(major === 1 ? '_' : '-');
  const idOf = async (service: string): Promise<string | undefined> => (await docker.container(nameOf(service)))?.id;

  it('brings a project up from nothing, and has nothing to do the second time', async () => {
    const network = `${project}-outer`;
    await run('docker', ['network', 'create', network]);
    try {
      await services(
        {
          web: [
            'command: ["sleep", "3600"]',
            'environment: { GREETING: "${GREETING}", PLAIN: "a$$b" }',
            'env_file: web.env',
            'networks: [outer, default]',
            'volumes: ["data:/data", "./web.env:/etc/web.env:ro"]',
            'healthcheck: { test: ["CMD", "true"], interval: 1s }',
            'depends_on: [store]',
            'restart: unless-stopped',
            'labels: { rule: "Host(`x`)" }',
            'deploy: { resources: { limits: { memory: 64M } } }',
          ],
          store: ['command: sleep 3600', 'env_file: [web.env]'],
          setup: ['command: ["true"]'],
          idle: ['profiles: [extra]'],
        },
        `networks: { outer: { external: true, name: ${network} } }\nvolumes: { data: {} }\n`,
      );
      await put('.env', "GREETING='hi $x #1'\n");
      await put('web.env', 'A=1\nB=two words\n');
      const wanted = [{ action: 'create', target: `project ${project}` }];
      expect(await plan({}, { forecast: true })).toEqual(wanted);

      const first = await up();
      expect(first.changes).toEqual(wanted);
      expect(first.left).toEqual([]);
      expect(first.outputs).toEqual({
        project,
        containers: { web: nameOf('web'), store: nameOf('store'), setup: nameOf('setup') },
      });
      expect((await docker.container(nameOf('web')))?.health).toBe('healthy');
      expect(shown[0]).toMatch(/^\$ docker.compose .* up -d/);
      expect(await plan()).toEqual([]);
      expect(await plan({}, { forecast: true })).toEqual([]);
    } finally {
      await run('docker', ['rm', '--force', nameOf('web')]);
      await run('docker', ['network', 'rm', network]);
    }
  });

  it('makes exactly the services anew that a changed .env or env file concerns', async () => {
    await services({
      one: ['command: sleep 3600', 'environment: { WORD: "${WORD}" }'],
      two: ['command: sleep 3600', 'env_file: two.env'],
      three: ['command: sleep 3600'],
    });
    await put('.env', 'WORD=first\n');
    await put('two.env', 'X=1\n');
    await up();
    const before = await Promise.all(['one', 'two', 'three'].map(idOf));
    await put('.env', 'WORD=second\n');
    const { changes, left } = await up();
    expect(changes).toEqual([{ action: 'update', target: 'service one', property: 'configuration' }]);
    expect(left).toEqual([]);
    await put('two.env', 'X=2\n');
    expect((await up()).changes).toEqual([{ action: 'update', target: 'service two', property: 'configuration' }]);
    const after = await Promise.all(['one', 'two', 'three'].map(idOf));
    expect(after.map((id, index) => id === before[index])).toEqual([false, false, true]);
  });

  it('an exported variable does not win over .env, nor UID and GID over the file', async () => {
    await services({ one: ['command: sleep 3600', 'user: "${UID:-1001}:${GID:-1002}"', 'environment: { WORD: "${WORD}" }'] });
    await put('.env', 'WORD=file\n');
    const loud: Host = {
      ...host,
      exec: (command, options) =>
        host.exec(
          { ...command, env: { WORD: 'shell', UID: '4242', GID: '4242', COMPOSE_PROJECT_NAME: 'other', ...command.env } },
          options,
        ),
    };
    await up({}, { host: loud });
    const inspect = ['inspect', '--format', '{{.Config.User}} {{json .Config.Env}}', nameOf('one')];
    const { stdout } = await run('docker', inspect);
    expect(stdout).toContain('1001:1002');
    expect(stdout).toContain('WORD=file');
  });

  it('brings back what was removed, stopped or paused by hand, and nothing else', async () => {
    const lasting = ['command: sleep 3600', 'restart: unless-stopped'];
    await services({ one: lasting, two: lasting, three: lasting, four: lasting });
    await up();
    const four = await idOf('four');
    await run('docker', ['rm', '--force', nameOf('one')]);
    await run('docker', ['stop', nameOf('two')]);
    await run('docker', ['pause', nameOf('three')]);
    const planned = await plan({}, { forecast: true });
    const { changes, left } = await up();
    expect(changes).toEqual(planned);
    expect(changes).toEqual([
      { action: 'create', target: 'service one' },
      { action: 'update', target: 'service three', property: 'running', before: 'paused', after: 'running' },
      { action: 'update', target: 'service two', property: 'running', before: 'exited (137)', after: 'running' },
    ]);
    expect(left).toEqual([]);
    expect(await idOf('four')).toBe(four);
  });

  it('a service that never becomes healthy fails with its health check and log as evidence', async () => {
    await services({
      ill: [
        `command: ["sh", "-c", "echo no database; sleep 3600"]`,
        'healthcheck: { test: ["CMD-SHELL", "echo still ill; false"], interval: 500ms, retries: 1 }',
      ],
    });
    const { code, evidence } = await failure({ wait: '20s' });
    expect(code).toBe('compose.unhealthy');
    expect(evidence?.tail).toContain('no database');
    expect(evidence?.tail).toContain('health check: still ill');
    expect(await idOf('ill'), 'the container is left to be looked at').toBeDefined();
    expect(await plan()).toMatchObject([{ target: 'service ill', property: 'health', before: 'unhealthy', after: 'healthy' }]);
  });

  it('a service that another waits for in vain fails by its own name', async () => {
    await services({
      ill: [
        'command: ["sh", "-c", "echo no key; sleep 3600"]',
        'healthcheck: { test: ["CMD", "false"], interval: 500ms, retries: 1 }',
      ],
      web: ['command: sleep 3600', 'depends_on: { ill: { condition: service_healthy } }'],
    });
    // Version 1 takes conditions only in files of its newest form, which names no version.
    await dropVersion(directory);
    const { code, message, evidence } = await failure({ wait: '60s' });
    expect(code).toBe('compose.unhealthy');
    expect(message).toContain(nameOf('ill'));
    expect(evidence?.tail).toContain('no key');
  });

  it('a restart loop is found long before the time is up, also while compose itself waits for it', async () => {
    await services({
      loop: [
        'command: ["sh", "-c", "echo cannot open config; exit 3"]',
        'restart: always',
        'healthcheck: { test: ["CMD", "true"], interval: 30s }',
      ],
      web: ['command: sleep 3600', 'depends_on: { loop: { condition: service_healthy } }'],
    });
    await dropVersion(directory);
    const started = performance.now();
    const { code, message, evidence } = await failure({ wait: '5m' });
    expect(code).toBe('compose.restarting');
    expect(message).toContain(nameOf('loop'));
    expect(evidence?.tail).toContain('cannot open config');
    expect(performance.now() - started).toBeLessThan(200_000);
  });

  it('a restart loop without health check is found early, and comes up once its cause is gone', async () => {
    await services({
      loop: ['command: ["sh", "-c", "cat /conf/app && sleep 3600"]', 'restart: always', 'volumes: ["./conf:/conf"]'],
    });
    const started = performance.now();
    const { code, evidence } = await failure({ wait: '5m' });
    expect(code).toBe('compose.restarting');
    expect(evidence?.tail.join()).toContain('/conf/app');
    expect(performance.now() - started).toBeLessThan(200_000);
    expect(await plan()).toMatchObject([{ target: 'service loop', property: 'running', before: 'restarting' }]);
    await put('conf/app', 'fine');
    expect((await up({ wait: '2m' })).left).toEqual([]);
  });

  it('a container that ends with an error fails with its exit code and log', async () => {
    await services({ job: ['command: ["sh", "-c", "echo bad schema; exit 4"]'] });
    const { code, evidence } = await failure({ one_shot: ['job'] });
    expect(code).toBe('compose.exited');
    expect(evidence).toMatchObject({ exit: 4, tail: ['bad schema'] });
  });

  it('a one-shot container is waited for, and done once it has ended with 0', async () => {
    await services({ job: ['command: ["sh", "-c", "sleep 3"]'], web: ['command: sleep 3600'] });
    const { left } = await up({ one_shot: ['job'] });
    expect(left).toEqual([]);
    expect(await docker.container(nameOf('job'))).toMatchObject({ state: 'exited', exitCode: 0 });
    expect(await plan({ one_shot: ['job'] })).toEqual([]);
  });

  it('a taken port is named, with the program that holds it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await services({ web: ['command: sleep 3600', `ports: ["127.0.0.1:${port}:80"]`] });
      const { code, message } = await failure();
      expect(code).toBe('docker.port-in-use');
      expect(message).toContain(`Port ${port} is already in use`);
      expect(message).toContain(`process ${process.pid}`);
    } finally {
      server.close();
    }
    expect((await up()).left, 'and it comes up once the port is free').toEqual([]);
  });

  it('names what is missing: a network, an image, a variable, a file, right syntax', async () => {
    await services({ web: ['networks: [outer]'] }, `networks: { outer: { external: true, name: no-${suffix} } }\n`);
    expect(await failure()).toMatchObject({ code: 'docker.no-such-network', message: expect.stringContaining(`no-${suffix}`) });
    await put('compose.yaml', `version: "3.8"\nservices: { web: { image: "no-such-${suffix}:1" } }\n`);
    expect(await failure({ pull: 'never' })).toMatchObject({ code: 'docker.image-not-found' });
    await services({ web: ['command: sleep 3600', 'environment: { X: "${NOT_THERE}" }'] });
    expect(await failure()).toMatchObject({ code: 'compose.blank-variable', message: expect.stringContaining('NOT_THERE') });
    expect(await plan({}, { forecast: true }), 'an earlier step may still write it').toHaveLength(1);
    await services({ web: ['volumes: ["${SOURCE}:/x"]'] });
    await put('.env', 'SOURCE=\n');
    expect(await failure()).toMatchObject({ code: 'compose.blank-variable', message: expect.stringContaining('SOURCE') });
    await services({ web: ['env_file: gone.env'] });
    expect(await failure()).toMatchObject({ code: 'compose.invalid', message: expect.stringContaining('gone.env') });
    await put('compose.yaml', 'services:\n  a:\n    image: x\n   bad: [\n');
    expect(await failure()).toMatchObject({
      code: 'compose.invalid',
      message: expect.stringMatching(/compose\.yaml:\d/),
    });
    await rm(join(directory, 'compose.yaml'));
    expect(await failure()).toMatchObject({ code: 'compose.no-file' });
    expect(await plan({}, { forecast: true })).toEqual([{ action: 'create', target: `project ${project}` }]);
  });

  it('a step that it comes after makes all of it anew, once', async () => {
    await services({ web: ['command: sleep 3600', 'volumes: ["./web.conf:/web.conf:ro"]'] });
    await put('web.conf', 'old');
    await up();
    const before = await idOf('web');
    const due = ['config' as StepId];
    const { changes, left } = await up({}, { due });
    expect(changes).toEqual([{ action: 'update', target: `project ${project}`, because: due }]);
    expect(left).toEqual([]);
    expect(await idOf('web')).not.toBe(before);
  });

  it('a step that it comes after makes only that anew which reads what it changed, where the recipe says so', async () => {
    await services({ web: ['command: sleep 3600', 'environment: { WORD: "${WORD}" }'], db: ['command: sleep 3600'] });
    await put('.env', 'WORD=one\n');
    await up();
    const [web, db] = [await idOf('web'), await idOf('db')];
    await put('.env', 'WORD=two\n');
    const due = ['env' as StepId];
    const { changes, left } = await up({ recreate: 'changed' }, { due });
    expect(changes).toEqual([{ action: 'update', target: `project ${project}`, because: due }]);
    expect(left).toEqual([]);
    expect(await idOf('web')).not.toBe(web);
    expect(await idOf('db')).toBe(db);
  });

  it('an image of the same name but other content makes its services anew', async () => {
    const own = `fairlead-compose-${suffix}:own${major}`;
    await run('docker', ['tag', image, own]);
    try {
      await put(
        'compose.yaml',
        `version: "3.8"\nservices:\n  web: { image: "${own}", command: sleep 3600, stop_signal: SIGKILL }\n`,
      );
      await up();
      await importBusyboxImage(own);
      const { changes, left } = await up();
      expect(changes).toMatchObject([{ action: 'update', target: 'service web', property: 'image' }]);
      expect(left).toEqual([]);
    } finally {
      await run('docker', ['rm', '--force', nameOf('web')]);
      await run('docker', ['image', 'rm', '--force', own]);
    }
  });

  it('orphans are removed where asked, and kept otherwise', async () => {
    await services({ web: ['command: sleep 3600'], old: ['command: sleep 3600'] });
    await up();
    await services({ web: ['command: sleep 3600'] });
    expect(await plan()).toEqual([]);
    const { changes, left } = await up({ remove_orphans: true });
    expect(changes).toEqual([{ action: 'delete', target: `container ${nameOf('old')}` }]);
    expect(left).toEqual([]);
    expect(await idOf('old')).toBeUndefined();
  });

  it('only the services asked for come up, with what they depend on', async () => {
    await services({
      web: ['command: sleep 3600', 'depends_on: [store]'],
      store: ['command: sleep 3600'],
      other: ['command: sleep 3600'],
    });
    const { left } = await up({ services: ['web'] });
    expect(left).toEqual([]);
    expect(await Promise.all(['web', 'store', 'other'].map(async (name) => (await idOf(name)) !== undefined))).toEqual([
      true,
      true,
      false,
    ]);
    expect(await failure({ services: ['nobody'] })).toMatchObject({ code: 'compose.no-such-service' });
  });

  it('down leaves nothing: containers, networks and, asked, volumes; also when the compose file is gone', async () => {
    const down = (params: object = {}) => convergeStep(composeDown, { directory, ...params }, context(composeDown));
    await services({ web: ['command: sleep 3600', 'volumes: ["data:/data"]'] }, 'volumes: { data: {} }\n');
    await up();
    const kept = await down();
    expect(kept.changes).toEqual([{ action: 'delete', target: `project ${project}` }]);
    expect(kept.left).toEqual([]);
    expect(await docker.volumes({ project })).toEqual([`${project}_data`]);
    await up();
    const both = [
      { action: 'delete', target: `project ${project}` },
      { action: 'delete', target: `volume ${project}_data` },
    ];
    const all = await down({ volumes: true });
    expect(all.changes).toEqual(both);
    expect(all.left).toEqual([]);
    await up();
    await rm(join(directory, 'compose.yaml'));
    const blind = await down({ volumes: true });
    expect(blind.changes).toEqual(both);
    expect(blind.left).toEqual([]);
    expect(await docker.containers({ project })).toEqual([]);
    expect((await docker.networks()).filter(({ name }) => name.startsWith(project))).toEqual([]);
    expect((await down({ volumes: true })).changes).toEqual([]);
  });

  it('refuses a project whose name another folder has taken', async () => {
    await services({ web: ['command: sleep 3600'] });
    await up();
    const other = await mkdtemp(join(tmpdir(), `fairlead-other-${suffix}-`));
    try {
      await writeFile(join(other, 'compose.yaml'), `services: { web: { image: "${image}" } }\n`);
      expect(await failure({ directory: other, project })).toMatchObject({
        code: 'compose.project-taken',
        message: expect.stringContaining(directory),
      });
    } finally {
      await rm(other, { recursive: true });
    }
  });
});

async function dropVersion(directory: string): Promise<void> {
  execFileSync('sed', ['-i', '/^version:/d', join(directory, 'compose.yaml')]);
}
