import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDockerodeEngine } from '../../adapters/docker/dockerode-engine.ts';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld } from '../../testing/step-bench.ts';
import { dockerImage } from './docker-image.ts';

const run = promisify(execFile);
const name = `fairlead-image-${randomBytes(4).toString('hex')}:1`;
const reveal = async (text: unknown): Promise<string> => String(text);
const docker = createDockerodeEngine({ reveal });
const host = await createNodeHost({ reveal });
const world = createWorld();
const ctx = (): ApplyContext => contextOf(world, dockerImage, { host, docker, signal: AbortSignal.timeout(600_000) });
let context: string;
/** Images that lost their name to a newer one. */
const outdated: string[] = [];

beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), 'fairlead context $HOME '));
  await copyFile('/bin/busybox', join(context, 'busybox'));
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nARG WORD\nCOPY busybox /bin/sh\nLABEL word="$WORD"\n');
});
afterEach(async () => {
  await rm(context, { recursive: true, force: true });
  await run('docker', ['image', 'rm', '--force', name, ...outdated.splice(0)]).catch(() => undefined);
});

it('builds an image, leaves it alone, builds it anew when its context changes, and removes it', async () => {
  const params = { name, build: { context, args: { WORD: "a 'b' $(c)" } } };
  const first = await convergeStep(dockerImage, params, ctx());
  expect(first).toMatchObject({ changes: [{ action: 'create', target: name }], left: [] });
  const image = await docker.image(name);
  expect(first.outputs).toEqual({ id: image?.id });
  expect(image?.labels).toMatchObject({ word: "a 'b' $(c)", 'fairlead.context': expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await convergeStep(dockerImage, params, ctx())).toMatchObject({ changes: [], left: [] });

  await chmod(join(context, 'busybox'), 0o700);
  const again = await convergeStep(dockerImage, params, ctx());
  expect(again).toMatchObject({ changes: [{ action: 'update', target: name, property: 'build' }], left: [] });
  expect((await docker.image(name))?.id).not.toBe(image?.id);
  outdated.push(image?.id ?? '');

  world.made.add(`docker.image ${name}`);
  expect(await convergeStep(dockerImage, { ...params, ensure: 'absent' }, ctx())).toMatchObject({ left: [] });
  expect(await docker.image(name)).toBeUndefined();
});

it('gives the end of a failed build as evidence', async () => {
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY no-such-file /\n');
  await expect(convergeStep(dockerImage, { name, build: { context } }, ctx())).rejects.toMatchObject({
    failure: {
      code: 'docker.build-failed',
      evidence: { exit: 1, tail: expect.arrayContaining([expect.stringContaining('no-such-file')]) },
    },
  });
  expect(await docker.image(name)).toBeUndefined();
});
