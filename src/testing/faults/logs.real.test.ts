import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importBusyboxImage, removeBusyboxImage } from '../busybox-image.ts';
import { createEngineProxy, type EngineProxy } from './engine-proxy.ts';
import { at, createFaultBench, type FaultBench, type Ran } from './fault-bench.ts';

const IMAGE = `fairlead-faults-${randomBytes(4).toString('hex')}:1`;
const MEBIBYTE = 1024 * 1024;
const docker = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)('docker', args)).stdout;

let bench: FaultBench;
let proxy: EngineProxy;
let socketFolder: FaultBench;
beforeAll(() => importBusyboxImage(IMAGE));
afterAll(() => removeBusyboxImage(IMAGE));
beforeEach(async () => {
  socketFolder = await createFaultBench();
  proxy = await createEngineProxy(join(socketFolder.folder, 'docker.sock'), '/var/run/docker.sock');
  bench = await createFaultBench({ DOCKER_HOST: proxy.address });
});
afterEach(async () => {
  await docker('rm', '--force', '--volumes', bench.name).catch(() => undefined);
  await bench.cleanUp();
  await proxy.close();
  await socketFolder.cleanUp();
});

const container = (script: string, ...options: readonly string[]): Promise<string> =>
  docker('run', '--detach', '--network', 'none', '--name', bench.name, ...options, IMAGE, 'sh', '-c', script);
const inContainer = (script: string): Promise<string> => docker('exec', bench.name, 'sh', '-c', script);
const capture = (timeout: string): Promise<void> =>
  bench.recipe(
    `  - { id: token, title: Read it, uses: log.capture, with: { container: ${bench.name}, pattern: 'token (?<token>\\d+)' }, timeout: ${timeout} }\n`,
  );
const tokenOf = (ran: Ran): unknown => {
  const finished = ran.events.findLast((event) => event.type === 'step.finished');
  return finished?.carried?.outputs.token;
};
const ROTATED = ['--log-driver', 'json-file', '--log-opt', 'max-size=16k', '--log-opt', 'max-file=2'];

describe('a log that is rotated while it is captured', () => {
  it('the line is caught, although many rotations lie before it, and more come', async () => {
    // 64 KiB a second, so that a line stays for half a second; from the token on 1 KiB, so that it stays for whoever is slow.
    const lines = `for i in 1 2 3 4 5 6 7 8; do echo "${'0123456789'.repeat(10)}"; done`;
    const token = '[ -e /tmp/well ] && [ ! -e /tmp/said ] && echo token $((4000+711)) && touch /tmp/said';
    const pause = 'if [ -e /tmp/said ]; then sleep 1; else /bin/busybox usleep 12000; fi';
    await container(`trap "exit 0" TERM; while :; do ${lines}; ${token}; ${pause}; done`, ...ROTATED);
    await capture('5m');
    let meanwhile: Promise<unknown> = Promise.resolve();
    const ran = await bench.run(
      at('step.started', 'token', () => {
        meanwhile = (async () => {
          // A dozen rotations while it is followed.
          await expect.poll(() => proxy.answered('follow=true')).toBeGreaterThan(12 * 16 * 1024);
          await inContainer('touch /tmp/well');
        })();
      }),
    );
    await meanwhile;
    expect(ran.code, ran.stderr).toBe(0);
    expect(tokenOf(ran)).toBe('4711');
  });

  it('of a line that was rotated away the failure says so; printed once more, it is caught by the resumed run', async () => {
    await container(
      'echo token 4711; i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo "line $i of the many that push the first one out"; done; touch /tmp/done; while [ ! -e /tmp/well ]; do sleep 0.2; done; echo token 4712; sleep 600',
      ...ROTATED,
    );
    await expect.poll(() => inContainer('ls /tmp/done').catch(() => ''), { timeout: 60_000 }).toBe('/tmp/done\n');
    await capture('15s');
    const ran = await bench.run();
    expect(ran.code, ran.stderr).toBe(1);
    expect(ran.failure()).toMatchObject({ code: 'check.never-held', retryable: true });
    expect(ran.failure().evidence?.tail.join('\n')).toMatch(
      new RegExp(`${bench.name}.*its log is rotated: Docker keeps 2 files of 16k, which began at \\d{4}-.* is lost`),
    );
    await inContainer('touch /tmp/well');
    const resumed = await bench.resume();
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(tokenOf(resumed)).toBe('4712');
  });
});

/** Appends lines to a container's log as the engine's json-file driver does, until it is `size` bytes long. */
async function fillLog(size: number, lineLength: number, before: readonly string[], after: readonly string[]): Promise<void> {
  const path = (await docker('inspect', '--format', '{{.LogPath}}', bench.name)).trim();
  const entry = (text: string): string =>
    `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: new Date().toISOString().replace('Z', '000000Z') })}\n`;
  const line = entry('x'.repeat(lineLength));
  const block = Buffer.from(line.repeat(Math.ceil(MEBIBYTE / line.length)));
  const file = await open(path, 'a');
  try {
    await file.write(before.map(entry).join(''));
    for (let written = 0; written < size; written += block.length) await file.write(block);
    await file.write(after.map(entry).join(''));
  } finally {
    await file.close();
  }
}

describe('a huge log', () => {
  it('1 GiB with the line near its end: that end alone is asked for, and the newest match wins', async () => {
    await container('trap "exit 0" TERM; while :; do sleep 1; done');
    await fillLog(1024 * MEBIBYTE, 100, ['token 1'], ['token 4710', 'something else', 'token 4711', 'the last line']);
    await capture('5m');
    const ran = await bench.run();
    expect(ran.code, ran.stderr).toBe(0);
    expect(tokenOf(ran)).toBe('4711');
    const asked = proxy.asked.filter((request) => request.includes('/logs?'));
    expect(asked.length).toBeGreaterThan(0);
    for (const request of asked) expect(request).toContain('tail=10000');
    expect(proxy.answered()).toBeLessThan(8 * MEBIBYTE);
    expect(ran.peakMiB).toBeLessThan(300);
  });

  it('256 MiB with the line at its very beginning: it is found, in less memory than that', async () => {
    await container('trap "exit 0" TERM; while :; do sleep 1; done');
    await fillLog(256 * MEBIBYTE, 15_000, ['token 4711'], ['the last line']);
    await capture('5m');
    const ran = await bench.run();
    expect(ran.code, ran.stderr).toBe(0);
    expect(tokenOf(ran)).toBe('4711');
    expect(ran.peakMiB).toBeLessThan(220);
  });
});
