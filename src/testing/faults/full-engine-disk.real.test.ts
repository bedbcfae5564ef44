import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFaultBench, type FaultBench } from './fault-bench.ts';
import { createOwnDaemon, type OwnDaemon } from './own-daemon.ts';

let daemon: OwnDaemon;
let bench: FaultBench;
beforeEach(async () => {
  daemon = await createOwnDaemon({ diskMiB: 48 });
  bench = await createFaultBench({ DOCKER_HOST: daemon.address });
});
afterEach(async () => {
  await bench.cleanUp();
  await daemon.cleanUp();
});

it("an image that is built while the engine's disk is full: the failure says so and what to do; with room it is built", async () => {
  const filler = join(daemon.data, 'filler');
  const context = join(bench.folder, 'context');
  await mkdir(context);
  await cp('/bin/busybox', join(context, 'busybox'));
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY busybox /bin/sh\nCOPY large /large\n');
  await writeFile(join(context, 'large'), Buffer.alloc(12 * 1024 * 1024, 'x'));
  await writeFile(filler, Buffer.alloc(32 * 1024 * 1024));
  const image = `{ name: '${bench.name}:1', build: { context: ${context} } }`;
  await bench.recipe(`  - { id: image, title: Build it, uses: docker.image, with: ${image} }\n`);
  const ran = await bench.run();
  expect(ran.code, ran.stderr).toBe(1);
  expect(ran.failure()).toMatchObject({ code: 'docker.no-space', fault: 'environment', retryable: true });
  expect(ran.failure().message).toMatch(/a disk is full: .*no space left on device/);
  expect(ran.failure().hints.join(' ')).toMatch(/docker system df.*df -h.*docker image prune.*resume/);
  await writeFile(filler, '');
  const resumed = await bench.resume();
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.outcomes).toEqual(['image changed']);
  expect(await daemon.docker('images', '-q', `${bench.name}:1`)).not.toBe('');
});
