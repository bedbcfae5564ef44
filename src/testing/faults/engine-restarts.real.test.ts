import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { importBusyboxImage } from '../busybox-image.ts';
import { createEngineProxy, type EngineProxy } from './engine-proxy.ts';
import { at, createFaultBench, type FaultBench } from './fault-bench.ts';
import { createOwnDaemon, type OwnDaemon } from './own-daemon.ts';

const IMAGE = 'busybox:1';

let daemon: OwnDaemon;
/** Shows what a run asks the engine. */
let proxy: EngineProxy;
let bench: FaultBench;
/** An engine whose containers live on while it is away, or end with it. */
async function prepare(liveRestore: boolean): Promise<void> {
  daemon = await createOwnDaemon({ liveRestore });
  proxy = await createEngineProxy(`${daemon.socket}.seen`, daemon.socket);
  bench = await createFaultBench({ DOCKER_HOST: proxy.address });
  await importBusyboxImage(IMAGE, daemon.socket);
}
afterEach(async () => {
  await bench.cleanUp();
  await proxy.close();
  await daemon.cleanUp();
});

/** A container that does what this script says. */
const container = (script: string): Promise<string> =>
  daemon.docker('run', '--detach', '--network', 'none', '--name', bench.name, IMAGE, 'sh', '-c', script);
const inContainer = (script: string): Promise<string> => daemon.docker('exec', bench.name, 'sh', '-c', script);

/** A project whose one service becomes healthy as soon as `/tmp/well` is there. */
async function project(): Promise<string> {
  const directory = join(bench.folder, 'project');
  await mkdir(directory);
  const check = '{ test: ["CMD", "ls", "/tmp/well"], interval: 1s, timeout: 5s, retries: 600 }';
  const service = `{ image: "${IMAGE}", container_name: "${bench.name}", network_mode: none, restart: always, healthcheck: ${check} }`;
  await writeFile(join(directory, 'compose.yaml'), `version: "2.4"\nservices:\n  web: ${service}\n`);
  return directory;
}
const up = (directory: string): string =>
  `  - { id: up, title: Start it, uses: compose.up, with: { directory: ${directory}, project: ${bench.name}, wait: 5m } }\n`;

/** Ends the engine in the way of its own or at once, and starts it again. */
async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await daemon.end(signal);
  await daemon.start();
}

describe('the Docker Engine is restarted in the middle of a run', () => {
  it('while a project comes up: the run waits for it and goes on', async () => {
    await prepare(false);
    await bench.recipe(up(await project()));
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.intended', 'up', () => {
        meanwhile = (async () => {
          await expect.poll(() => inContainer('echo there').catch(() => ''), { timeout: 60_000 }).toBe('there\n');
          await restart('SIGTERM');
          await expect
            .poll(() => inContainer('touch /tmp/well && echo well').catch(() => ''), { timeout: 60_000 })
            .toBe('well\n');
        })();
      }),
    );
    await meanwhile;
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.outcomes).toEqual(['up changed']);
  });

  it('while a log is captured: the run waits for it and catches the line', async () => {
    await prepare(true);
    await container('echo ready; while ! ls /tmp/well >/dev/null 2>&1; do sleep 0.2; done; echo token 4711; sleep 600');
    const capture = `{ container: ${bench.name}, pattern: 'token (?<token>\\d+)' }`;
    await bench.recipe(`  - { id: token, title: Read it, uses: log.capture, with: ${capture}, timeout: 90s }\n`);
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.started', 'token', () => {
        meanwhile = (async () => {
          await expect.poll(() => proxy.answered('follow=true')).toBeGreaterThan(0);
          await restart('SIGTERM');
          await inContainer('touch /tmp/well');
        })();
      }),
    );
    await meanwhile;
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.events.findLast((event) => event.type === 'step.finished')).toMatchObject({
      outcome: 'ok',
      carried: { outputs: { token: '4711' } },
    });
  });

  it('while a program acts once in a container: its outcome is in doubt, it is asked about, and never done twice unasked', async () => {
    await prepare(true);
    await container('while :; do sleep 1; done');
    const script = 'echo begun >>/tmp/ledger; while ! ls /tmp/well >/dev/null 2>&1; do sleep 0.2; done; echo ended >>/tmp/ledger';
    const command = `{ container: ${bench.name}, argv: [sh, -c, '${script}'] }`;
    await bench.recipe(`  - { id: once, title: Act once, uses: container.exec, with: ${command} }\n`);
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.intended', 'once', () => {
        meanwhile = (async () => {
          await expect.poll(() => inContainer('cat /tmp/ledger').catch(() => ''), { timeout: 60_000 }).toBe('begun\n');
          await restart('SIGKILL');
        })();
      }),
    );
    await meanwhile;
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.events.at(-1)).toMatchObject({ type: 'run.stopped', reason: 'operator-needed' });
    expect(await bench.output('once')).toContain('Docker Engine');
    expect(await inContainer('cat /tmp/ledger')).toBe('begun\n');
    await inContainer('touch /tmp/well');
    await expect.poll(() => inContainer('cat /tmp/ledger')).toBe('begun\nended\n');
    const resumed = await bench.resume(undefined, '--answer', 'once=done');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await inContainer('cat /tmp/ledger')).toBe('begun\nended\n');
  });

  it('while a container is restarted: it is restarted in any case, and the run goes on', async () => {
    await prepare(true);
    await container('trap "echo heard >/tmp/heard" TERM; while :; do sleep 0.1; done');
    await bench.recipe(`  - { id: restart, title: Restart it, uses: container.restart, with: { container: ${bench.name} } }\n`);
    const startedAt = (): Promise<string> =>
      daemon.docker('inspect', '--format', '{{.State.Running}} {{.State.StartedAt}}', bench.name);
    const before = await startedAt();
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.intended', 'restart', () => {
        meanwhile = (async () => {
          // In its middle: it was told to end, and is given ten seconds for that.
          await expect.poll(() => inContainer('cat /tmp/heard').catch(() => '')).toBe('heard\n');
          await restart('SIGKILL');
        })();
      }),
    );
    await meanwhile;
    expect(ran.code, ran.stderr).toBe(0);
    const after = await startedAt();
    expect(after).toMatch(/^true /);
    expect(after).not.toBe(before);
  });

  it('while an image is built: the failure says that the engine went away, and resumed, the image is built', async () => {
    await prepare(true);
    const context = join(bench.folder, 'context');
    await mkdir(context);
    // The first time it goes on for ever.
    await mkdir(join(context, 'go'));
    await writeFile(join(context, 'go/on'), '');
    const build = 'echo building; while ls /go/on >/dev/null 2>&1; do sleep 0.2; done; echo built >/done';
    const instructions = [`FROM ${IMAGE}`, 'COPY go /go', `RUN ${build}`];
    await writeFile(join(context, 'Dockerfile'), `${instructions.join('\n')}\n`);
    const image = `{ name: '${bench.name}:1', build: { context: ${context} } }`;
    await bench.recipe(`  - { id: image, title: Build it, uses: docker.image, with: ${image} }\n`);
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.intended', 'image', () => {
        meanwhile = (async () => {
          await expect.poll(() => daemon.docker('ps', '-q'), { timeout: 60_000, interval: 100 }).not.toBe('');
          await restart('SIGKILL');
        })();
      }),
    );
    await meanwhile;
    expect(ran.code).toBe(1);
    expect(ran.failure()).toMatchObject({ code: 'docker.unreachable', retryable: true });
    expect(ran.failure().hints.join(' ')).toContain('resume');
    await rename(join(context, 'go/on'), join(context, 'go/off'));
    const resumed = await bench.resume();
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.outcomes).toEqual(['image changed']);
    expect(await daemon.docker('images', '-q', `${bench.name}:1`)).not.toBe('');
  });
});
