import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importBusyboxImage, removeBusyboxImage } from '../busybox-image.ts';
import { must } from '../must.ts';
import { createEngineProxy, type EngineProxy } from './engine-proxy.ts';
import { at, createFaultBench, type FaultBench, type Ran } from './fault-bench.ts';

const IMAGE = `fairlead-faults-${randomBytes(4).toString('hex')}:1`;
const docker = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)('docker', args)).stdout;

let bench: FaultBench;
let proxy: EngineProxy;
let socketFolder: string;
beforeAll(() => importBusyboxImage(IMAGE));
afterAll(() => removeBusyboxImage(IMAGE));
beforeEach(async () => {
  socketFolder = await mkdtemp(join(tmpdir(), 'removed-containers-'));
  proxy = await createEngineProxy(join(socketFolder, 'docker.sock'), '/var/run/docker.sock');
  bench = await createFaultBench({ DOCKER_HOST: proxy.address });
});
afterEach(async () => {
  await docker('rm', '--force', '--volumes', bench.name).catch(() => undefined);
  await bench.cleanUp();
  await proxy.close();
  await rm(socketFolder, { recursive: true, force: true });
});

const inContainer = (script: string): Promise<string> => docker('exec', bench.name, 'sh', '-c', script);
const remove = (): Promise<string> => docker('rm', '--force', bench.name);

/** A step that brings up one service, which does what the script says and is healthy as soon as `/tmp/well` is there. */
async function up(script: string, healthy: boolean): Promise<string> {
  const directory = join(bench.folder, 'project');
  await mkdir(directory, { recursive: true });
  const check = `{ test: ["CMD", "ls", "${healthy ? '/bin/sh' : '/tmp/well'}"], interval: 1s, timeout: 5s, retries: 600 }`;
  const command = JSON.stringify(['sh', '-c', script.replaceAll('$', '$$$$')]);
  const rest = `container_name: "${bench.name}", network_mode: none, stop_grace_period: 1s, healthcheck: ${check}`;
  await writeFile(
    join(directory, 'compose.yaml'),
    `version: "2.4"\nservices:\n  web: { image: "${IMAGE}", command: ${command}, ${rest} }\n`,
  );
  return `  - { id: up, title: Start it, uses: compose.up, with: { directory: ${directory}, project: ${bench.name}, wait: 5m } }\n`;
}
const IDLE = 'trap "exit 0" TERM; while :; do sleep 1; done';

/** The run stopped, resumably, at a container that was removed: the message names it and says how to go on. */
function expectGone(ran: Ran): void {
  expect(ran.code, ran.stderr).toBe(1);
  expect(ran.failure()).toMatchObject({ code: 'docker.container-gone', fault: 'environment', retryable: true });
  expect(ran.failure().message).toContain(`The container ${bench.name} was removed while `);
  expect(ran.failure().hints.join(' ')).toContain('fairlead resume --from STEP');
  expect(ran.events.at(-1)).toMatchObject({ type: 'run.stopped', reason: 'failed' });
}
/** The processes of compose that are at this project. */
const composesAtWork = async (): Promise<readonly string[]> =>
  (await must('ps', ['-eo', 'args'])).split('\n').filter((line) => /compose/.test(line) && line.includes(bench.folder));
const running = async (): Promise<string> => (await docker('inspect', '--format', '{{.State.Status}}', bench.name)).trim();

describe('a container is removed under our feet', () => {
  it('while it comes up: the step fails at once, and resumed it makes the container again', async () => {
    await bench.recipe(await up(IDLE, false));
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.intended', 'up', () => {
        meanwhile = (async () => {
          await expect.poll(() => inContainer('echo there').catch(() => ''), { timeout: 60_000 }).toBe('there\n');
          // Not before `up` has ended and the health is waited for: by then its output has been written.
          await expect.poll(() => bench.output('up').catch(() => ''), { timeout: 60_000 }).toContain('done');
          await expect.poll(() => composesAtWork()).toEqual([]);
          await remove();
        })();
      }),
    );
    await meanwhile;
    expectGone(ran);
    const resumed = await bench.resume(
      at('step.intended', 'up', () => {
        meanwhile = (async () => {
          await expect
            .poll(() => inContainer('touch /tmp/well && echo well').catch(() => ''), { timeout: 60_000 })
            .toBe('well\n');
        })();
      }),
    );
    await meanwhile;
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await running()).toBe('running');
  });

  it('while its log is followed: the step fails within seconds; from the step that starts it on, all is made again', async () => {
    const script = `i=0; while :; do i=$((i+1)); echo "line $i"; ls /tmp/well 2>/dev/null && echo token 4711; sleep 0.3; done`;
    const capture = `{ container: ${bench.name}, pattern: 'token (?<token>\\d+)' }`;
    await bench.recipe(
      `${await up(script, true)}  - { id: token, title: Read it, uses: log.capture, with: ${capture}, timeout: 90s }\n`,
    );
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.started', 'token', () => {
        meanwhile = (async () => {
          await expect.poll(() => proxy.answered('follow=true')).toBeGreaterThan(0);
          await remove();
        })();
      }),
    );
    await meanwhile;
    expectGone(ran);
    const resumed = await bench.resume(
      at('step.started', 'token', () => {
        meanwhile = inContainer('touch /tmp/well');
      }),
      '--from',
      'up',
      '--yes',
    );
    await meanwhile;
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.outcomes).toEqual(['up changed', 'token ok']);
  });

  it('while a program runs in it: the step fails and names the container; made again, the program runs once more', async () => {
    const script = 'echo begun >>/tmp/ledger; while ! ls /tmp/well >/dev/null 2>&1; do sleep 0.2; done; echo ended >>/tmp/ledger';
    const command = `{ container: ${bench.name}, argv: [sh, -c, '${script}'] }`;
    await bench.recipe(`${await up(IDLE, true)}  - { id: once, title: Act, uses: container.exec, with: ${command} }\n`);
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.intended', 'once', () => {
        meanwhile = (async () => {
          await expect.poll(() => inContainer('cat /tmp/ledger').catch(() => ''), { timeout: 60_000 }).toBe('begun\n');
          await remove();
        })();
      }),
    );
    await meanwhile;
    expectGone(ran);
    const resumed = await bench.resume(
      at('step.intended', 'once', () => {
        meanwhile = inContainer('touch /tmp/well');
      }),
      '--from',
      'up',
      '--yes',
    );
    await meanwhile;
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await inContainer('cat /tmp/ledger')).toBe('begun\nended\n');
  });

  it('while it is restarted: the step fails and names the container; made again, it is restarted', async () => {
    const restart = `  - { id: restart, title: Restart it, uses: container.restart, with: { container: ${bench.name} } }\n`;
    // It hears SIGTERM and goes on: the restart waits for it.
    await bench.recipe(`${await up('trap "echo heard >/tmp/heard" TERM; while :; do sleep 0.1; done', true)}${restart}`);
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.intended', 'restart', () => {
        meanwhile = (async () => {
          await expect.poll(() => inContainer('cat /tmp/heard').catch(() => '')).toBe('heard\n');
          await remove();
        })();
      }),
    );
    await meanwhile;
    expectGone(ran);
    // The new one heeds it: there is nothing to see in its ten seconds.
    await up(IDLE, true);
    const resumed = await bench.resume(undefined, '--from', 'up', '--yes');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.outcomes).toEqual(['up changed', 'restart changed']);
    expect(await running()).toBe('running');
  });
});
